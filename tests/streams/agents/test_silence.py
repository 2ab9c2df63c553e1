"""Alerts of cameras that say nothing, judged by a clock that the test moves."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest

from schemas.alerts import AlertRecord
from schemas.detections import Detection, LayoutMark
from schemas.layout import Camera, Rule, SiteLayout
from schemas.topics import key_of
from streams.agents.partition import PartitionState
from streams.agents.silence import Silences, has_rules
from tests.scenarios.scene import SITE, View, layout, mark
from tests.streams.agents.test_partition import Written, records, state_of

BORN_MS = 1_000_000
TICK_MS = 5_000
RULE = Rule(id="door-silent", on="door", when="silent_s > 30", cool_down_s=300.0)


def store(*rules: Rule, version: int = 1) -> SiteLayout:
    return layout(Camera(id="door"), Camera(id="hall"), rules=list(rules), version=version)


@dataclass
class Shop:
    """A partition whose end the test knows, looked at every five seconds."""

    state: PartitionState = field(default_factory=lambda: state_of(Written()))
    silences: Silences = field(default_factory=lambda: Silences(now_ms=BORN_MS))
    log: list[Detection | LayoutMark] = field(default_factory=list)
    now_ms: int = BORN_MS
    views: dict[str, View] = field(default_factory=dict)

    def append(self, *messages: Detection | LayoutMark) -> None:
        """Messages are in the log, not yet absorbed."""
        self.log += messages

    def say(self, camera: str, at_ms: int) -> None:
        """A camera's frame is in the log, and absorbed."""
        self.append(self.view(camera).frame(at_ms))
        self.absorb()

    def view(self, camera: str) -> View:
        return self.views.setdefault(camera, View(camera))

    def absorb(self) -> None:
        """The log is absorbed to its end."""
        for record in records(self.log):
            self.state.absorb(record)

    def look(self) -> list[AlertRecord]:
        """What opens and closes, five seconds after the look before."""
        self.now_ms += TICK_MS
        end = len(self.log)
        at_ms = self.silences.known_until_ms(self.state, end=end, now_ms=self.now_ms)
        if at_ms is None:
            return []
        opened = self.silences.opened(self.state, at_ms=at_ms)
        return [*opened, *self.silences.closed(self.state, at_ms=at_ms)]

    def looks(self, seconds: int) -> list[AlertRecord]:
        """The same over some time."""
        return [one for _ in range(seconds * 1_000 // TICK_MS) for one in self.look()]

    def restarted(self) -> "Shop":
        """Another worker goes on from what this one saved."""
        silences = Silences.restored(self.silences.saved(), now_ms=self.now_ms)
        fresh = Shop(silences=silences, log=self.log, now_ms=self.now_ms, views=self.views)
        # The state itself is restored from snapshots: nothing is heard again.
        fresh.absorb()
        fresh.state.frames_total.clear()
        return fresh


@pytest.fixture
def shop() -> Shop:
    shop = Shop()
    shop.append(mark(store(RULE)))
    shop.say("door", 7_000)
    shop.say("hall", 9_000)
    shop.look()
    return shop


def states(said: Iterable[AlertRecord]) -> list[str]:
    return [one.state for one in said]


def test_camera_that_says_nothing_opens_one_alert_until_it_speaks(shop: Shop) -> None:
    assert shop.looks(30) == []
    (opened,) = shop.looks(600)
    assert (opened.rule, opened.entity, opened.state) == ("door-silent", "door", "opened")
    assert (opened.opened_at_ms, opened.closed_at_ms) == (7_000, None)
    assert (opened.value, opened.threshold, opened.layout_version) == (35.0, 30.0, 1)
    shop.say("door", 700_000)
    (closed,) = shop.look()
    assert (closed.state, closed.opened_at_ms, closed.closed_at_ms) == ("closed", 7_000, 700_000)
    assert closed.value == 630.0
    assert key_of(closed) == key_of(opened) == b"store/door-silent/door/7000"
    assert states(shop.looks(30)) == []


def test_camera_that_speaks_every_now_and_then_opens_none_in_an_hour(shop: Shop) -> None:
    for minute in range(120):
        shop.say("door", 10_000 + minute * 30_000)
        assert shop.looks(30) == []


def test_camera_that_falls_silent_again_waits_for_the_cool_down(shop: Shop) -> None:
    assert states(shop.looks(60)) == ["opened"]
    shop.say("door", 70_000)
    assert states(shop.looks(60)) == ["closed"]
    assert states(shop.looks(235)) == []
    assert states(shop.looks(10)) == ["opened"]


def test_alert_stays_open_until_the_camera_has_spoken_for_as_long_as_the_rule_says() -> None:
    shop = Shop()
    shop.append(mark(store(Rule(id="calm", on="door", when="silent_s > 30", for_s=20.0))))
    shop.say("door", 7_000)
    assert states(shop.looks(50)) == []
    assert states(shop.looks(30)) == ["opened"]
    shop.say("door", 90_000)
    assert states(shop.looks(20)) == []
    assert states(shop.looks(5)) == ["closed"]


def test_camera_is_not_judged_before_what_it_said_is_absorbed(shop: Shop) -> None:
    shop.append(shop.view("door").frame(20_000))
    assert shop.looks(600) == []
    shop.absorb()
    assert shop.looks(35) == []
    assert states(shop.looks(5)) == ["opened"]


def test_camera_is_judged_also_where_others_never_stop_speaking(shop: Shop) -> None:
    said = []
    for number in range(12):
        # At each look one frame is in the log that was not there at the look before.
        shop.absorb()
        shop.append(shop.view("hall").frame(10_000 + number * 1_000))
        said += shop.look()
    assert states(said) == ["opened"]
    assert said[0].entity == "door"


def test_alert_of_a_worker_that_died_is_closed_by_the_next(shop: Shop) -> None:
    (opened,) = shop.looks(60)
    later = shop.restarted()
    assert later.looks(60) == []
    later.say("door", 99_000)
    (closed,) = later.look()
    assert key_of(closed) == key_of(opened)
    assert (closed.state, closed.closed_at_ms) == ("closed", 99_000)


def test_cool_down_outlives_the_worker(shop: Shop) -> None:
    shop.looks(60)
    shop.say("door", 70_000)
    assert states(shop.look()) == ["closed"]
    assert states(shop.restarted().looks(295)) == []


def test_silence_opens_the_same_alert_whichever_worker_finds_it(shop: Shop) -> None:
    (first,) = shop.restarted().looks(60)
    (second,) = shop.looks(60)
    assert key_of(first) == key_of(second)


def test_camera_whose_source_is_finished_has_nothing_to_say(shop: Shop) -> None:
    assert states(shop.looks(60)) == ["opened"]
    shop.append(shop.view("door").end(100_000))
    shop.absorb()
    assert states(shop.look()) == ["closed"]
    assert shop.looks(900) == []


def test_camera_that_never_spoke_is_silent_once_its_site_has_spoken() -> None:
    shop = Shop()
    shop.append(mark(store(RULE)))
    shop.absorb()
    assert shop.looks(600) == []
    shop.say("hall", 44_000)
    (opened,) = shop.looks(60)
    assert (opened.entity, opened.opened_at_ms) == ("door", 44_000)


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param([], id="without the rule"),
        pytest.param(
            [Rule(id="door-silent", on="door", when="silent_s > 3000")], id="with another threshold"
        ),
    ],
)
def test_alert_closes_with_a_layout(shop: Shop, rules: list[Rule]) -> None:
    (opened,) = shop.looks(60)
    shop.append(mark(store(*rules, version=2)))
    shop.absorb()
    (closed,) = shop.looks(60)
    assert (closed.state, closed.closed_at_ms) == ("closed", opened.opened_at_ms)
    assert len(shop.silences.alerts) == len(rules)


def test_alerts_that_cannot_be_read_are_forgotten(shop: Shop) -> None:
    assert Silences.restored(b"\xc1", now_ms=BORN_MS).alerts == {}
    assert Silences.restored(Silences(now_ms=0).saved(), now_ms=BORN_MS).alerts == {}
    assert has_rules(shop.state)
    assert not has_rules(state_of(Written()))
    assert SITE in shop.state.engines

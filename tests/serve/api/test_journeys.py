"""Steps between zones, summed over cameras and windows by a real PostgreSQL."""

from dataclasses import replace
from typing import Any

from schemas.journeys import JourneyRecord, Transition
from schemas.layout import Camera, SiteLayout, Zone, ZoneKind

START_MS = 946_684_800_000  # 2000-01-01T00:00:00Z
MINUTE_MS = 60_000
SQUARE = [(0.1, 0.1), (0.4, 0.1), (0.4, 0.4), (0.1, 0.4)]


def journeys(
    number: int, transitions: list[Transition], *, camera: str = "tills", coverage: float = 1.0
) -> JourneyRecord:
    start_ms = START_MS + number * MINUTE_MS
    return JourneyRecord(
        site="milano",
        camera=camera,
        layout_version=3,
        window_start_ms=start_ms,
        window_end_ms=start_ms + MINUTE_MS,
        coverage=coverage,
        transitions=transitions,
    )


def two_cameras(layout: SiteLayout) -> SiteLayout:
    """The hall has a zone too."""
    hall = Camera(id="hall", zones=[Zone(id="hats", kind=ZoneKind.BROWSE, polygon=SQUARE)])
    return replace(layout, cameras=[layout.cameras[0], hall])


async def asked(ask: Any, minutes: int, **parameters: Any) -> Any:
    return await ask(
        "/v1/sites/milano/journeys", from_=START_MS, to=START_MS + minutes * MINUTE_MS, **parameters
    )


async def test_matrices_of_windows_and_cameras_add_up(
    ask: Any, write: Any, layout: SiteLayout
) -> None:
    write(
        two_cameras(layout),
        journeys(0, [(None, "till", 2), ("till", "desk", 1)]),
        journeys(1, [("till", "desk", 3), ("desk", None, 1)]),
        journeys(1, [(None, "hats", 5)], camera="hall", coverage=0.5),
    )
    answer = await asked(ask, 3)
    assert answer["total"]["transitions"] == [
        [None, "hats", 5], [None, "till", 2], ["desk", None, 1], ["till", "desk", 4],
    ]  # fmt: skip
    # Of two cameras over three minutes: 1 + 1 + 0.5 minutes of six.
    assert answer["total"]["coverage"] == round(2.5 / 6, 4)
    assert [(one["coverage"], one["transitions"]) for one in answer["points"]] == [
        (0.5, [[None, "till", 2], ["till", "desk", 1]]),
        (0.75, [[None, "hats", 5], ["desk", None, 1], ["till", "desk", 3]]),
        (0.0, None),
    ]
    assert answer["step_ms"] == MINUTE_MS


async def test_nobody_who_moved_is_an_empty_matrix_and_not_null(
    ask: Any, write: Any, layout: SiteLayout
) -> None:
    write(layout, journeys(0, []))
    answer = await asked(ask, 1)
    assert (answer["total"]["transitions"], answer["total"]["coverage"]) == ([], 1.0)


async def test_buckets_are_those_of_the_step(ask: Any, write: Any, layout: SiteLayout) -> None:
    write(layout, *(journeys(n, [(None, "till", 1)]) for n in range(30)))
    answer = await asked(ask, 30, step="15m")
    assert [one["transitions"] for one in answer["points"]] == [[[None, "till", 15]]] * 2
    assert answer["total"]["transitions"] == [[None, "till", 30]]


async def test_site_in_which_nobody_was_seen_yet_has_no_journeys(
    ask: Any, write: Any, layout: SiteLayout
) -> None:
    write(layout)
    answer = await ask("/v1/sites/milano/journeys")
    assert (answer["from_ms"], answer["total"], answer["points"]) == (None, None, [])


async def test_step_that_makes_too_many_buckets_is_refused(
    ask: Any, write: Any, layout: SiteLayout
) -> None:
    write(layout, journeys(0, []))
    answer = await ask("/v1/sites/milano/journeys", status=400, from_="1990-01-01", to="2000-01-01")
    assert answer["error"]["field"] == "step"

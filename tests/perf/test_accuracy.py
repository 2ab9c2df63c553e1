"""The measure of accuracy: what counts as true, and what it says of an engine that is wrong."""

from dataclasses import replace

import pytest

from perf.measuring.bars import business, figures, matches
from perf.measuring.found import Found
from perf.measuring.report import Column, markdown, put_into
from perf.measuring.stores import Eyes, Scene, Watched, found_by_engine, truth_of
from perf.measuring.truth import per_second
from streams.simulation.events import WaitTruth

SCENE = Scene(site="store-1", seed=3, minutes=3)


def test_people_known_by_name_are_counted_as_they_say_themselves() -> None:
    truth = truth_of(SCENE)
    found = found_by_engine(SCENE, Eyes.KNOWN, fps=5)

    assert len(truth.crossings) > 10
    assert matches(truth.crossings, found.crossings) >= 0.98 * len(truth.crossings)
    for name, queue in truth.queues.items():
        assert found.queues[name].joined == queue.joined
        assert found.queues[name].length == pytest.approx(queue.length, abs=1.0)
    assert all(one.is_met for one in figures([(truth, found)]) if "MAE" in one.name)


def test_an_engine_that_says_nothing_misses_every_bar_of_what_happened() -> None:
    truth = truth_of(SCENE)
    silent = Found(SCENE.span)
    for name in truth.zones:
        silent.zone(name)
    for name in truth.queues:
        silent.queue(name)

    missed = {one.name for one in figures([(truth, silent)]) if not one.is_met}

    assert {"queue length, MAE per second", "crossings within 1 s, F1"} <= missed
    assert business([(truth, silent)]).error_of_0 == pytest.approx(
        next(one.value for one in figures([(truth, silent)]) if one.name.startswith("queue"))
    )


def test_a_wait_is_true_only_if_the_person_meant_it_and_it_was_one() -> None:
    truth = truth_of(replace(SCENE, minutes=30))
    start_ms, end_ms = replace(SCENE, minutes=30).span
    meant = [
        one
        for one in SCENE.day.events
        if isinstance(one, WaitTruth) and start_ms <= one.ended_at_ms < end_ms
    ]

    queues = truth.queues.values()
    counted = sum(one.served + one.abandoned + one.direct for one in queues)

    assert counted == sum(one.outcome != "open" for one in meant)
    assert all(ms >= 3_000 for one in queues for ms in one.in_queue_ms)


@pytest.mark.parametrize(
    ("true", "found", "count"),
    [
        pytest.param([(0, "in")], [(1_000, "in")], 1, id="a-second-apart"),
        pytest.param([(0, "in")], [(1_001, "in")], 0, id="just-more"),
        pytest.param([(0, "in")], [(0, "out")], 0, id="the-other-way"),
        pytest.param([(0, "in"), (500, "in")], [(400, "in")], 1, id="one-record-for-two"),
        pytest.param([(0, "in")], [(0, "in"), (1, "in")], 1, id="two-records-for-one"),
    ],
)
def test_crossings_match_one_to_one(
    true: list[tuple[int, str]], found: list[tuple[int, str]], count: int
) -> None:
    assert matches(true, found) == count


def test_a_span_counts_in_each_second_by_its_share() -> None:
    assert per_second([(-5, 250), (900, 9_000)], (0, 2_000)).tolist() == [0.35, 1.0]


def test_two_rates_are_told_the_same_boxes_of_the_instants_they_share() -> None:
    start_ms = SCENE.span[0]
    watched = Watched(SCENE, "door")
    often = list(watched.at([start_ms + 100 * number for number in range(11)]))
    seldom = list(watched.at([start_ms + 500 * number for number in range(4)]))

    assert [one.at_ms - start_ms for one in seldom] == [0, 500, 1_000, 1_500]
    assert sum(len(one.scores) for one in often) > 0
    assert all(one is often[index] for one, index in zip(seldom[:3], (0, 5, 10), strict=True))


def test_the_report_takes_the_place_of_the_one_before_and_of_no_words(tmp_path) -> None:  # type: ignore[no-untyped-def]
    report = tmp_path / "REPORT.md"
    report.write_text("# Figures\n")
    put_into(report, "blame", "| stale |")
    report.write_text(report.read_text() + "What errs.\n\n## Speed\n\nfast\n")
    pair = truth_of(SCENE), found_by_engine(SCENE, Eyes.KNOWN, fps=2)

    put_into(report, "blame", markdown([Column("2 fps", [pair])], "one hour"))
    put_into(report, "pixels", "| beside |")

    text = report.read_text()
    assert "stale" not in text
    ordered = ["# Figures", "| queue length", "What errs.", "## Speed", "fast", "| beside |"]
    assert sorted(ordered, key=text.index) == ordered
    assert text.count("| queue length") == 2, "pooled, hour by hour"


def test_a_report_that_lacks_the_end_of_its_tables_is_left_as_it_is(tmp_path) -> None:  # type: ignore[no-untyped-def]
    report = tmp_path / "REPORT.md"
    report.write_text("<!-- blame -->\n\nwords\n")
    with pytest.raises(ValueError, match=r"end of blame.*got none"):
        put_into(report, "blame", "| new |")
    assert "words" in report.read_text()

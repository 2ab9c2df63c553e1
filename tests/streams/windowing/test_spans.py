import random

from streams.windowing.spans import Spans, overlap_ms


def brute_force(spans: Spans, at_ms: int) -> int:
    is_open = sum(start <= at_ms for start in spans.open.values())
    return is_open + sum(start <= at_ms < end for start, end in spans.closed)


def test_steps_say_how_many_are_there_at_every_instant() -> None:
    dice = random.Random(1)
    for _ in range(100):
        spans = Spans(
            {str(i): dice.randrange(0, 60) for i in range(dice.randrange(4))},
            [
                (start, start + dice.randrange(0, 30))
                for start in (dice.randrange(0, 50) for _ in range(6))
            ],
        )
        steps = spans.steps((20, 40))
        assert [start for start, _, _ in steps] == [20, *(end for _, end, _ in steps[:-1])]
        assert steps[-1][1] == 40
        for start, end, count in steps:
            assert {brute_force(spans, at) for at in range(start, end)} == {count}


def test_span_is_open_at_an_instant_up_to_and_including_its_end() -> None:
    spans = Spans()
    spans.begin("a", 5)
    assert (spans.open_since(5), spans.open_since(6)) == ([], [5])
    spans.finish("a", 10)
    assert (spans.open_since(10), spans.open_since(11)) == ([5], [])
    assert spans.open == {}


def test_spans_before_the_oldest_open_window_are_forgotten() -> None:
    spans = Spans({}, [(0, 10), (5, 20)])
    spans.forget(11)
    assert spans.closed == [(5, 20)]


def test_overlap_with_held_time() -> None:
    assert overlap_ms((10, 20), [(0, 5), (8, 12), (15, 16), (19, 30)]) == 4

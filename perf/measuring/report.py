"""The figures as Markdown: one table of pooled numbers, one of how the single hours did."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from perf.measuring.bars import Figure, Pair, business, figures


@dataclass(frozen=True, slots=True)
class Column:
    """One way of looking at the same hours."""

    name: str
    pairs: Sequence[Pair]


def markdown(columns: Sequence[Column], told: str) -> str:
    """All tables.

    Args:
        columns: With the same stores and hours each.
        told: What was measured, in words.
    """
    pooled = [figures(column.pairs) for column in columns]
    head = ["pooled", "bar", *(column.name for column in columns)]
    rows = [
        [one.name, one.bar, *(_cell(column[index]) for column in pooled)]
        for index, one in enumerate(pooled[0])
    ]
    hours = [[figures([pair]) for pair in column.pairs] for column in columns]
    each_head = ["hour by hour", "bar", *(column.name for column in columns)]
    each_rows = [
        [one.name, one.bar, *(_hours_cell([hour[index] for hour in column]) for column in hours)]
        for index, one in enumerate(pooled[0])
    ]
    return "\n".join(
        [
            f"`python -m perf.accuracy`: {told}. Found (true) and the error; **bold**: misses.",
            "",
            *_business(columns),
            "",
            *_table(head, rows),
            "",
            "How many of the single hours meet each bar, and the worst of them:",
            "",
            *_table(each_head, each_rows),
            "",
        ]
    )


def put_into(report: Path, name: str, text: str) -> None:
    """Put tables in place of those of this name, or at the end; the words around them stay.

    Raises:
        ValueError: If only the first of the marks around them is there.
    """
    old = report.read_text() if report.exists() else ""
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    before, _, rest = old.partition(begin)
    _, has_end, after = rest.partition(end)
    if rest and not has_end:
        raise ValueError(f"{report}: expected {end!r} somewhere after {begin!r}, got none")
    report.write_text(
        f"{before.rstrip()}\n\n{begin}\n\n{text}\n{end}\n\n{after.lstrip()}".rstrip() + "\n"
    )


def _business(columns: Sequence[Column]) -> list[str]:
    went_on = business(columns[0].pairs)
    lost = ", ".join(
        f"{column.name} lost {business(column.pairs).lost}, "
        f"direct {business(column.pairs).direct[1]}"
        for column in columns
    )
    return [
        f"True mean length {went_on.length_mean:.2f}; four or more "
        f"{went_on.long_share:.0%} of the time; {went_on.crossings} crossings; "
        f"{went_on.abandonments} abandonments; {went_on.direct[0]} served directly. "
        f"Who always says 0 errs by {went_on.error_of_0:.2f}, who always says the mean by "
        f"{went_on.error_of_mean:.2f}.",
        "",
        f"Found besides: {lost}.",
    ]


def _cell(figure: Figure) -> str:
    if figure.bar.startswith(("<=", ">=")):
        text = f"{figure.value:.3f}"
    else:
        text = f"{_number(figure.found)} ({_number(figure.true)}) {figure.value:+.1%}"
    return text if figure.is_met else f"**{text}**"


def _hours_cell(hours: Sequence[Figure]) -> str:
    met = sum(one.is_met for one in hours)
    is_score = hours[0].bar.startswith(">=")
    worst = min(hours, key=lambda one: one.value if is_score else -abs(one.value))
    is_share = not worst.bar.startswith(("<=", ">="))
    return (
        f"{met}/{len(hours)}, {worst.value:+.1%}"
        if is_share
        else (f"{met}/{len(hours)}, {worst.value:.3f}")
    )


def _number(value: float) -> str:
    return f"{value:.0f}" if float(value).is_integer() else f"{value:.1f}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(line)} |" for line in lines]

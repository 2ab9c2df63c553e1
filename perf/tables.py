"""Figures as a table of plain text."""

from collections.abc import Mapping, Sequence


def table(rows: Sequence[Mapping[str, object]]) -> None:
    """Print figures, one row per measurement, under their names; nothing of no rows."""
    if not rows:
        return
    widths = [max(len(name), 13) for name in rows[0]]
    lines: list[list[object]] = [[*rows[0]], *([*row.values()] for row in rows)]
    for cells in lines:
        print("  ".join(str(cell).rjust(width) for cell, width in zip(cells, widths, strict=True)))

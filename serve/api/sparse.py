"""Sparse lists of the view store, many at once: histograms and grids as rows of integers.

In: JSON texts of `[[a, b, ...], ...]`. Out: one array. Only the numbers are read, all at once: a
parser of JSON makes a list per row, which costs more than all the rest of an answer.
"""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]

_EMPTY = "[]"


def rows_in(texts: Iterable[str], *, width: int) -> IntArray:
    """All rows of all texts.

    Args:
        texts: Each the JSON of a list of rows of integers; several that are not empty may be
            joined by commas.
        width: Integers per row.

    Returns:
        `(N, width)`, in the order of the texts.

    Example:
        >>> rows_in(["[[-1, 10], [7, 2]]", "[]", "[[3, 4]]"], width=2).tolist()
        [[-1, 10], [7, 2], [3, 4]]
    """
    joined = ",".join(text for text in texts if text != _EMPTY)
    digits = joined.encode().translate(None, b"[] ")
    return np.fromstring(digits, dtype=np.int64, sep=",").reshape(-1, width)

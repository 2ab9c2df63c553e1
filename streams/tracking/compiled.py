"""Compiles the core ahead, with a cache on disk that notices a change in any of its modules.

numba knows a function's cached code by the function's own file, yet that code holds what it calls
in other files too. So each content of this package has a folder: old code is never taken for new.
"""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

from numba import config, njit

P = ParamSpec("P")
R = TypeVar("R")


def cache_folder() -> Path:
    """Where this version's compiled code lies: under `NUMBA_CACHE_DIR`, else the user's cache."""
    digest = hashlib.sha256()
    for module in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(module.read_bytes())
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    base = os.environ.get("NUMBA_CACHE_DIR") or Path(home, "footfall")
    return Path(base, f"tracking-{digest.hexdigest()[:16]}")


_FOLDER = str(cache_folder())


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """The function, compiled when first called, or loaded if it was compiled here before."""
    usual = config.CACHE_DIR  # type: ignore[attr-defined]  # set from the environment
    config.CACHE_DIR = _FOLDER  # type: ignore[attr-defined]
    try:
        compiled_function: Callable[P, R] = njit(cache=True)(function)
    finally:
        config.CACHE_DIR = usual  # type: ignore[attr-defined]
    return compiled_function

"""The cache of compiled code: it must never serve the code of another version."""

import importlib.util
import shutil
from pathlib import Path

import numpy as np
import pytest
from numba import config

from streams.tracking import Tracker, TrackerSettings, compiled, warm_up
from streams.tracking.step import measured, step


def folder_of(package: Path) -> Path:
    spec = importlib.util.spec_from_file_location("copied", package / "compiled.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return Path(module.cache_folder())


def test_change_in_any_module_leaves_the_old_compiled_code_behind(tmp_path: Path) -> None:
    package = tmp_path / "tracking"
    shutil.copytree(Path(compiled.__file__).parent, package)
    assert folder_of(package) == compiled.cache_folder()
    numbers = package / "numbers.py"
    numbers.write_text(numbers.read_text().replace("_HALVINGS = 8", "_HALVINGS = 9"))
    assert folder_of(package) != compiled.cache_folder()


def test_cache_lies_where_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    assert compiled.cache_folder().parent == tmp_path


def test_warm_up_leaves_the_compiled_code_on_disk() -> None:
    warm_up()
    # The same tests run once with compilation switched off, where there is nothing to leave.
    assert config.DISABLE_JIT or any(compiled.cache_folder().rglob("*.nbc"))


def test_no_frame_waits_for_the_compiler_however_its_arrays_lie_in_memory() -> None:
    warm_up()
    found = np.array([[10.0, 10.0, 20.0, 40.0, 0.9], [50.0, 10.0, 60.0, 40.0, 0.9]])
    fixed = found.copy()
    fixed.flags.writeable = False
    tracker = Tracker(TrackerSettings())
    for at_ms, rows in enumerate((found, np.asfortranarray(found), found[::-1], fixed)):
        tracker.update(at_ms, rows[:, :4], rows[:, 4], frame_shape=(64, 64))
    for core in (measured, step):
        assert config.DISABLE_JIT or len(core.signatures) == 1  # type: ignore[attr-defined]

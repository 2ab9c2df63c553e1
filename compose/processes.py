"""Processes of the local stack: asked to stop, bound to their parent, found by their mark.

Every process of one stack carries the data folder in its environment, children of children too, so
what a killed `footfall up` left behind is found without a file that could lie.
"""

import os
import signal
from contextlib import suppress
from pathlib import Path
from types import FrameType

import psutil

MARK = "FOOTFALL_STACK"
"""Variable that names the data folder of the stack a process belongs to."""


class StopAskedError(KeyboardInterrupt):
    """Somebody asked this process to stop.

    Not the plain one: if that goes through code given to `exec` as text, as every dataclass is made
    while its module is imported, Python remembers it and ends the process by SIGINT in the end,
    even if it was caught.
    """


def interrupt_when_asked_to_stop() -> None:
    """From now on SIGINT, SIGTERM and SIGHUP raise `StopAskedError` in the main thread."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise StopAskedError

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)


def dying_with_parent(command: list[str], *, stop: signal.Signals = signal.SIGTERM) -> list[str]:
    """The command, told by the kernel to stop when its parent dies, however that dies."""
    return ["setpriv", f"--pdeathsig={stop.name.removeprefix('SIG')}", "--", *command]


def marked(folder: Path) -> list[psutil.Process]:
    """Every living process of the stack with this data folder, but not this one or its parents."""
    own = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    return [
        process
        for process in psutil.process_iter()
        if process.pid not in own and _mark_of(process) == str(folder)
    ]


def end(processes: list[psutil.Process], *, patience_s: float) -> None:
    """Stop processes: asked first, killed when the patience is over."""
    for process in processes:
        _signal(process, signal.SIGTERM)
    _, alive = psutil.wait_procs(processes, timeout=patience_s)
    for process in alive:
        _signal(process, signal.SIGKILL)
    psutil.wait_procs(alive, timeout=5.0)


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    with suppress(psutil.NoSuchProcess):
        process.send_signal(number)


def _mark_of(process: psutil.Process) -> str | None:
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return process.environ().get(MARK)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return None

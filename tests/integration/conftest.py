"""`footfall` as a person runs it: a command in a process of its own, its output line by line."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from compose.processes import end, marked


class Up:
    """A running `footfall up`."""

    def __init__(self, data: Path, *options: str) -> None:
        self.data = data
        self.lines: list[str] = []
        self._news = threading.Condition()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "compose.command", "up", "--data", str(data), *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        with self.process.stdout as output:
            for line in output:
                with self._news:
                    self.lines.append(line.rstrip("\n"))
                    self._news.notify_all()
        with self._news:
            self._news.notify_all()

    @property
    def output(self) -> str:
        """Everything it has said."""
        return "\n".join(self.lines)

    def said(self, text: str, *, timeout_s: float) -> str:
        """The first line that holds a text, awaited."""
        with self._news:
            self._news.wait_for(
                lambda: text in self.output or not self._reader.is_alive(), timeout_s
            )
        found = [line for line in self.lines if text in line]
        assert found, f"never said {text!r}:\n{self.output}\n{self.logs()}"
        return found[0]

    def ended(self, number: signal.Signals | None = None, *, timeout_s: float) -> int:
        """The exit code, after a signal if one is given."""
        if number is not None:
            self.process.send_signal(number)
        code = self.process.wait(timeout_s)
        self._reader.join()
        return code

    def logs(self) -> str:
        """The end of every process's log."""
        return "\n".join(
            f"--- {log.name}\n" + "\n".join(log.read_text(errors="replace").splitlines()[-15:])
            for log in sorted((self.data / "logs").glob("*.log"))
        )


@pytest.fixture
def footfall_up(tmp_path: Path) -> Iterator[Callable[..., Up]]:
    """Starts `footfall up` on one data folder; whatever is left of it ends with the test."""
    data = tmp_path / "data"
    started: list[Up] = []

    def start(*options: str) -> Up:
        started.append(Up(data, *options))
        return started[-1]

    yield start
    for up in started:
        up.process.kill()
        up.ended(timeout_s=10)
    end(marked(data), patience_s=5)

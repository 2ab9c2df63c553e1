"""The process manager of the local stack: supervisor, told by a file, asked by its socket.

In: the programs to run. Out: their states. Programs are bound to supervisor and supervisor to
whoever started it, so a kill of either stops what is below it; supervisor stops groups one after
another, the one with the highest priority first.
"""

import os
import shlex
import signal
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from compose.errors import StartError
from compose.processes import dying_with_parent
from compose.supervisor_socket import asking

_START_TIMEOUT_S = 15.0
_RUNNING_AFTER_S = 5
"""A process that ends sooner is tried again after 1, 2, 3 ... seconds."""
_MOST_RETRIES = 60
_ASK_EVERY_S = 0.2
_QUOTED_LINES = 5


@dataclass(frozen=True, slots=True)
class Program:
    """One process of the stack."""

    name: str
    """Its name, and that of its log."""
    command: Sequence[str]
    """What to run, in the foreground."""
    group: str
    """Programs of one group stop at the same time."""
    priority: int
    """Its group's place: groups stop in falling order."""
    stop_wait_s: int
    """Time to end before it is killed, s."""
    stop: signal.Signals = signal.SIGTERM
    """Signal that asks it to end."""
    is_finite: bool = False
    """Whether exit code 0 means it has done its work and is not started again."""

    @property
    def address(self) -> str:
        """How supervisor calls it."""
        return f"{self.group}:{self.name}"


@dataclass(frozen=True, slots=True)
class ProgramState:
    """What supervisor knows of one program."""

    name: str
    """Supervisor's word for it."""
    pid: int
    """Its process; 0 if there is none."""
    exit_code: int
    """Of its last end."""

    @property
    def has_finished(self) -> bool:
        """Whether it has done its work and is not started again."""
        return self.name == "EXITED" and self.exit_code == 0

    @property
    def is_down(self) -> bool:
        """Whether it ended and will be started again."""
        return self.name == "BACKOFF" or (self.name == "EXITED" and self.exit_code != 0)

    @property
    def has_given_up(self) -> bool:
        """Whether it ended so often that it is not started any more."""
        return self.name == "FATAL"


class Supervisor:
    """One supervisor process and the programs below it."""

    def __init__(self, programs: Sequence[Program], *, data: Path, runtime: Path) -> None:
        self._programs = programs
        self._logs = data / "logs"
        self._config = data / "supervisord.conf"
        self._socket = runtime / "supervisor.sock"  # short: the kernel allows 107 bytes
        self._process: subprocess.Popen[bytes] | None = None

    def log_of(self, name: str) -> Path:
        """The log of a program."""
        return self._logs / f"{name}.log"

    def start(self, environment: Mapping[str, str]) -> None:
        """Supervisor runs, with none of its programs started yet.

        Raises:
            StartError: If it does not answer.
        """
        self._logs.mkdir(parents=True, exist_ok=True)
        self._socket.unlink(missing_ok=True)
        self._config.write_text(self._configuration())
        command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(self._config)]
        with (self._logs / "supervisor.out").open("wb") as log:
            self._process = subprocess.Popen(
                dying_with_parent(command),
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a Ctrl-C at the terminal is for the parent to act on
            )
        give_up_at = time.monotonic() + _START_TIMEOUT_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > give_up_at:
                raise StartError(
                    f"The process manager did not start; see {self._logs / 'supervisor.out'}."
                )
            time.sleep(0.05)

    def launch(self, *names: str) -> None:
        """Programs are started; whether they are healthy is another question."""
        with asking(self._socket) as supervisor:
            for program in self._programs:
                if program.name in names:
                    supervisor.startProcess(program.address, False)

    def states(self) -> dict[str, ProgramState]:
        """Every program's state by name."""
        with asking(self._socket) as supervisor:
            return {
                info["name"]: ProgramState(info["statename"], info["pid"], info["exitstatus"])
                for info in supervisor.getAllProcessInfo()
            }

    def wait(self, *names: str, until: Callable[[], bool], timeout_s: float) -> None:
        """Return when something is so.

        Args:
            names: Programs that make it so; if one of them ends, the wait is over.
            until: Whether it is so.
            timeout_s: Patience, s.

        Raises:
            StartError: If a program ends, or the time is over; quotes the end of its log.
        """
        give_up_at = time.monotonic() + timeout_s
        while not until():
            states = self.states()
            ended = [name for name in names if states[name].is_down or states[name].has_given_up]
            if ended:
                raise StartError(f"{ended[0]} ended at its start.{self._last_words(ended[0])}")
            if time.monotonic() > give_up_at:
                logs = ", ".join(str(self.log_of(name)) for name in names)
                raise StartError(f"{names[0]} is not healthy after {timeout_s:.0f} s; see {logs}.")
            time.sleep(_ASK_EVERY_S)

    def is_alive(self) -> bool:
        """Whether supervisor itself runs."""
        return self._process is not None and self._process.poll() is None

    def stop(self, *, patience_s: float) -> bool:
        """Ask supervisor to stop everything in order; whether it did within the time."""
        if self._process is None:
            return True
        self._process.terminate()
        try:
            self._process.wait(patience_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _answers(self) -> bool:
        try:
            with asking(self._socket) as supervisor:
                return bool(supervisor.getState()["statename"] == "RUNNING")
        except (OSError, xmlrpc.client.Error):
            return False

    def _last_words(self, name: str) -> str:
        log = self.log_of(name)
        lines = log.read_text(errors="replace").splitlines() if log.exists() else []
        said = [line.removeprefix("footfall: ") for line in lines if line.startswith("footfall: ")]
        quoted = said[-1:] or lines[-_QUOTED_LINES:]
        return "".join(f"\n  {line}" for line in [*quoted, f"The whole log: {log}"])

    def _configuration(self) -> str:
        sections: dict[str, dict[str, object]] = {
            "supervisord": {
                "nodaemon": "true",
                "logfile": self._logs / "supervisor.log",
                "logfile_maxbytes": "5MB",
                "logfile_backups": 1,
                "pidfile": self._config.with_suffix(".pid"),
                **({"user": "root"} if os.geteuid() == 0 else {}),
            },
            "unix_http_server": {"file": self._socket, "chmod": "0700"},
            "rpcinterface:supervisor": {
                "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"
            },
        }
        groups: dict[str, list[Program]] = {}
        for program in self._programs:
            groups.setdefault(program.group, []).append(program)
            sections[f"program:{program.name}"] = self._section(program)
        for group, members in groups.items():
            sections[f"group:{group}"] = {
                "programs": ",".join(member.name for member in members),
                "priority": members[0].priority,
            }
        return "\n".join(
            f"[{title}]\n" + "".join(f"{key}={_escaped(value)}\n" for key, value in body.items())
            for title, body in sections.items()
        )

    def _section(self, program: Program) -> dict[str, object]:
        return {
            "command": shlex.join(program.command),
            "autostart": "false",
            "autorestart": "unexpected" if program.is_finite else "true",
            "exitcodes": 0,
            "startsecs": _RUNNING_AFTER_S,
            "startretries": _MOST_RETRIES,
            "stopsignal": program.stop.name.removeprefix("SIG"),
            "stopwaitsecs": program.stop_wait_s,
            "killasgroup": "true",
            "redirect_stderr": "true",
            "stdout_logfile": _escaped(self.log_of(program.name)),  # which is expanded twice
            "stdout_logfile_maxbytes": "10MB",
            "stdout_logfile_backups": 2,
        }


def _escaped(value: object) -> str:
    return str(value).replace("%", "%%")

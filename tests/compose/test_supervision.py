import os
import sys
import time

import psutil
import pytest

from compose.errors import StartError
from compose.processes import MARK, end, marked
from compose.supervision import Program, Supervisor

WAITS = "import time; time.sleep(600)"


@pytest.fixture
def supervise(tmp_path):
    """Starts supervisor with programs written in Python; everything ends with the test."""
    started = []

    def start(**programs):
        supervisor = Supervisor(
            [
                Program(name, [sys.executable, "-c", code], name, priority, 5, is_finite=is_finite)
                for name, (code, priority, is_finite) in programs.items()
            ],
            data=tmp_path / "data 100%",
            runtime=tmp_path,
        )
        started.append(supervisor)
        supervisor.start({**os.environ, MARK: str(tmp_path)})
        return supervisor

    yield start
    for supervisor in started:
        supervisor.stop(patience_s=20)
    end(marked(tmp_path), patience_s=1)


def _await(condition):
    give_up_at = time.monotonic() + 90
    while not condition():
        assert time.monotonic() < give_up_at
        time.sleep(0.05)


def test_groups_stop_in_falling_order_of_priority(supervise, tmp_path):
    says = (
        "import pathlib, signal, sys;"
        "say = lambda *_: (open({file!r}, 'a').write({name!r} + ' '), sys.exit());"
        "signal.signal(signal.SIGTERM, say); pathlib.Path({file!r} + {name!r}).touch();" + WAITS
    )
    file = str(tmp_path / "order")
    names = {"storage": 100, "cameras": 400, "streams": 200}
    supervisor = supervise(
        **{name: (says.format(file=file, name=name), rank, False) for name, rank in names.items()}
    )
    supervisor.launch(*names)
    _await(lambda: all((tmp_path / f"order{name}").exists() for name in names))
    assert supervisor.stop(patience_s=20)
    assert (tmp_path / "order").read_text().split() == ["cameras", "streams", "storage"]


def test_a_program_that_ends_at_its_start_ends_the_wait_with_its_own_words(supervise):
    refuses = "import sys; print('noise'); sys.exit('footfall: no such file: x.avi.')"
    supervisor = supervise(one=(refuses, 1, False))
    supervisor.launch("one")
    with pytest.raises(
        StartError, match=r"(?s)one ended at its start\..*no such file: x\.avi"
    ) as caught:
        supervisor.wait("one", until=lambda: False, timeout_s=30)
    assert "noise" not in str(caught.value)


def test_a_program_that_crashes_is_started_again(supervise):
    supervisor = supervise(one=(WAITS, 1, False))
    supervisor.launch("one")
    first = supervisor.states()["one"].pid
    psutil.Process(first).kill()
    _await(lambda: supervisor.states()["one"].pid not in (0, first))


def test_a_finite_program_that_has_done_its_work_is_not_started_again(supervise, tmp_path):
    works = f"import time; open({str(tmp_path / 'runs')!r}, 'a').write('.'); time.sleep(5.5)"
    supervisor = supervise(one=(works, 1, True))
    supervisor.launch("one")
    _await(lambda: supervisor.states()["one"].has_finished)
    assert (tmp_path / "runs").read_text() == "."


def test_a_wait_that_is_over_names_the_logs(supervise):
    supervisor = supervise(one=(WAITS, 1, False))
    supervisor.launch("one")
    with pytest.raises(StartError, match=r"one is not healthy after 0 s; see .*one\.log"):
        supervisor.wait("one", until=lambda: False, timeout_s=0.3)

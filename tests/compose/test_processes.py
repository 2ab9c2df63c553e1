import os
import signal
import subprocess
import sys

import psutil
import pytest

from compose.processes import MARK, dying_with_parent, end, marked

SLEEP = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]


def _started(command, **options):
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **options)
    assert process.stdout.readline() == "up\n"
    return process


def test_every_process_of_a_stack_is_found_by_its_folder_and_no_other(tmp_path):
    spawning = f"import subprocess; subprocess.run({SLEEP!r})"
    ours = _started([sys.executable, "-c", spawning], env={**os.environ, MARK: str(tmp_path)})
    other = _started(SLEEP, env={**os.environ, MARK: str(tmp_path / "other")})
    try:
        found = marked(tmp_path)
        assert {one.pid for one in found} == {ours.pid, psutil.Process(ours.pid).children()[0].pid}
        end(found, patience_s=10)
        assert marked(tmp_path) == []
        assert other.poll() is None
    finally:
        other.kill()
        for process in (ours, other):
            process.communicate()


def test_a_process_that_does_not_want_to_end_is_killed(tmp_path):
    stubborn = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + SLEEP[2]
    process = _started([sys.executable, "-c", stubborn], env={**os.environ, MARK: str(tmp_path)})
    end(marked(tmp_path), patience_s=0.2)
    assert not psutil.pid_exists(process.pid)
    process.communicate()


def test_a_bound_process_ends_when_its_parent_is_killed():
    parent = _started(
        [sys.executable, "-c", f"import subprocess; subprocess.run({dying_with_parent(SLEEP)!r})"]
    )
    (child,) = psutil.Process(parent.pid).children()
    parent.kill()
    parent.communicate()
    gone, _ = psutil.wait_procs([child], timeout=60)
    assert gone == [child]


def test_a_process_does_not_find_itself_or_its_parents(tmp_path):
    program = (
        "import sys; from pathlib import Path; from compose.processes import marked;"
        "sys.exit(len(marked(Path(sys.argv[1]))))"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    environment = {**os.environ, MARK: str(tmp_path)}
    assert subprocess.run(command, env=environment, check=False).returncode == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_that_falls_into_generated_code_ends_the_process_as_its_handler_says(number):
    program = f"""
from compose.processes import StopAskedError, interrupt_when_asked_to_stop
interrupt_when_asked_to_stop()
try:
    exec("import signal\\nsignal.raise_signal({number.value})")
except StopAskedError:
    print("stopped")
"""
    done = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, check=False)
    assert (done.returncode, done.stdout) == (0, b"stopped\n")

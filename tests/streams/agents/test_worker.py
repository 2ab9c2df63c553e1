"""What cannot be finished ends the process, so that nothing of it is acknowledged."""

import subprocess
import sys

import pytest

_RUN = """
import asyncio
from streams.agents.worker import or_stop, whole_or_stop
from streams.errors import BrokerError

async def work():
    {body}

async def main():
    try:
        await {guard}(work())
    except asyncio.CancelledError:
        print("went on: cancelled")
    else:
        print("went on")
asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("guard", "body", "code", "said"),
    [
        pytest.param("whole_or_stop", "pass", 0, "went on", id="work that is done"),
        pytest.param(
            "whole_or_stop", "raise BrokerError('no ack')", 1, "no ack", id="a known error"
        ),
        pytest.param("whole_or_stop", "1 / 0", 1, "ZeroDivisionError", id="an unknown error"),
        pytest.param(
            "whole_or_stop",
            "raise asyncio.CancelledError",
            1,
            "in the middle of a batch",
            id="a batch cut in the middle",
        ),
        pytest.param(
            "or_stop",
            "raise asyncio.CancelledError",
            0,
            "went on: cancelled",
            id="a recovery cut short",
        ),
    ],
)
def test_process_ends_unless_the_work_is_done(guard, body, code, said):
    done = subprocess.run(
        [sys.executable, "-c", _RUN.format(guard=guard, body=body)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == code
    assert said in done.stdout + done.stderr
    assert ("went on" in done.stdout) is (code == 0)

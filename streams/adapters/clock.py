"""Processing time. Only adapters and agents read it; what is final never does."""

import time


def now_ms() -> int:
    """Now, ms since the epoch, UTC."""
    return time.time_ns() // 1_000_000

"""What each process of the stack costs: processor time and memory, by a name a person knows.

In: processes. Out: cores used between the first look and the last, and the largest PSS seen
(proportional set size: memory that processes share is divided among them, so a sum is a sum).
"""

import time
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import psutil

CHROMIUM = "Chromium (who watches)"
RAY_REST = "Ray: raylet, GCS, agents"

_BY_COMMAND = {
    "kafka.Kafka": "broker (Kafka)",
    "ray::ServeReplica:detector": "Detector replica",
    "ray::ServeReplica:api": "API replica",
    "ray::ProxyActor": "Ray: HTTP proxy",
    "ray::ServeController": "Ray: Serve controller",
    "compose.command gateway": "gateway",
    "compose.command engine": "engine",
    "compose.command views": "view writer",
    "compose.command serve": "serve (Ray's driver)",
    "compose.command up": "footfall up",
    "supervisord": "supervisor",
    "postgres": "PostgreSQL",
}
"""What is in a command line, and whose it then is; the first counts."""


@dataclass(slots=True)
class Cost:
    """One process."""

    name: str
    """What it is."""
    first_s: float
    """Processor time at the first look, s."""
    last_s: float
    """Processor time at the last look, s."""
    pss_bytes: int = 0
    """Largest PSS seen."""


class Usage:
    """Costs from now on; call `look` again and again."""

    def __init__(self) -> None:
        self._costs: dict[tuple[int, float], Cost] = {}  # by id and birth; who ended stays
        self._began_s = self._looked_s = time.monotonic()
        self._machine_began_s = self._machine_s = _busy_s()

    def look(self, processes: Iterable[psutil.Process], *, otherwise: str = RAY_REST) -> None:
        """Takes in what the processes cost until now.

        Args:
            processes: Of the stack, or others.
            otherwise: What to call those whose command line names nothing known.
        """
        self._looked_s, self._machine_s = time.monotonic(), _busy_s()
        for process in processes:
            # One that ends meanwhile keeps what was seen of it.
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                self._look_at(process, otherwise)

    def rows(self) -> list[dict[str, Any]]:
        """Processes of one name together, the most costly first."""
        by_name: dict[str, list[Cost]] = defaultdict(list)
        for cost in self._costs.values():
            by_name[cost.name].append(cost)
        rows = [
            {
                "process": name,
                "count": len(costs),
                "cores": round(sum(one.last_s - one.first_s for one in costs) / self._passed_s, 3),
                "pss_mib": round(sum(one.pss_bytes for one in costs) / 2**20),
            }
            for name, costs in by_name.items()
        ]
        return sorted(rows, key=lambda row: row["cores"], reverse=True)

    def machine_cores(self) -> float:
        """Cores that everything on this machine used, until the last look."""
        return (self._machine_s - self._machine_began_s) / self._passed_s

    @property
    def _passed_s(self) -> float:
        return self._looked_s - self._began_s

    def _look_at(self, process: psutil.Process, otherwise: str) -> None:
        key = process.pid, process.create_time()
        times = process.cpu_times()
        used_s = times.user + times.system
        if key not in self._costs:
            self._costs[key] = Cost(_name_of(process, otherwise), used_s, used_s)
        cost = self._costs[key]
        cost.last_s = used_s
        cost.pss_bytes = max(cost.pss_bytes, process.memory_full_info().pss)


def _name_of(process: psutil.Process, otherwise: str) -> str:
    command = " ".join(process.cmdline())
    return next((name for part, name in _BY_COMMAND.items() if part in command), otherwise)


def _busy_s() -> float:
    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system + times.irq + times.softirq)

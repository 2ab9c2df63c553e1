"""Settings of the processes that Faust runs: the site engine and the view writer."""

from pydantic import Field

from schemas.settings import KafkaSettings
from schemas.store import StoreSettings


class WorkerSettings(KafkaSettings):
    """What every Faust worker is told."""

    instance_id: str | None = None
    """Name of this worker, unique within its group and kept over restarts: a killed worker is back
    in its partitions at once. Without one they wait for `session_timeout_ms`."""
    session_timeout_ms: int = Field(6_000, ge=6_000, le=60_000)
    """Silence after which the group gives a worker's partitions to others, ms; brokers allow no
    less than 6,000."""
    batch_events: int = Field(1_000, ge=1, le=10_000)
    """Most messages taken at once."""
    batch_within_ms: int = Field(200, ge=10, le=5_000)
    """Longest wait for a batch to fill, ms."""

    @property
    def batch_within_s(self) -> float:
        """Longest wait for a batch to fill, s."""
        return self.batch_within_ms / 1000


class EngineSettings(WorkerSettings):
    """Settings of the site engine."""

    live_interval_ms: int = Field(500, ge=100)
    """Time between two `live` records of one site, ms; one in each such stretch of the clock."""
    health_interval_ms: int = Field(5_000, ge=500)
    """Time between two `health` records of one camera, and between two looks at which cameras are
    silent, ms."""


class ViewSettings(WorkerSettings, StoreSettings):
    """Settings of the view writer."""

    retry_after_ms: int = Field(500, ge=10)
    """First pause before a write to an unreachable view store is tried again, ms; doubles up to
    `retry_at_most_ms`."""
    retry_at_most_ms: int = Field(5_000, ge=10)
    """Longest such pause, ms."""

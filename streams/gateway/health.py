"""Health of the gateway's cameras: what each record says; best effort, on processing time. Pure."""

from schemas.health import HealthPart, HealthRecord
from streams.gateway.cameras import GatewayCamera
from streams.gateway.counters import Counters, Fate


class CameraHealth:
    """Writes one camera's health records; remembers the last for the rate."""

    def __init__(self, camera: GatewayCamera, counters: Counters, since_ms: int) -> None:
        self._camera = camera
        self._counters = counters
        self._since_ms = since_ms
        self._last: tuple[int, int] | None = None

    def record(self, *, now_ms: int, newest_at_ms: int | None) -> HealthRecord:
        """The camera's health now.

        Args:
            now_ms: Processing time.
            newest_at_ms: Event time of the newest frame sent.
        """
        sent = self._counters[Fate.SENT]
        rate_hz = None
        if self._last is not None and now_ms > self._last[0]:
            rate_hz = round((sent - self._last[1]) * 1000 / (now_ms - self._last[0]), 2)
        self._last = (now_ms, sent)
        return HealthRecord(
            site=self._camera.site,
            camera=self._camera.camera,
            part=HealthPart.GATEWAY,
            since_ms=self._since_ms,
            at_ms=now_ms,
            counters=self._counters.as_dict(),
            newest_at_ms=newest_at_ms,
            newest_age_ms=None if newest_at_ms is None else now_ms - newest_at_ms,
            rate_hz=rate_hz,
        )

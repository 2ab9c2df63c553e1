"""Settings of the process that starts Ray Serve."""

from pathlib import Path

from pydantic import Field

from schemas.settings import FootfallSettings


class ServeSettings(FootfallSettings):
    """Where Ray runs, and what it may take here."""

    ray_address: str | None = None
    """A Ray cluster to join, `host:port` or `auto`; unset: one is started here."""
    ray_object_store_bytes: int = Field(default=100 * 1024 * 1024, ge=80 * 1024 * 1024)
    """Shared memory of a Ray started here, bytes; frames do not pass through it."""
    data: Path = Path(".footfall")
    """Folder that holds everything the local stack keeps; Ray's logs are in it."""

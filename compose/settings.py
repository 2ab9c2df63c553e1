"""Settings of the local stack: what `footfall up` starts, and where."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr

from schemas.settings import FootfallSettings
from schemas.store import StoreUrl
from schemas.topics import DEFAULT_PREFIX


class UpSettings(FootfallSettings):
    """What `footfall up` starts."""

    source: str | None = None
    """A video file, a folder of images or `sim:...`; unset: the simulated stores."""
    layout: Path | None = None
    """Layout file of the source's site; unset: tracks and heatmaps only."""
    camera: str | None = None
    """Which of the layout's cameras the source is; needed if it has several."""
    model: Path | None = None
    """ONNX export of a detection model; unset: the demo model, which knows the simulation only."""
    data: Path = Path(".footfall")
    """Folder that holds everything the stack keeps; the next start goes on from it."""
    api_host: str = "127.0.0.1"
    """Address of the page and the API; any but a loopback one needs FOOTFALL_API_TOKEN."""
    api_port: Annotated[int, Field(ge=1, le=65535)] = 8000
    """Port of the page and the API."""
    partitions: Annotated[int, Field(ge=1, le=1000)] = 4
    """Partitions of every topic; never changes once the topics exist."""
    kafka: str | None = None
    """A Kafka you have, `host:port`; unset: one is started here."""
    database_url: StoreUrl | None = None
    """A PostgreSQL you have, as URL; unset: one is started here."""
    api_token: SecretStr | None = None
    """Bearer token that every question to the API must carry; unset: none is asked for."""
    topic_prefix: str = DEFAULT_PREFIX
    """Put before every topic's name."""


class ReaderSettings(FootfallSettings):
    """Where the API is, for who asks it."""

    api: str = "http://127.0.0.1:8000/"
    """Where the API is."""
    api_token: SecretStr | None = None
    """Bearer token, if the API wants one."""

    @property
    def token(self) -> str | None:
        """The bearer token as it is sent."""
        return self.api_token.get_secret_value() if self.api_token else None

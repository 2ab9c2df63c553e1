"""Errors of the gateway.

    StreamsError
    └── GatewayError
        ├── CameraError          a camera setting that does not hold: its id, its URI, its layout
        ├── SourceError          a source that cannot be read: no such file, not a video, no frames
        ├── AlreadyPlayedError   the topic holds frames of the camera as late as the source's first
        └── PublishError         the broker refuses frames for good

All of them are fatal: the process stops with the sentence, and whoever supervises it decides. What
goes wrong with single frames is no error but a counter (`counters.Fate`).
"""

from schemas.secrets import without_secrets
from streams.errors import StreamsError


class GatewayError(StreamsError):
    """Something that stops the gateway; shows no password of a camera's address."""

    def __init__(self, sentence: str) -> None:
        super().__init__(without_secrets(sentence))


class CameraError(GatewayError):
    """A camera of the settings does not hold; names the entry, what was expected, what came."""


class SourceError(GatewayError):
    """A source cannot be read; names the camera's URI, what was expected, what came."""


class AlreadyPlayedError(GatewayError):
    """The topic already holds frames of this camera that are as late as the source's first one."""


class PublishError(GatewayError):
    """The broker refuses frames for good; the last acknowledged one is safe."""

"""Which source a camera's URI names."""

from pathlib import Path

from streams.gateway.cameras import GatewayCamera
from streams.gateway.errors import SourceError
from streams.gateway.settings import GatewaySettings
from streams.gateway.sources.image_folders import ImageFolder
from streams.gateway.sources.simulation import SCHEME, SimulatedSource
from streams.gateway.sources.source import Source
from streams.gateway.sources.video_files import VideoFile


def open_source(camera: GatewayCamera, settings: GatewaySettings) -> Source:
    """The source that a camera's URI names.

    Raises:
        SourceError: If it cannot be read; names the camera.
    """
    try:
        return _source(camera.uri, settings)
    except SourceError as error:
        raise SourceError(f"camera {camera}: {error}") from error


def _source(uri: str, settings: GatewaySettings) -> Source:
    if uri.startswith(SCHEME):
        return SimulatedSource(uri, start_at_ms=settings.start_at_ms)
    path = Path(uri)
    if not path.is_dir():
        return VideoFile(
            path, start_at_ms=settings.start_at_ms, fps=settings.fps, is_looped=settings.loop
        )
    if settings.fps is None:
        raise SourceError(
            f"fps: {path} is a folder of images, which have no times of their own: expected frames "
            "per second, got none"
        )
    return ImageFolder(
        path, start_at_ms=settings.start_at_ms, fps=settings.fps, is_looped=settings.loop
    )

"""What the gateway of the local stack carries: which cameras, from where, with which layouts."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from compose.errors import PreflightError
from compose.settings import UpSettings
from schemas.layout import SiteLayout
from schemas.layout_files import load_layout
from streams.simulation.layouts import layout_of
from streams.simulation.stores import STORES

_SITE = "store-1"
_CAMERA = "camera-1"


@dataclass(frozen=True, slots=True)
class Feeds:
    """The cameras of one start."""

    cameras: Sequence[str]
    """`site/camera=uri` each."""
    layouts: Sequence[SiteLayout]
    """Layouts to publish before the first frame."""
    layout_file: Path | None
    """Where masks come from; None: no camera has any."""

    @property
    def ids(self) -> list[tuple[str, str]]:
        """Site and camera of each."""
        names = [entry.partition("=")[0] for entry in self.cameras]
        return [(site, camera) for site, _, camera in (name.partition("/") for name in names)]


def feeds_of(settings: UpSettings) -> Feeds:
    """The cameras that a start runs with.

    Raises:
        LayoutError: If the layout does not hold; lists every problem.
        PreflightError: If the source cannot be told to a camera.
    """
    if settings.source is None:
        return _simulated(settings)
    if settings.layout is None:
        entry = f"{_SITE}/{settings.camera or _CAMERA}={settings.source}"
        return Feeds([entry], [], None)
    layout = load_layout(settings.layout)
    entry = f"{layout.site}/{_camera(settings, layout)}={settings.source}"
    return Feeds([entry], [layout], settings.layout)


def _simulated(settings: UpSettings) -> Feeds:
    if settings.layout is not None or settings.camera is not None:
        raise PreflightError(
            ["--layout and --camera describe a --source: give one, or leave them out."]
        )
    stores = STORES.values()
    cameras = [f"{store.id}/{view.id}" for store in stores for view in store.views]
    layouts = [layout_of(store.id) for store in stores]
    return Feeds([f"{camera}=sim:{camera}" for camera in cameras], layouts, None)


def _camera(settings: UpSettings, layout: SiteLayout) -> str:
    ids = [camera.id for camera in layout.cameras]
    if settings.camera is None and len(ids) == 1:
        return ids[0]
    if settings.camera in ids:
        return settings.camera
    asked = f"no camera {settings.camera}" if settings.camera else f"{len(ids)} cameras"
    raise PreflightError(
        [
            f"{settings.layout} has {asked}: say with --camera which of them the source is "
            f"({', '.join(ids)})."
        ]
    )

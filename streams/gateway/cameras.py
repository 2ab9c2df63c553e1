"""The cameras of one gateway: what the settings' entries name, and which masks they have. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from schemas.layout import Polygon, SiteLayout
from schemas.units import ID_PATTERN, is_id
from streams.gateway.errors import CameraError

_FORM = "camera=uri or site/camera=uri"


@dataclass(frozen=True, slots=True)
class GatewayCamera:
    """One camera that the gateway carries."""

    site: str
    """Id of its site."""
    camera: str
    """Id of the camera."""
    uri: str = field(repr=False)
    """Where its frames come from; may hold a password."""

    def __str__(self) -> str:
        return f"{self.site}/{self.camera}"


def named_cameras(entries: Sequence[str], *, site: str) -> list[GatewayCamera]:
    """The cameras that entries name, in their order.

    Args:
        entries: `camera=uri` or `site/camera=uri` each.
        site: The site of those that name none.

    Raises:
        CameraError: If there is no entry, one has another form or a bad id, or two name one camera.

    Example:
        >>> named_cameras(["tills=a.mp4", "store-2/door=sim:store-2/door"], site="store-1")[1].site
        'store-2'
    """
    if not entries:
        raise CameraError(f"cameras: expected at least one {_FORM}, got none")
    cameras = [_named_camera(entry, site) for entry in entries]
    names = [str(camera) for camera in cameras]
    for name in names:
        if names.count(name) > 1:
            raise CameraError(f"cameras: expected each camera once, got {name} twice")
    return cameras


def masks_of(camera: GatewayCamera, layouts: Sequence[SiteLayout]) -> Sequence[Polygon]:
    """The polygons to paint over in a camera's images.

    Raises:
        CameraError: If there are layouts and none holds the camera: a misspelt id would send what
            the masks are there to hide.
    """
    if not layouts:
        return ()
    for layout in layouts:
        found = layout.camera(camera.camera) if layout.site == camera.site else None
        if found is not None:
            return found.masks
    known = sorted(f"{layout.site}/{one.id}" for layout in layouts for one in layout.cameras)
    raise CameraError(
        f"camera {camera}: expected one of the layout's cameras ({', '.join(known)}), got {camera}"
    )


def _named_camera(entry: str, site: str) -> GatewayCamera:
    name, separator, uri = entry.partition("=")
    # A name with a colon is the front of an address, which a `=` of its own has cut in two.
    if not separator or not uri or ":" in name:
        raise CameraError(f"cameras: expected {_FORM}, got {entry!r}")
    own_site, _, camera = name.rpartition("/")
    for part, text in (("site", own_site or site), ("camera", camera)):
        if not is_id(text):
            raise CameraError(f"cameras: {entry!r}: {part}: expected {ID_PATTERN}, got {text!r}")
    return GatewayCamera(own_site or site, camera, uri)

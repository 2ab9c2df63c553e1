import pytest

from schemas.layout import Camera, SiteLayout
from streams.gateway.cameras import GatewayCamera, masks_of, named_cameras
from streams.gateway.errors import CameraError

_MASK = [(0.0, 0.0), (0.2, 0.0), (0.2, 0.3)]
_LAYOUT = SiteLayout(site="store-1", version=1, cameras=[Camera(id="tills", masks=[_MASK])])


def test_an_entry_names_camera_and_uri_and_may_name_a_site() -> None:
    assert named_cameras(
        ["tills=/videos/a=b.mp4", "store-2/door=sim:store-2/door?seed=3"], site="store-1"
    ) == [
        GatewayCamera("store-1", "tills", "/videos/a=b.mp4"),
        GatewayCamera("store-2", "door", "sim:store-2/door?seed=3"),
    ]


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        pytest.param([], "expected at least one camera=uri", id="none"),
        pytest.param(["a.mp4"], "expected camera=uri .* got 'a.mp4'", id="no name"),
        pytest.param(["tills="], "got 'tills='", id="no uri"),
        pytest.param(["Till 1=a.mp4"], "camera: expected .* got 'Till 1'", id="bad camera id"),
        pytest.param(["Milano/tills=a.mp4"], "site: expected .* got 'Milano'", id="bad site id"),
        pytest.param(["t=a.mp4", "store-1/t=b.mp4"], "store-1/t twice", id="twice"),
    ],
)
def test_a_bad_entry_is_refused_with_what_was_expected(entries, said) -> None:
    with pytest.raises(CameraError, match=said):
        named_cameras(entries, site="store-1")


def test_masks_are_those_of_the_cameras_layout() -> None:
    camera = GatewayCamera("store-1", "tills", "a.mp4")
    assert masks_of(camera, [_LAYOUT]) == [_MASK]
    assert masks_of(camera, []) == ()


@pytest.mark.parametrize(("site", "camera"), [("store-1", "till"), ("store-2", "tills")])
def test_a_camera_the_layout_does_not_know_sends_nothing_unmasked(site, camera) -> None:
    with pytest.raises(CameraError, match=r"one of the layout's cameras \(store-1/tills\)"):
        masks_of(GatewayCamera(site, camera, "a.mp4"), [_LAYOUT])

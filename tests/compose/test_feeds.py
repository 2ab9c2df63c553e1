from pathlib import Path

import pytest

from compose.errors import PreflightError
from compose.feeds import feeds_of
from compose.settings import UpSettings
from schemas.errors import LayoutError
from schemas.layout_rules import problems

LAYOUT = """
site: shop
version: 1
time_zone: UTC
cameras:
  - {id: door, zones: [{id: all, kind: browse, polygon: [[0, 0], [1, 0], [1, 1]]}]}
"""


@pytest.fixture
def one_camera(tmp_path):
    file = tmp_path / "one.yaml"
    file.write_text(LAYOUT)
    return file


@pytest.fixture
def two_cameras(tmp_path):
    file = tmp_path / "two.yaml"
    file.write_text(LAYOUT + "  - {id: tills}\n")
    return file


def test_a_source_is_the_only_camera_of_its_layout(one_camera):
    feeds = feeds_of(UpSettings(source="video.avi", layout=one_camera))
    assert feeds.cameras == ["shop/door=video.avi"]
    assert feeds.ids == [("shop", "door")]
    assert [layout.site for layout in feeds.layouts] == ["shop"]
    assert feeds.layout_file == one_camera


def test_of_several_cameras_the_source_must_be_told(two_cameras):
    with pytest.raises(PreflightError, match=r"2 cameras: say with --camera .*door, tills"):
        feeds_of(UpSettings(source="video.avi", layout=two_cameras))
    told = UpSettings(source="video.avi", layout=two_cameras, camera="tills")
    assert feeds_of(told).ids == [("shop", "tills")]


def test_a_camera_that_is_not_in_the_layout_is_refused(one_camera):
    with pytest.raises(PreflightError, match=r"no camera tills: say with --camera .*door"):
        feeds_of(UpSettings(source="video.avi", layout=one_camera, camera="tills"))


def test_a_source_without_a_layout_has_a_camera_all_the_same():
    feeds = feeds_of(UpSettings(source="a=b.avi"))
    assert feeds.cameras == ["store-1/camera-1=a=b.avi"]
    assert feeds.ids == [("store-1", "camera-1")]


def test_without_a_source_simulated_stores_with_sound_layouts_are_carried():
    feeds = feeds_of(UpSettings())
    assert len({site for site, _ in feeds.ids}) == 2
    assert {
        (layout.site, camera.id) for layout in feeds.layouts for camera in layout.cameras
    } == set(feeds.ids)
    assert [problem for layout in feeds.layouts for problem in problems(layout)] == []


def test_a_layout_without_a_source_is_refused(one_camera):
    with pytest.raises(PreflightError, match="describe a --source"):
        feeds_of(UpSettings(layout=one_camera))


def test_a_missing_layout_file_is_refused_by_name():
    with pytest.raises(LayoutError, match=r"nowhere\.yaml"):
        feeds_of(UpSettings(source="video.avi", layout=Path("nowhere.yaml")))

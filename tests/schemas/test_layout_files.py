import pytest

from schemas import codec
from schemas.errors import LayoutError
from schemas.layout import LineKind, SiteLayout, ZoneKind
from schemas.layout_files import load_layout, parse_layout

LAYOUT = """
site: milano-01
version: 3
time_zone: Europe/Rome
opening_hours: {mon-sat: "09:00-20:00", sun: closed}
reset_at: 04:00
floor: {width_m: 24.0, height_m: 16.0, cell_m: 0.5}
cameras:
  - id: tills
    masks: [[[0.0, 0.0], [0.2, 0.0], [0.2, 0.3], [0.0, 0.3]]]
    homography: [[0.1, 0.9, 2, 10], [0.9, 0.9, 8, 10], [0.2, 0.3, 1, 1], [0.8, 0.3, 9, 1]]
    zones:
      - {id: till-1, kind: queue, polygon: [[0.1, 0.4], [0.4, 0.4], [0.4, 0.9], [0.1, 0.9]],
         service: [till-1-desk], long_above: 4}
      - {id: till-1-desk, kind: service, polygon: [[0.5, 0.4], [0.6, 0.4], [0.6, 0.9]]}
  - id: door
    lines:
      - {id: entrance, kind: entrance, from: [0.2, 0.8], to: [0.8, 0.8]}
rules:
  - {id: long-queue, on: till-1, when: length > 4, for_s: 30, cool_down_s: 300}
"""


def test_a_layout_file_reads_as_it_is_written():
    layout = parse_layout(LAYOUT)
    assert layout.reset_at == "04:00"
    assert layout.cameras[0].zones[0].kind is ZoneKind.QUEUE
    assert layout.cameras[1].lines[0].kind is LineKind.ENTRANCE
    assert layout.cameras[1].lines[0].start == (0.2, 0.8)
    assert layout.rules[0].on == "till-1"


def test_a_layout_survives_its_way_through_a_topic():
    layout = parse_layout(LAYOUT)
    assert codec.decode(codec.encode(layout), SiteLayout) == layout


BROKEN = {
    "a negative recall_ms": (
        "long_above: 4}",
        "long_above: 4, recall_ms: -1}",
        ["cameras[0].zones[0].recall_ms"],
    ),
    "a negative return_ms": (
        "long_above: 4}",
        "long_above: 4, return_ms: -1}",
        ["cameras[0].zones[0].return_ms"],
    ),
    "a recall_ms that windows cannot wait for": (
        "long_above: 4}",
        "long_above: 4, recall_ms: 600001}",
        ["cameras[0].zones[0].recall_ms"],
    ),
    "a kind that is none": ("kind: service", "kind: till", ["cameras[0].zones[1].kind"]),
    "a field that is none": ("from: [0.2, 0.8]", "start: [0.2, 0.8]", ["cameras[1].lines[0]"] * 2),
    "a zone of two points": (
        "[[0.5, 0.4], [0.6, 0.4], [0.6, 0.9]]",
        "[[0.5, 0.4], [0.6, 0.4]]",
        ["cameras[0].zones[1].polygon"],
    ),
    "a zone whose edges cross": (
        "[[0.1, 0.4], [0.4, 0.4], [0.4, 0.9], [0.1, 0.9]]",
        "[[0.1, 0.4], [0.4, 0.9], [0.4, 0.4], [0.1, 0.9]]",
        ["cameras[0].zones[0].polygon"],
    ),
    "a zone out of the image": ("[0.6, 0.9]]", "[0.6, 1.1]]", ["cameras[0].zones[1].polygon[2]"]),
    "a zone with a NaN": ("[0.6, 0.9]]", "[0.6, .nan]]", ["cameras[0].zones[1].polygon[2]"]),
    "a zone without area": (
        "[[0.5, 0.4], [0.6, 0.4], [0.6, 0.9]]",
        "[[0.5, 0.4], [0.6, 0.4], [0.7, 0.4]]",
        ["cameras[0].zones[1].polygon"],
    ),
    "a line without length": ("to: [0.8, 0.8]", "to: [0.2, 0.8]", ["cameras[1].lines[0].to"]),
    "an id twice": ("id: entrance", "id: till-1", ["cameras[1].lines[0].id"]),
    "a service that is none": (
        "service: [till-1-desk]",
        "service: [desk]",
        ["cameras[0].zones[0].service[0]"],
    ),
    "a window that divides no quarter of an hour": (
        "version: 3",
        "version: 3\nwindow_s: 70",
        ["window_s"],
    ),
    "a time from the middle of a window": (
        "version: 3",
        "version: 3\neffective_from_ms: 30000",
        ["effective_from_ms"],
    ),
    "a time zone that is none": ("Europe/Rome", "Rome", ["time_zone"]),
    "a reset that is no time": ("reset_at: 04:00", "reset_at: 4 o'clock", ["reset_at"]),
    "a day that is none": ("mon-sat", "mon-satt", ["opening_hours.mon-satt"]),
    "hours that are none": ("09:00-20:00", "9-20", ["opening_hours.mon-sat"]),
    "points of a homography on one line": (
        "[[0.1, 0.9, 2, 10], [0.9, 0.9, 8, 10], [0.2, 0.3, 1, 1], [0.8, 0.3, 9, 1]]",
        "[[0.1, 0.9, 2, 10], [0.9, 0.9, 8, 10], [0.2, 0.9, 1, 1], [0.8, 0.3, 9, 1]]",
        ["cameras[0].homography"],
    ),
    "a homography without a floor": (
        "floor: {width_m: 24.0, height_m: 16.0, cell_m: 0.5}",
        "",
        ["cameras[0].homography"],
    ),
    "a floor plan in mm": (
        "width_m: 24.0, height_m: 16.0",
        "width_m: 24000, height_m: 16000",
        ["floor.cell_m"],
    ),
    "a floor plan one cell too large": (
        "width_m: 24.0, height_m: 16.0, cell_m: 0.5",
        "width_m: 1000, height_m: 1000.1, cell_m: 1",
        ["floor.cell_m"],
    ),
    "a floor plan beyond every number": (
        "width_m: 24.0, height_m: 16.0, cell_m: 0.5",
        "width_m: 1.0e+300, height_m: 1, cell_m: 1.0e-300",
        ["floor.cell_m"],
    ),
    "a floor plan without end": ("width_m: 24.0", "width_m: .inf", ["floor.width_m"]),
    "a floor plan of cells that are none": ("cell_m: 0.5", "cell_m: .nan", ["floor.cell_m"]),
    "a homography to nowhere": (
        "[0.1, 0.9, 2, 10], [0.9, 0.9, 8, 10], [0.2, 0.3, 1, 1], [0.8, 0.3, 9, 1]",
        "[0.1, 0.9, 2, 10], [0.9, 0.9, 8, 10], [0.2, 0.3, 1, 1], [0.8, 0.3, 9, 1], "
        "[0.5, 0.5, .nan, 5]",
        ["cameras[0].homography[4]"],
    ),
    "a homography from nowhere": (
        "[0.1, 0.9, 2, 10], [0.9, 0.9, 8, 10], [0.2, 0.3, 1, 1], [0.8, 0.3, 9, 1]",
        "[0.1, 0.9, 2, 10], [0.9, 0.9, 8, 10], [0.2, 0.3, 1, 1], [0.8, 0.3, 9, 1], "
        "[.inf, 0.5, 5, 5]",
        ["cameras[0].homography[4]"],
    ),
    "a zone's band without end": (
        "long_above: 4}",
        "long_above: 4, band: .inf}",
        ["cameras[0].zones[0].band"],
    ),
    "a band without end": (
        "to: [0.8, 0.8]",
        "to: [0.8, 0.8], band: .inf",
        ["cameras[1].lines[0].band"],
    ),
    "a line with a NaN": ("to: [0.8, 0.8]", "to: [0.8, .nan]", ["cameras[1].lines[0].to"]),
    "a mask with a NaN": ("[0.0, 0.3]]", "[.nan, 0.3]]", ["cameras[0].masks[0][3]"]),
    "a rule that waits for ever": ("for_s: 30", "for_s: .inf", ["rules[0].for_s"]),
    "a rule that cools down for no time": (
        "cool_down_s: 300",
        "cool_down_s: .nan",
        ["rules[0].cool_down_s"],
    ),
    "a rule over more than every number": (
        "length > 4",
        f"length > {'9' * 400}",
        ["rules[0].when"],
    ),
    "a rule about nothing": ("on: till-1", "on: till-9", ["rules[0].on"]),
    "a rule that is a wish": ("length > 4", "length is long", ["rules[0].when"]),
    "a rule over what a queue has not": ("length > 4", "in > 4", ["rules[0].when"]),
    "a rule over people who are not counted": (
        "kind: queue,",
        "kind: ignore,",
        ["cameras[0].zones[0].service", "rules[0].when"],
    ),
    "windows that settle before the queue is certain": (
        "id: till-1-desk, kind: service,",
        "id: till-1-desk, revisit_ms: 9000, kind: service,",
        ["cameras[0].settle_ms"],
    ),
    "not YAML": ("site: milano-01", "site: [", ["expected YAML"]),
}


@pytest.mark.case(21)
@pytest.mark.parametrize(("old", "new", "paths"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_layout_is_refused_with_the_path_of_its_field(old, new, paths):
    assert old in LAYOUT
    with pytest.raises(LayoutError) as caught:
        parse_layout(LAYOUT.replace(old, new))
    assert [problem.split(": ")[0] for problem in caught.value.problems] == paths


def test_a_floor_plan_of_exactly_as_many_cells_as_may_be_is_taken():
    text = LAYOUT.replace("width_m: 24.0, height_m: 16.0", "width_m: 500, height_m: 500")
    assert parse_layout(text).floor is not None


def test_every_mistake_is_named_at_once():
    text = LAYOUT.replace("Europe/Rome", "Rome").replace("on: till-1", "on: x").replace("4}", "-4}")
    with pytest.raises(LayoutError) as caught:
        parse_layout(text)
    assert [problem.split(": ")[0] for problem in caught.value.problems] == [
        "time_zone",
        "cameras[0].zones[0].long_above",
        "rules[0].on",
    ]


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(LayoutError, match=r"none\.yaml: expected a readable YAML file"):
        load_layout(tmp_path / "none.yaml")


def test_a_problem_in_a_file_is_named_with_the_file(tmp_path):
    path = tmp_path / "site.yaml"
    path.write_text(LAYOUT.replace("Europe/Rome", "Rome"))
    with pytest.raises(LayoutError, match=r"site\.yaml: time_zone: expected an IANA name"):
        load_layout(path)

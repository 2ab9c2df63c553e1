from schemas.layout import Camera, Floor, SiteLayout
from streams.geometry.floor import (
    NO_CELL,
    FloorView,
    floor_owners,
    floor_shape,
    homographies,
    unowned_cells,
)

FLOOR = Floor(width_m=4.0, height_m=2.0, cell_m=1.0)
LEFT = [(0.0, 0.0, 0.0, 0.0), (1.0, 0.0, 3.0, 0.0), (1.0, 1.0, 3.0, 2.0), (0.0, 1.0, 0.0, 2.0)]
"""Sees 3 m of the 4, each cell a third of the image's width."""
MIDDLE = [(0.0, 0.0, 1.0, 0.0), (1.0, 0.0, 3.0, 0.0), (1.0, 1.0, 3.0, 2.0), (0.0, 1.0, 1.0, 2.0)]
"""Sees the middle 2 m, each cell half of the image's width."""


def site(**cameras: list[tuple[float, float, float, float]] | None) -> SiteLayout:
    found = [Camera(id=name, homography=pairs) for name, pairs in cameras.items()]
    return SiteLayout(site="s", version=1, floor=FLOOR, cameras=found)


def test_cell_belongs_to_the_camera_in_which_it_is_largest() -> None:
    owners = floor_owners(FLOOR, homographies(site(left=LEFT, middle=MIDDLE)))
    assert owners == {"left": {0, 4}, "middle": {1, 2, 5, 6}}


def test_ties_go_to_the_smaller_id() -> None:
    owners = floor_owners(FLOOR, homographies(site(b=LEFT, a=LEFT)))
    assert owners == {"a": {0, 1, 2, 4, 5, 6}, "b": frozenset()}


def test_cells_no_camera_sees_are_nobodys() -> None:
    assert unowned_cells(site(left=LEFT)) == [(0, 3), (1, 3)]
    assert unowned_cells(site(blind=None)) == [divmod(cell, 4) for cell in range(8)]
    assert unowned_cells(SiteLayout(site="s", version=1, cameras=[])) == []


def test_every_owned_cell_has_one_owner() -> None:
    tilted = [
        (0.1, 0.3, 0.0, 0.0),
        (0.9, 0.3, 4.0, 0.0),
        (1.0, 1.0, 3.0, 2.0),
        (0.0, 1.0, 1.0, 2.0),
    ]
    owners = floor_owners(FLOOR, homographies(site(a=tilted, b=LEFT, c=MIDDLE)))
    cells = [cell for owned in owners.values() for cell in owned]
    assert len(cells) == len(set(cells))


def test_foot_points_off_the_plan_in_others_cells_or_beyond_the_horizon_count_in_none() -> None:
    maps = homographies(site(left=LEFT, middle=MIDDLE))
    view = FloorView(FLOOR, maps["left"], floor_owners(FLOOR, maps)["left"])
    assert view.cell_at(0.1, 0.1) == 0
    assert view.cell_at(0.5, 0.1) == NO_CELL
    assert view.cell_at(-0.1, 0.1) == NO_CELL
    steep = [
        (0.0, 0.5, 0.0, 0.0),
        (1.0, 0.5, 4.0, 0.0),
        (0.75, 1.0, 2.5, 2.0),
        (0.25, 1.0, 1.5, 2.0),
    ]
    towards = homographies(site(steep=steep))["steep"]
    assert FloorView(FLOOR, towards, frozenset(range(8))).cell_at(0.5, -5.0) == NO_CELL


def test_floor_covers_the_plan_to_its_last_metre() -> None:
    assert floor_shape(Floor(width_m=4.2, height_m=1.9, cell_m=1.0)) == (2, 5)

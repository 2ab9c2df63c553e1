import numpy as np
import pytest

from serve.inference.boxes import Boxes, best_first, without_overlaps
from serve.inference.preprocess import InputForm, Placing, Size, prepare


def boxes_of(*rows: tuple[float, float, float, float, float, int]) -> Boxes:
    table = np.array(rows, np.float32).reshape(-1, 6)
    return Boxes(table[:, :4], table[:, 4], table[:, 5].astype(np.int64))


def test_weaker_of_two_overlapping_boxes_goes_only_within_one_class() -> None:
    boxes = boxes_of(
        (0, 0, 10, 10, 0.5, 0), (0, 0, 10, 9, 0.9, 0), (0, 0, 10, 9, 0.7, 1), (50, 0, 60, 9, 0.6, 0)
    )
    kept = without_overlaps(boxes, max_iou=0.5)
    assert kept.scores == pytest.approx([0.9, 0.7, 0.6])


def test_box_suppressed_by_a_suppressed_box_stays() -> None:
    chain = boxes_of((0, 0, 10, 10, 0.9, 0), (4, 0, 14, 10, 0.8, 0), (8, 0, 18, 10, 0.7, 0))
    assert without_overlaps(chain, max_iou=0.4).scores == pytest.approx([0.9, 0.7])


def test_no_boxes_stay_no_boxes() -> None:
    assert len(without_overlaps(boxes_of(), max_iou=0.5)) == 0


def test_equal_scores_keep_their_order_and_the_best_are_kept() -> None:
    boxes = boxes_of((0, 0, 1, 1, 0.5, 0), (1, 0, 2, 1, 0.5, 0), (2, 0, 3, 1, 0.9, 0))
    assert best_first(boxes, max_box_count=2).xyxy[:, 0].tolist() == [2, 0]


@pytest.mark.parametrize(
    ("placing", "stride", "input_size", "left_top"),
    [
        pytest.param(Placing.CENTRED, None, (320, 320), (0, 70), id="centred in the full input"),
        pytest.param(Placing.CENTRED, 32, (192, 320), (0, 6), id="centred, padded to the stride"),
        pytest.param(Placing.CORNER, None, (320, 320), (0, 0), id="in the corner"),
        pytest.param(Placing.STRETCHED, None, (320, 320), (0, 0), id="stretched"),
    ],
)
def test_point_of_the_input_goes_back_to_where_it_was_in_the_image(
    placing: Placing, stride: int | None, input_size: tuple[int, int], left_top: tuple[int, int]
) -> None:
    image = np.zeros((720, 1280, 3), np.uint8)
    image[360:, 640:] = 255
    frame = prepare(
        image, InputForm(placing, is_rgb=True, divisor=255.0), Size(320, 320), stride=stride
    )
    assert frame.tensor.shape == (3, *input_size)
    assert (frame.left, frame.top) == left_top
    ys, xs = np.nonzero(frame.tensor[0] > 0.9)
    corner = Boxes(
        np.array([[xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]], np.float64),
        np.ones(1, np.float32),
        np.zeros(1, np.int64),
    )
    assert frame.to_image(corner).xyxy.tolist() == [[640, 360, 1280, 720]]


def test_odd_gap_has_its_extra_pixel_right_or_below() -> None:
    form = InputForm(Placing.CENTRED, is_rgb=True, divisor=255.0)
    frame = prepare(np.full((61, 64, 3), 7, np.uint8), form, Size(64, 64), stride=None)
    padded = (frame.tensor[0, :, 0] * 255).round().tolist()
    assert padded == [114] + [7] * 61 + [114] * 2

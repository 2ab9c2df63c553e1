import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from serve.errors import DeviceError, ModelError, ModelFileError, UnknownModel
from serve.inference.boxes import Boxes
from serve.inference.models import Model, load_model
from serve.inference.providers import has_gpu_provider
from serve.inference.settings import DetectorSettings, Device
from tests.serve.inference.graphs import Shape, constant_graph

FIXED: Shape = (1, 3, 64, 64)
OPEN_SIZE: Shape = ("batch", 3, "height", "width")
# Cells of grids of 8, 16 and 32 px in 64 x 64 px: the third cell of the second row of the finest.
ANCHOR_COUNT = 64 + 16 + 4
ANCHOR = 8 + 2
BOX = [16.0, 8.0, 32.0, 24.0]
NAMES = {"names": "{0: 'cart', 1: 'person'}"}


def anchor_columns(class_scores: list[float]) -> npt.NDArray[np.float32]:
    columns = np.zeros((4 + len(class_scores), ANCHOR_COUNT), np.float32)
    columns[:, ANCHOR] = [24, 16, 16, 16, *class_scores]
    return columns


def grid_rows(class_scores: list[float], *, is_decoded: bool) -> npt.NDArray[np.float32]:
    rows = np.zeros((ANCHOR_COUNT, 5 + len(class_scores)), np.float32)
    if is_decoded:
        sides = np.repeat([8, 16, 32], [64, 16, 4])
        counts = np.repeat([8, 4, 2], [64, 16, 4])
        numbers = np.concatenate([np.arange(64), np.arange(16), np.arange(4)])
        rows[:, 0], rows[:, 1] = numbers % counts * sides, numbers // counts * sides
        rows[ANCHOR] = [24, 16, 16, 16, 1.0, *class_scores]
    else:
        # One cell right of and below its own corner, e^ln(2) cells wide.
        rows[ANCHOR] = [1, 1, np.log(2), np.log(2), 1.0, *class_scores]
    return rows


def finished_rows(box: list[float]) -> npt.NDArray[np.float32]:
    rows = np.zeros((20, 6), np.float32)
    rows[0] = [*box, 0.9, 1]
    rows[1] = [*box, 0.8, 0]
    return rows


FRACTION = [24 / 64, 16 / 64, 16 / 64, 16 / 64]

LAYOUTS = [
    pytest.param(anchor_columns([0.3, 0.9]), FIXED, NAMES, id="raw head, two classes, six rows"),
    pytest.param(anchor_columns([0.9]), FIXED, {}, id="raw head, one class without a name"),
    pytest.param(anchor_columns([0.9, *[0.0] * 79]), FIXED, {}, id="raw head, COCO without names"),
    pytest.param(grid_rows([0.9], is_decoded=False), FIXED, {}, id="raw YOLOX, six columns"),
    pytest.param(grid_rows([0.9], is_decoded=True), FIXED, {}, id="decoded YOLOX, six columns"),
    pytest.param(finished_rows(BOX), FIXED, NAMES, id="finished rows in pixels"),
    pytest.param(finished_rows(BOX), OPEN_SIZE, NAMES, id="finished rows in pixels, open size"),
    pytest.param(finished_rows(FRACTION), FIXED, NAMES, id="finished rows as fractions"),
    pytest.param(
        np.array([[*FRACTION, 0.2, 0.9]] + [[0.0] * 6] * 9, np.float32),
        FIXED,
        NAMES,
        id="queries with a score per class, two classes",
    ),
]


def boxes_in_blank_frame(model: Model) -> Boxes:
    [boxes] = model.infer([model.prepare(np.zeros((64, 64, 3), np.uint8))])
    return boxes


@pytest.mark.parametrize(("output", "image_shape", "metadata"), LAYOUTS)
def test_head_is_recognised_by_shapes_metadata_and_numbers(
    output: npt.NDArray[np.float32],
    image_shape: Shape,
    metadata: Mapping[str, str],
    tmp_path: Path,
) -> None:
    path = constant_graph(
        tmp_path / "m.onnx", {"output0": output}, image_shape=image_shape, metadata=metadata
    )
    model = load_model(path, DetectorSettings(input_size_px=64))
    boxes = boxes_in_blank_frame(model)
    assert np.abs(boxes.xyxy - [BOX]).max() < 1e-4
    assert boxes.scores == pytest.approx([0.9])
    assert [model.names[index] for index in boxes.classes] == ["person"]


def test_three_outputs_are_scaled_by_the_size_the_graph_is_given(tmp_path: Path) -> None:
    outputs: dict[str, npt.NDArray[np.generic]] = {
        "labels": np.array([1, 0], np.int64),
        "boxes": np.array([BOX, BOX], np.float32) / 64,
        "scores": np.array([0.9, 0.8], np.float32),
    }
    path = constant_graph(tmp_path / "m.onnx", outputs, wants_size=True, metadata=NAMES)
    boxes = boxes_in_blank_frame(load_model(path))
    assert np.abs(boxes.xyxy - [BOX]).max() < 1e-4
    assert boxes.scores == pytest.approx([0.9])


def test_label_is_chosen_among_the_classes_to_keep(tmp_path: Path) -> None:
    output = anchor_columns([0.9, 0.4])
    path = constant_graph(
        tmp_path / "m.onnx", {"output0": output}, image_shape=FIXED, metadata=NAMES
    )
    assert boxes_in_blank_frame(load_model(path)).scores == pytest.approx([0.4])
    every = boxes_in_blank_frame(load_model(path, DetectorSettings(classes=())))
    assert every.scores == pytest.approx([0.9])
    assert every.classes.tolist() == [0]


def test_graph_of_a_fixed_batch_serves_any_number_of_frames(tmp_path: Path) -> None:
    path = constant_graph(
        tmp_path / "m.onnx", {"output0": anchor_columns([0.9])}, image_shape=(4, 3, 64, 64)
    )
    model = load_model(path)
    frames = [model.prepare(np.zeros((64, 64, 3), np.uint8))] * 6
    assert [len(boxes) for boxes in model.infer(frames)] == [1] * 6


def test_export_with_nms_and_open_batch_runs_frame_by_frame(tmp_path: Path) -> None:
    metadata = NAMES | {"args": "{'nms': True, 'batch': 1}", "batch": "1"}
    path = constant_graph(tmp_path / "m.onnx", {"output0": finished_rows(BOX)}, metadata=metadata)
    assert load_model(path).max_batch == 1


def test_input_size_comes_from_the_export_unless_it_is_set(tmp_path: Path) -> None:
    metadata = NAMES | {"imgsz": "[96, 160]"}
    path = constant_graph(
        tmp_path / "m.onnx",
        {"output0": finished_rows(BOX)},
        image_shape=OPEN_SIZE,
        metadata=metadata,
    )
    assert load_model(path).size == (96, 160)
    assert load_model(path, DetectorSettings(input_size_px=100)).size == (128, 128)


@pytest.mark.parametrize(
    ("output", "metadata", "sentence"),
    [
        pytest.param(
            np.zeros((10, 3), np.float32),
            {},
            "output 1x10x3 is none that is known",
            id="classifier",
        ),
        pytest.param(
            anchor_columns([0.9]), {"task": "segment"}, "expected detect, got segment", id="masks"
        ),
        pytest.param(
            anchor_columns([0.9] * 52),
            {"names": "{0: 'person'}"},
            "metadata name 1 classes, the output has 52",
            id="key points behind the class",
        ),
        pytest.param(
            anchor_columns([0.9] * 7), {}, "7 classes and the file does not name", id="nameless"
        ),
        pytest.param(
            anchor_columns([0.9]),
            {"names": "{0: 'cart'}"},
            "no class is called person; set FOOTFALL_CLASSES to one or more of: cart",
            id="no people",
        ),
        pytest.param(
            anchor_columns([0.9]), {"names": "person;"}, "expected a mapping", id="unreadable names"
        ),
    ],
)
def test_model_no_decoder_fits_is_one_sentence_with_its_path(
    output: npt.NDArray[np.float32],
    metadata: Mapping[str, str],
    sentence: str,
    tmp_path: Path,
) -> None:
    path = constant_graph(
        tmp_path / "m.onnx", {"output0": output}, image_shape=FIXED, metadata=metadata
    )
    with pytest.raises(UnknownModel, match=sentence) as refused:
        load_model(path)
    assert str(path) in str(refused.value)


def test_graph_that_fails_on_the_size_it_is_given_is_one_sentence(tmp_path: Path) -> None:
    sides = numpy_helper.from_array(np.array([1, 6, 2_048], np.int64), "sides")
    graph = helper.make_graph(
        [helper.make_node("Reshape", ["images", "sides"], ["output0"])],
        "only 64 x 64",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, OPEN_SIZE)],
        [helper.make_tensor_value_info("output0", TensorProto.FLOAT, [1, 6, 2_048])],
        [sides],
    )
    path = tmp_path / "m.onnx"
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path
    )
    with pytest.raises(UnknownModel, match=r"trial run on 96x96 px fails.*FOOTFALL_INPUT_SIZE_PX"):
        load_model(path, DetectorSettings(input_size_px=96))


def test_image_input_of_another_form_is_named(tmp_path: Path) -> None:
    path = constant_graph(
        tmp_path / "m.onnx", {"output0": finished_rows(BOX)}, image_shape=(1, 64, 64, 3)
    )
    with pytest.raises(UnknownModel, match=r"expected float \(batch,3,height,width\)"):
        load_model(path)


@pytest.mark.parametrize("content", [b"", b"not a graph at all", b"\x08\x09\x12\x00"])
def test_file_that_is_not_onnx_is_one_sentence(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match="expected an ONNX graph") as refused:
        load_model(path)
    assert "\n" not in str(refused.value)


@pytest.mark.skipif(has_gpu_provider(), reason="this ONNX Runtime has a GPU provider")
def test_gpu_that_is_asked_for_and_not_there_stops_the_start(tmp_path: Path) -> None:
    path = constant_graph(tmp_path / "m.onnx", {"output0": finished_rows(BOX)}, metadata=NAMES)
    with pytest.raises(DeviceError, match="FOOTFALL_DEVICE=cpu"):
        load_model(path, DetectorSettings(device=Device.GPU))
    assert issubclass(DeviceError, ModelError)


@pytest.mark.gpu
@pytest.mark.skipif(
    not has_gpu_provider() or shutil.which("nvidia-smi") is None,
    reason="no GPU, or an ONNX Runtime without a GPU provider",
)
def test_gpu_that_is_asked_for_is_used(tmp_path: Path) -> None:
    path = constant_graph(tmp_path / "m.onnx", {"output0": finished_rows(BOX)}, metadata=NAMES)
    assert load_model(path, DetectorSettings(device=Device.GPU)).provider.startswith("CUDA")

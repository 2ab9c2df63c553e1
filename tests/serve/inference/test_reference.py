"""Boxes agree with what the models' own tools find, wherever that does not hang by a hair."""

import dataclasses
import json
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime
import pytest

from serve.inference.boxes import Keep
from serve.inference.images import decode_image
from serve.inference.models import Model, load_model
from serve.inference.settings import DetectorSettings, Fit

SHARED = Path(__file__).parents[4] / "shared"
MODELS = SHARED / "models"
VIDEO = SHARED / "video" / "vtest_480x360.avi"

needs_models = pytest.mark.skipif(not MODELS.is_dir(), reason="no reference models beside us")
needs_video = pytest.mark.skipif(not VIDEO.is_file(), reason="no reference video beside us")


@cache
def loaded(name: str, side_px: int, fit: Fit) -> Model:
    settings = DetectorSettings(input_size_px=side_px, fit=fit, classes=())
    return load_model(MODELS / f"{name}.onnx", settings)


@needs_models
@pytest.mark.parametrize("name", ["yolo11n", "tiny26-e2e", "tiny-rtdetr"])
def test_boxes_agree_with_the_reference_wherever_it_is_stable(name: str) -> None:
    reference = np.load(MODELS / "reference" / f"{name}.npz")
    cases = json.loads(str(reference["cases"]))
    compared_count = 0
    for at, case in enumerate(cases):
        fit = Fit.RECT if case["letterbox"] == "rect" else Fit.SQUARE
        keep = Keep(None, case["conf"], case["iou"], case["max_det"])
        model = dataclasses.replace(loaded(name, case["imgsz"], fit), keep=keep)
        height, width = case["orig_hw"]
        value = (MODELS / "reference" / case["image"]).read_bytes()
        frame = model.prepare(decode_image(value, width=width, height=height))
        if case["tensors"]:
            pixels = (frame.tensor.transpose(1, 2, 0) * 255).round().astype(np.uint8)
            assert np.array_equal(pixels, reference[f"{at}_input"]), case
        [boxes] = model.infer([frame])
        if not case["stable"]:
            continue
        # Ours end at the image's edge.
        expected = np.clip(reference[f"{at}_boxes"], 0, [width, height, width, height])
        assert len(boxes) == case["n"], case
        assert np.abs(boxes.xyxy - expected).max(initial=0) <= 0.05, case
        assert np.abs(boxes.scores - reference[f"{at}_scores"]).max(initial=0) <= 2e-4, case
        assert np.array_equal(boxes.classes, reference[f"{at}_classes"]), case
        compared_count += 1
    assert compared_count == sum(case["stable"] for case in cases) >= 20


def yolox_people(
    image: npt.NDArray[np.uint8], min_score: float, iou: float
) -> npt.NDArray[np.floating]:
    """People by YOLOX's paper and its raw head, anchor by anchor: `(N, 5)` x1 y1 x2 y2 score."""
    session = onnxruntime.InferenceSession(
        MODELS / "yolox_nano.onnx", providers=["CPUExecutionProvider"]
    )
    factor = min(416 / image.shape[0], 416 / image.shape[1])
    small = cv2.resize(image, (int(image.shape[1] * factor), int(image.shape[0] * factor)))
    canvas = np.full((416, 416, 3), 114, np.uint8)
    canvas[: small.shape[0], : small.shape[1]] = small
    rows = session.run(None, {"images": canvas.transpose(2, 0, 1)[None].astype(np.float32)})[0][0]
    found, at = [], 0
    for stride in (8, 16, 32):
        for y in range(416 // stride):
            for x in range(416 // stride):
                row, at = rows[at], at + 1
                score = float(row[4] * row[5])
                if score <= min_score:
                    continue
                cx, cy = (row[0] + x) * stride, (row[1] + y) * stride
                w, h = np.exp(row[2]) * stride, np.exp(row[3]) * stride
                found.append([cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2, score])
    found.sort(key=lambda box: -box[4])
    kept: list[list[float]] = []
    for box in found:
        if all(overlap(box, other) <= iou for other in kept):
            kept.append(box)
    people = np.array(kept)
    # How far each axis was really scaled: by the rounded side.
    people[:, [0, 2]] /= small.shape[1] / image.shape[1]
    people[:, [1, 3]] /= small.shape[0] / image.shape[0]
    people[:, [0, 2]] = people[:, [0, 2]].clip(0, image.shape[1])
    people[:, [1, 3]] = people[:, [1, 3]].clip(0, image.shape[0])
    return people


def overlap(a: list[float], b: list[float]) -> float:
    width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    both = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    return width * height / (both - width * height)


@needs_models
@needs_video
def test_yolox_finds_in_a_real_video_what_its_head_says_anchor_by_anchor() -> None:
    video = cv2.VideoCapture(str(VIDEO))
    video.set(cv2.CAP_PROP_POS_FRAMES, 200)
    is_read, image = video.read()
    video.release()
    assert is_read
    model = load_model(MODELS / "yolox_nano.onnx", DetectorSettings(min_score=0.3, nms_iou=0.5))
    expected = yolox_people(image.astype(np.uint8), 0.3, 0.5)
    [boxes] = model.infer([model.prepare(image.astype(np.uint8))])
    assert len(boxes) == len(expected) >= 3
    assert np.abs(boxes.xyxy - expected[:, :4]).max() <= 0.05
    assert np.abs(boxes.scores - expected[:, 4]).max() <= 2e-4


@needs_models
@pytest.mark.parametrize("name", ["yolo11n", "tiny26-e2e", "tiny-rtdetr"])
def test_boxes_of_a_frame_are_the_same_bits_alone_and_in_a_batch(name: str) -> None:
    model = dataclasses.replace(loaded(name, 320, Fit.RECT), keep=Keep(None, 0.01, 0.7, 300))
    images = [
        cv2.imread(str(MODELS / "reference" / file))
        for file in ("land_1280x720.jpg", "port_720x1280.jpg", "prog444_1280x720.jpg")
    ]
    frames = [model.prepare(image.astype(np.uint8)) for image in images if image is not None]
    together = model.infer(frames)
    for frame, boxes in zip(frames, together, strict=True):
        [alone] = model.infer([frame])
        assert np.array_equal(boxes.xyxy, alone.xyxy)
        assert np.array_equal(boxes.scores, alone.scores)

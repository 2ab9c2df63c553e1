"""An ONNX file, ready to find people: a path in, a `Model` with `prepare` and `infer` out.

The first load takes the best provider there is. A GPU that was asked for and is not used stops
the start: ONNX Runtime itself would go on, silently, on the CPU.
"""

import ast
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime

from serve.errors import ModelFileError, UnknownModel
from serve.inference.boxes import Boxes, Keep
from serve.inference.class_names import class_names, kept_classes, model_label
from serve.inference.heads import Head, find_boxes
from serve.inference.images import Image
from serve.inference.preprocess import InputForm, Placing, Prepared, Size, Tensor, prepare
from serve.inference.providers import first_line, open_session
from serve.inference.recognition import STRIDE, Output, recognise
from serve.inference.settings import DetectorSettings, Fit

_DEFAULT_SIDE_PX = 640
_DTYPES: dict[str, type[np.float32] | type[np.float16]] = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
}


@dataclass(frozen=True, slots=True)
class Graph:
    """A session and the shape of its inputs."""

    session: onnxruntime.InferenceSession
    """ONNX Runtime's session; one thread at a time runs it."""
    image_input: str
    """Name of the image's input."""
    size_input: str | None
    """Name of the input for the original size, if the graph wants it."""
    dtype: type[np.float32] | type[np.float16]
    """Type of the image's input."""
    fixed_batch: int | None
    """Frames per run, if the graph fixes them."""
    fixed_size: Size | None
    """Size of the image's input, if the graph fixes it."""

    def run(self, images: Tensor) -> list[Output]:
        """The outputs for `(batch, 3, height, width)` images, batch axis first."""
        feed: dict[str, np.ndarray] = {self.image_input: images}
        if self.size_input is not None:
            feed[self.size_input] = np.ones((len(images), 2), np.int64)
        outputs: list[Output] = self.session.run(None, feed)
        return outputs


@dataclass(frozen=True, slots=True)
class Model:
    """A detection model: images in, boxes out."""

    label: str
    """Name and short sha256 of the file."""
    graph: Graph
    """What is run."""
    head: Head
    """How its output is read."""
    form: InputForm
    """How its input is made."""
    names: tuple[str, ...]
    """Class names by index."""
    keep: Keep
    """What is kept of the output."""
    size: Size
    """Size of the input, px; the largest one where `stride` is set."""
    stride: int | None
    """Padding goes only up to a multiple of this, px; None pads to the full input."""
    max_batch: int | None
    """Most frames per run that give right results; None for any."""

    @property
    def provider(self) -> str:
        """What computes: ONNX Runtime's name of the provider in use."""
        return str(self.graph.session.get_providers()[0])

    def prepare(self, image: Image) -> Prepared:
        """An upright BGR image as this model's input; may run in any thread."""
        return prepare(image, self.form, self.size, stride=self.stride)

    def infer(self, frames: Sequence[Prepared]) -> list[Boxes]:
        """The boxes of each frame in pixels of its image, same length and order as `frames`.

        Frames of one input size run together, as many at a time as the graph allows.
        """
        found: dict[int, Boxes] = {}
        for group in self._groups(frames):
            tensors = np.stack([frames[at].tensor for at in group])
            outputs = self._run(tensors)
            for row, at in enumerate(group):
                frame = frames[at]
                boxes = find_boxes(
                    self.head, [output[row] for output in outputs], frame.input_size, self.keep
                )
                found[at] = frame.to_image(boxes)
        return [found[at] for at in range(len(frames))]

    def self_test(self) -> None:
        """Run on an empty image; raises what ONNX Runtime raises if the device is broken."""
        self.infer([self.prepare(np.zeros((*self.size, 3), np.uint8))])

    def _groups(self, frames: Sequence[Prepared]) -> list[list[int]]:
        by_size: dict[Size, list[int]] = {}
        for at, frame in enumerate(frames):
            by_size.setdefault(frame.input_size, []).append(at)
        step = self.max_batch or len(frames)
        return [
            group[start : start + step]
            for group in by_size.values()
            for start in range(0, len(group), step)
        ]

    def _run(self, tensors: Tensor) -> list[Output]:
        missing = (self.graph.fixed_batch or len(tensors)) - len(tensors)
        if missing > 0:
            padding = np.zeros((missing, *tensors.shape[1:]), tensors.dtype)
            tensors = np.concatenate((tensors, padding))
        return self.graph.run(tensors)


def load_model(path: Path, settings: DetectorSettings | None = None) -> Model:
    """The model that an ONNX file holds, tried out on one image of noise.

    Args:
        path: An ONNX export of YOLOX, YOLOv8, YOLO11, YOLO26, RT-DETR or D-FINE.
        settings: Device, input size and what to keep; defaults if None. Its `model` is not read.

    Raises:
        ModelFileError: If the file is missing, not readable or not ONNX.
        UnknownModel: If its inputs, outputs or class names fit no decoder.
        DeviceError: If a GPU was asked for and is not used.
    """
    settings = settings or DetectorSettings.load()
    content = _read(path)
    try:
        return _load(path, content, settings)
    except UnknownModel as error:
        raise UnknownModel(f"model {path}: {error}") from error


def _load(path: Path, content: bytes, settings: DetectorSettings) -> Model:
    session = open_session(path, settings)
    metadata: Mapping[str, str] = session.get_modelmeta().custom_metadata_map
    graph = _graph(session)
    size = _input_size(graph, metadata, settings.input_size_px)
    found = recognise(
        lambda trial_size: _trial(graph, trial_size),
        size,
        is_size_open=graph.fixed_size is None,
        metadata=metadata,
    )
    names = class_names(metadata, found.class_count)
    form = found.head.form
    return Model(
        label=model_label(path, hashlib.sha256(content).hexdigest()),
        graph=graph,
        head=found.head,
        form=InputForm(form.placing, form.is_rgb, form.divisor, graph.dtype),
        names=names,
        keep=Keep(
            kept_classes(names, settings.classes),
            settings.min_score,
            settings.nms_iou,
            settings.max_box_count,
        ),
        size=size,
        stride=_padding_stride(graph, found.head, settings.fit),
        max_batch=graph.fixed_batch or _sound_batch(metadata),
    )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelFileError(
            f"model {path}: expected a readable file, got {error.strerror}; "
            "give the path of an ONNX file with --model or FOOTFALL_MODEL"
        ) from error


def _graph(session: onnxruntime.InferenceSession) -> Graph:
    inputs = session.get_inputs()
    images = [one for one in inputs if len(one.shape) == 4]
    sizes = [one for one in inputs if len(one.shape) == 2 and one.type == "tensor(int64)"]
    if len(images) != 1 or len(inputs) != len(images) + len(sizes) or len(sizes) > 1:
        shapes = ", ".join(f"{one.name} {one.type} {one.shape}" for one in inputs)
        raise UnknownModel(f"expected one image input (batch,3,height,width), got {shapes}")
    image = images[0]
    batch, channels, height, width = image.shape
    if image.type not in _DTYPES or channels != 3:
        raise UnknownModel(
            f"input {image.name}: expected float (batch,3,height,width), "
            f"got {image.type} {image.shape}"
        )
    is_fixed = isinstance(height, int) and isinstance(width, int)
    return Graph(
        session,
        image.name,
        sizes[0].name if sizes else None,
        _DTYPES[image.type],
        batch if isinstance(batch, int) else None,
        Size(height, width) if is_fixed else None,
    )


def _input_size(graph: Graph, metadata: Mapping[str, str], wanted_px: int | None) -> Size:
    if graph.fixed_size is not None:
        return graph.fixed_size
    if wanted_px is not None:
        side = -(-wanted_px // STRIDE) * STRIDE
        return Size(side, side)
    try:
        # Written by Python, as [height, width].
        height, width = ast.literal_eval(metadata["imgsz"])
        return Size(int(height), int(width))
    except (KeyError, ValueError, SyntaxError, TypeError):
        return Size(_DEFAULT_SIDE_PX, _DEFAULT_SIDE_PX)


def _padding_stride(graph: Graph, head: Head, fit: Fit) -> int | None:
    is_open = graph.fixed_size is None and head.form.placing is Placing.CENTRED
    return STRIDE if is_open and fit is not Fit.SQUARE else None


def _sound_batch(metadata: Mapping[str, str]) -> int | None:
    # Exports with NMS and an open batch give no rows, silently, for images behind the batch
    # they were exported with.
    try:
        has_nms = ast.literal_eval(metadata["args"]).get("nms") is True
        return max(1, int(metadata.get("batch", "1"))) if has_nms else None
    except (KeyError, ValueError, SyntaxError, AttributeError):
        return None


def _trial(graph: Graph, size: Size) -> list[Output]:
    generator = np.random.default_rng(0)
    shape = (graph.fixed_batch or 1, 3, *size)
    try:
        return graph.run(generator.random(shape, np.float32).astype(graph.dtype, copy=False))
    except Exception as error:  # ONNX Runtime's own classes derive from Exception directly
        raise UnknownModel(
            f"a trial run on {size.width}x{size.height} px fails ({first_line(error)}); "
            "set FOOTFALL_INPUT_SIZE_PX to a size it takes, or export it with a fixed input size"
        ) from error

"""Tiny ONNX graphs with known outputs: what real exports look like, without their weights."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

Shape = Sequence[int | str]
OPEN_BATCH: Shape = ("batch", 3, 64, 64)


def constant_graph(
    path: Path,
    outputs: Mapping[str, npt.NDArray[np.generic]],
    *,
    image_shape: Shape = OPEN_BATCH,
    metadata: Mapping[str, str] | None = None,
    wants_size: bool = False,
) -> Path:
    """Write a graph that gives the same output for every image.

    Args:
        path: Where to write it.
        outputs: Values by name, without the batch axis.
        image_shape: Of the image input; strings are open axes.
        metadata: The export's own.
        wants_size: Whether it has a second input, `orig_target_sizes`, which scales `boxes`.
    """
    nodes, initializers = [], []
    batch_of = helper.make_node("Shape", ["images"], ["batch"], start=0, end=1)
    nodes.append(batch_of)
    for name, value in outputs.items():
        initializers += [
            numpy_helper.from_array(value[None], f"{name}_value"),
            numpy_helper.from_array(np.array(value.shape, np.int64), f"{name}_sides"),
        ]
        nodes += [
            helper.make_node("Concat", ["batch", f"{name}_sides"], [f"{name}_shape"], axis=0),
            helper.make_node("Expand", [f"{name}_value", f"{name}_shape"], [name]),
        ]
    inputs = [helper.make_tensor_value_info("images", TensorProto.FLOAT, image_shape)]
    results = [
        helper.make_tensor_value_info(
            name, helper.np_dtype_to_tensor_dtype(value.dtype), [image_shape[0], *value.shape]
        )
        for name, value in outputs.items()
    ]
    if wants_size:
        inputs.append(
            helper.make_tensor_value_info("orig_target_sizes", TensorProto.INT64, ["batch", 2])
        )
        _scale_boxes(nodes, initializers)
    graph = helper.make_graph(nodes, "constant", inputs, results, initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    helper.set_model_props(model, dict(metadata or {}))
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return path


def _scale_boxes(nodes: list[onnx.NodeProto], initializers: list[onnx.TensorProto]) -> None:
    # boxes * [w, h, w, h], as the exports of D-FINE and RT-DETR do it.
    for node in nodes:
        if node.output[0] == "boxes":
            node.output[0] = "fractions"
    initializers.append(numpy_helper.from_array(np.array([1], np.int64), "boxes_axis"))
    nodes += [
        helper.make_node("Cast", ["orig_target_sizes"], ["size"], to=TensorProto.FLOAT),
        helper.make_node("Concat", ["size", "size"], ["sides"], axis=1),
        helper.make_node("Unsqueeze", ["sides", "boxes_axis"], ["scale"]),
        helper.make_node("Mul", ["fractions", "scale"], ["boxes"]),
    ]

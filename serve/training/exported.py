"""An exported detector as weights to train further: its normalisations, put apart again.

An export folds each batch normalisation into the convolution before it. Training needs them apart,
so each gets the mean and spread that the convolution's output has on the images at hand, and the
scale and shift that undo them: the detector finds the same as before.

Reading ONNX takes `apt-get install python3-onnx` beside PyTorch.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from serve.training.coco_folder import Sample
from serve.training.net import TinyDetector

Layer = tuple[nn.Conv2d, nn.BatchNorm2d | None]
"""A convolution, and what normalises it."""

_LOOKED_AT = 256
"""So many images tell the mean and the spread."""


def put_apart(file: Path, samples: list[Sample]) -> dict[str, Tensor]:
    """The weights of an exported detector, normalisations of their own again.

    Args:
        file: An ONNX file that `export` wrote.
        samples: Images like those of the training to come, at its size.

    Raises:
        ValueError: If the file holds another network, or something else.
    """
    net = TinyDetector().eval()
    images = [one.pixels for one in samples[:: max(1, len(samples) // _LOOKED_AT)]]
    layers = _layers(net, images[0])
    folded = list(_folded(file))
    shapes = [tuple(weight.shape) for weight, _ in folded]
    expected = [tuple(convolution.weight.shape) for convolution, _ in layers]
    if shapes != expected:
        raise ValueError("another network")
    for (convolution, normalisation), (weight, bias) in zip(layers, folded, strict=True):
        convolution.weight.data = weight
        if normalisation is None:
            convolution.bias.data = bias
            continue
        normalisation.bias.data = bias
        normalisation.running_var.fill_(1.0 - normalisation.eps)
    spreads = _spreads(net, layers, images)
    for (_, normalisation), (mean, variance) in zip(layers, spreads, strict=True):
        if normalisation is not None:
            normalisation.running_mean, normalisation.running_var = mean, variance
            normalisation.bias.data += mean
            normalisation.weight.data = (variance + normalisation.eps).sqrt()
    weights: dict[str, Tensor] = net.state_dict()
    return weights


def _layers(net: TinyDetector, image: np.ndarray) -> list[Layer]:
    """Convolutions and what normalises them, in the order in which they are called."""
    called: list[nn.Module] = []
    hooks = [
        module.register_forward_hook(lambda module, *_: called.append(module))
        for module in net.modules()
        if isinstance(module, nn.Conv2d | nn.BatchNorm2d)
    ]
    _look(net, image)
    for hook in hooks:
        hook.remove()
    after = [*called[1:], None]
    return [
        (one, following if isinstance(following, nn.BatchNorm2d) else None)
        for one, following in zip(called, after, strict=True)
        if isinstance(one, nn.Conv2d)
    ]


def _folded(file: Path) -> Iterator[tuple[Tensor, Tensor]]:
    """Weights and biases of an ONNX file's convolutions, in the order in which they are called."""
    try:
        # Only who begins with an export needs them.
        from google.protobuf.message import DecodeError  # noqa: PLC0415
        from onnx import load, numpy_helper  # noqa: PLC0415
    except ImportError as error:
        raise SystemExit("an ONNX file is read by onnx: apt-get install python3-onnx") from error
    try:
        graph = load(str(file)).graph
    except DecodeError as error:
        raise ValueError(str(error)) from error
    arrays = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    for node in graph.node:
        if node.op_type != "Conv":
            continue
        known = [torch.from_numpy(arrays[name].copy()) for name in node.input if name in arrays]
        if len(known) != 2:
            raise ValueError("another network")
        yield known[0], known[1]


def _spreads(
    net: TinyDetector, layers: list[Layer], images: list[np.ndarray]
) -> list[tuple[Tensor, Tensor]]:
    """Mean and variance of what each convolution gives, per channel, `(channels,)`."""
    sums = [torch.zeros(2, convolution.out_channels) for convolution, _ in layers]

    def adding_to(total: Tensor) -> object:
        def add(_module: nn.Module, _inputs: object, output: Tensor) -> None:
            total[0] += output.mean(dim=(0, 2, 3))
            total[1] += output.square().mean(dim=(0, 2, 3))

        return add

    hooks = [
        convolution.register_forward_hook(adding_to(total))
        for (convolution, _), total in zip(layers, sums, strict=True)
    ]
    for image in images:
        _look(net, image)
    for hook in hooks:
        hook.remove()
    means = [total / len(images) for total in sums]
    return [(mean, (square - mean.square()).clamp(min=0.0)) for mean, square in means]


def _look(net: TinyDetector, image: np.ndarray) -> None:
    with torch.no_grad():
        net(torch.from_numpy(image.transpose(2, 0, 1).copy()).float()[None] / 255.0)

"""Run by a Python with PyTorch: trainings that go on, beside one that did not have to."""

import copy
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from serve.training.coco_folder import Sample, read_folders
from serve.training.export import export
from serve.training.net import TinyDetector
from serve.training.train import Schedule, Training

SAMPLES = read_folders([Path(sys.argv[1])], size=(96, 64), category="customer")
LARGER = read_folders([Path(sys.argv[1])], size=(128, 96), category="customer")
SHORT, LONG = Schedule(step_count=7, peak=2e-3), Schedule(step_count=12, peak=2e-3)


def begun(schedule: Schedule, *, torch_seed: int) -> Training:
    torch.manual_seed(torch_seed)
    return Training(SAMPLES, schedule, seed=3)


def trained(training: Training) -> list[dict]:
    states: list[dict] = []
    training.run(save=lambda state: states.append(copy.deepcopy(state)), save_every=4)
    return states


def are_equal(one: Training, other: Training) -> bool:
    return have_equal(one.average, other.average)


def have_equal(one: TinyDetector, other: TinyDetector) -> bool:
    weights, others = one.state_dict(), other.state_dict()
    return all(torch.equal(weights[name], others[name]) for name in weights)


def find_alike(one: TinyDetector, other: TinyDetector) -> bool:
    one, other = copy.deepcopy(one).eval(), copy.deepcopy(other).eval()
    with torch.no_grad():
        return all(
            torch.allclose(found, again, rtol=1e-4, atol=1e-4)
            for sample in LARGER
            for found, again in zip(one(looked_at(sample)), other(looked_at(sample)), strict=True)
        )


def are_normalised(net: TinyDetector) -> bool:
    """Whether what is normalised has the mean and the spread it is said to have."""
    heard: list[bool] = []

    def hear(module: torch.nn.BatchNorm2d, inputs: tuple, _output: torch.Tensor) -> None:
        mean = inputs[0].mean(dim=(0, 2, 3))
        variance = inputs[0].var(dim=(0, 2, 3), unbiased=False)
        heard.append(
            torch.allclose(mean, module.running_mean, rtol=1e-3, atol=1e-4)
            and torch.allclose(variance, module.running_var, rtol=1e-3, atol=1e-4)
        )

    net = copy.deepcopy(net).eval()
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.register_forward_hook(hear)
    with torch.no_grad():
        net(torch.cat([looked_at(sample) for sample in LARGER]))
    return len(heard) > 0 and all(heard)


def looked_at(sample: Sample) -> torch.Tensor:
    return torch.from_numpy(sample.pixels.transpose(2, 0, 1).copy()).float()[None] / 255.0


whole = begun(LONG, torch_seed=1)
early = trained(whole)[0]
assert early["step"] == 4

resumed = begun(LONG, torch_seed=2)
assert not are_equal(whole, resumed)
resumed.restore(early)
trained(resumed)
assert are_equal(whole, resumed), "going on gave other weights"

with TemporaryDirectory() as folder:
    file = Path(folder) / "whole.pt"
    torch.save(whole.average.state_dict(), file)
    at_another_size = Training(LARGER, LONG, seed=3)
    at_another_size.begin_with(file)
    shipped = Path(folder) / "shipped.onnx"
    export(copy.deepcopy(whole.average), shipped, size=(96, 64), category="customer")
    from_shipped = Training(LARGER, LONG, seed=3)
    from_shipped.begin_with(shipped)
assert have_equal(whole.average, at_another_size.net), "began with other weights than given"
assert are_equal(whole, at_another_size), "the average began elsewhere"
assert find_alike(whole.average, from_shipped.average), "began with another detector than shipped"
assert find_alike(whole.average, from_shipped.net), "the average began elsewhere"
assert are_normalised(from_shipped.net), "a training would begin with what no image shows"
trained(at_another_size)
assert not are_equal(whole, at_another_size)

prolonged = begun(LONG, torch_seed=2)
prolonged.restore(trained(begun(SHORT, torch_seed=1))[0])
trained(prolonged)
assert are_equal(whole, prolonged), "rounds added while the rate was level gave other weights"

try:
    begun(LONG, torch_seed=2).restore(trained(begun(SHORT, torch_seed=1))[-1])
except SystemExit:
    pass
else:
    raise AssertionError("rounds were added to a training whose rate fell already")

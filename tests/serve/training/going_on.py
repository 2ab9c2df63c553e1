"""Run by a Python with PyTorch: trainings that go on, beside one that did not have to."""

import copy
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from serve.training.coco_folder import read_folders
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
assert have_equal(whole.average, at_another_size.net), "began with other weights than given"
assert are_equal(whole, at_another_size), "the average began elsewhere"
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

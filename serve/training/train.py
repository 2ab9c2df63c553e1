"""Trains the tiny detector from COCO folders and exports it as ONNX.

Run it with a Python that has PyTorch (Debian: `apt-get install python3-torch python3-pil`):

    OMP_NUM_THREADS=1 /usr/bin/python3 -m serve.training.train --out demo.onnx FOLDER [FOLDER ...]

No clock has a say in it: the same images, seed, rounds, PyTorch and kind of processor give the same
weights, bit for bit (with one thread). What it has reached is written beside the model now and
then; `--resume` goes on from there as if it had never stopped. `--weights` begins a new training
where another ended, on other images or at another size; it takes an exported detector too (Debian:
`python3-onnx`).
"""

import argparse
import copy
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np
import torch

from serve.training.augment import augmented
from serve.training.coco_folder import Sample, read_folders
from serve.training.export import export
from serve.training.exported import put_apart
from serve.training.loss import detection_loss
from serve.training.net import TinyDetector, anchor_points

_BATCH = 8
_WARM_UP = 200
_CALM = 0.3
"""The last share of a training, in which the rate falls and images keep their size."""
_DECAY = 0.998
_SAVE_EVERY = 500
_NO_WEIGHTS = (OSError, EOFError, UnpicklingError, RuntimeError, TypeError, ValueError)


def main() -> None:
    """Reads the arguments, trains, exports."""
    asked = _asked()
    torch.manual_seed(asked.seed)
    warnings.filterwarnings("ignore", message="The shape inference of prim::Constant")
    size = (asked.width, asked.height)
    samples = read_folders(asked.folders, size=size, category=asked.category)
    print(
        f"{len(samples)} images, {sum(len(one.people) for one in samples)} {asked.category}s",
        flush=True,
    )
    step_count = max(1, round(asked.rounds * len(samples) / _BATCH))
    schedule = Schedule(step_count=step_count, peak=asked.rate)
    training = Training(samples, schedule, seed=asked.seed)
    if asked.weights is not None:
        training.begin_with(asked.weights)
    print(f"{sum(parameter.numel() for parameter in training.net.parameters())} parameters")
    state_file = asked.out.with_suffix(".state")
    if asked.resume:
        training.restore(torch.load(state_file))
    training.run(save=lambda state: torch.save(state, state_file))
    torch.save(training.average.state_dict(), asked.out.with_suffix(".pt"))
    export(training.average, asked.out, size=size, category=asked.category)
    print(f"{asked.out}: {asked.out.stat().st_size / 1e6:.2f} MB")


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument(
        "folders", nargs="+", type=Path, help="COCO folders: annotations.json, images/"
    )
    parser.add_argument("--out", type=Path, required=True, help="the ONNX file to write")
    parser.add_argument("--category", default="person", help="the COCO category to learn")
    parser.add_argument(
        "--width", type=int, default=512, help="model input width, a multiple of 32"
    )
    parser.add_argument("--height", type=int, default=288, help="model input height")
    parser.add_argument("--rounds", type=float, default=20.0, help="rounds over the images")
    parser.add_argument("--rate", type=float, default=2e-3, help="the highest learning rate")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--weights",
        type=Path,
        help="begin with these (.pt, or .onnx as shipped), also of another size, not at random",
    )
    parser.add_argument("--resume", action="store_true", help="go on from the state beside --out")
    return parser.parse_args()


@dataclass(frozen=True)
class Schedule:
    """The learning rate over a training: up, level, down."""

    step_count: int
    peak: float

    def rate(self, step: int) -> float:
        """The learning rate of a step; level until the last part, so that rounds can be added."""
        left = (self.step_count - step) / max(self.step_count * _CALM, 1.0)
        return self.peak * min((step + 1) / _WARM_UP, left, 1.0)

    def is_calm(self, step: int) -> bool:
        """Whether the rate falls already."""
        return step >= self.step_count * (1.0 - _CALM)


class Training:
    """A training under way; its state is what it needs to go on bit for bit."""

    def __init__(self, samples: list[Sample], schedule: Schedule, *, seed: int) -> None:
        self.net = TinyDetector().to(memory_format=torch.channels_last).train()
        self.average = copy.deepcopy(self.net).eval()
        """The running average of the weights: what is exported."""
        self._samples, self._schedule = samples, schedule
        self._rng = np.random.default_rng(seed)
        self._optimiser = torch.optim.AdamW(
            self.net.parameters(), lr=schedule.peak, weight_decay=0.02
        )
        height, width = samples[0].pixels.shape[:2]
        self._points, _ = anchor_points(height, width)
        self._order = self._rng.permutation(len(samples))
        self._step = 0

    def begin_with(self, file: Path) -> None:
        """Begins with the weights of another training, whatever its images and their size.

        Raises:
            SystemExit: If the file holds none of this network.
        """
        try:
            exported = file.suffix == ".onnx"
            weights = put_apart(file, self._samples) if exported else torch.load(file)
            self.net.load_state_dict(weights)
        except _NO_WEIGHTS as error:
            raise SystemExit(
                f"{file}: expected the .pt or .onnx of a training, got {error}"
            ) from error
        self.average.load_state_dict(weights)

    def run(self, *, save: Callable[[dict[str, Any]], None], save_every: int = _SAVE_EVERY) -> None:
        """Trains to the end of the schedule; hands out its state now and then, and at the end."""
        shown = 0.0
        while self._step < self._schedule.step_count:
            loss = self._train_step()
            shown = 0.98 * shown + 0.02 * loss if shown else loss
            if self._step % 50 == 0:
                done = self._step / self._schedule.step_count
                print(f"{done:5.1%} step {self._step} loss {shown:.3f}", flush=True)
            if self._step % save_every == 0:
                save(self.state())
        save(self.state())

    def state(self) -> dict[str, Any]:
        """Everything that changes during a training."""
        return {
            "net": self.net.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "rng": self._rng.bit_generator.state,
            "order": self._order.tolist(),
            "step": self._step,
            "image_count": len(self._samples),
            "schedule": (self._schedule.step_count, self._schedule.peak),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Goes on where a training with the same images was.

        Raises:
            SystemExit: If the images are others, or the number of rounds is another although the
                rate falls already.
        """
        if state["image_count"] != len(self._samples):
            raise SystemExit(
                f"expected the {state['image_count']} images of the training to go on with, "
                f"got {len(self._samples)}"
            )
        before = Schedule(*state["schedule"])
        is_calm = before.is_calm(state["step"]) or self._schedule.is_calm(state["step"])
        if before != self._schedule and is_calm:
            raise SystemExit("the learning rate falls already: expected the same --rounds, --rate")
        self.net.load_state_dict(state["net"])
        self.average.load_state_dict(state["average"])
        self._optimiser.load_state_dict(state["optimiser"])
        self._rng.bit_generator.state = state["rng"]
        self._order = np.array(state["order"], dtype=int)
        self._step = state["step"]

    def _train_step(self) -> float:
        if len(self._order) < _BATCH:
            self._order = self._rng.permutation(len(self._samples))
        picked, self._order = self._order[:_BATCH], self._order[_BATCH:]
        may_zoom = not self._schedule.is_calm(self._step)
        batch = [augmented(self._samples[i], self._rng, may_zoom=may_zoom) for i in picked]
        for group in self._optimiser.param_groups:
            group["lr"] = self._schedule.rate(self._step)
        loss = self._loss(batch)
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 10.0)
        self._optimiser.step()
        self._step += 1
        _follow(self.average, self.net, min(_DECAY, self._step / (self._step + 10.0)))
        return float(loss)

    def _loss(self, batch: list[Sample]) -> torch.Tensor:
        pixels = np.stack([one.pixels for one in batch]).transpose(0, 3, 1, 2).copy()
        images = torch.from_numpy(pixels).float() / 255.0
        # Half the time on CPUs that multiply bfloat16 in hardware, and no slower on others.
        with torch.autocast("cpu", dtype=torch.bfloat16):
            boxes, logits = self.net(images.contiguous(memory_format=torch.channels_last))
        return detection_loss(
            boxes.float(),
            logits.float(),
            truths=[torch.from_numpy(one.people).float() for one in batch],
            ignored=[torch.from_numpy(one.hidden).float() for one in batch],
            points=self._points,
        )


def _follow(average: TinyDetector, net: TinyDetector, decay: float) -> None:
    with torch.no_grad():
        current = net.state_dict()
        for name, value in average.state_dict().items():
            if value.dtype.is_floating_point:
                value.mul_(decay).add_(current[name], alpha=1.0 - decay)
            else:
                value.copy_(current[name])


if __name__ == "__main__":
    main()

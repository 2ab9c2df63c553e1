"""Trains the tiny detector from COCO folders and exports it as ONNX.

Run it with a Python that has PyTorch (Debian: `apt-get install python3-torch python3-pil`):

    /usr/bin/python3 -m serve.training.train --out demo.onnx FOLDER [FOLDER ...]

Weights are written beside the model now and then, so a training can go on (`--resume`). It ends
after a number of rounds over the images, or of minutes, whatever comes first, and the learning
rate follows whichever is nearer its end: a slow machine gets fewer rounds, not a later end.
"""

import argparse
import copy
import math
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from serve.training.augment import augmented
from serve.training.coco_folder import Sample, read_folders
from serve.training.export import export
from serve.training.loss import detection_loss
from serve.training.net import TinyDetector, anchor_points

_BATCH = 8
_WARM_UP = 0.04
_DECAY = 0.998
_SAVE_EVERY = 300


def main() -> None:
    """Reads the arguments, trains, exports."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument(
        "folders", nargs="+", type=Path, help="COCO folders: annotations.json, images/"
    )
    parser.add_argument("--out", type=Path, required=True, help="the ONNX file to write")
    parser.add_argument("--category", default="person", help="the COCO category to learn")
    parser.add_argument(
        "--width", type=int, default=384, help="model input width, a multiple of 32"
    )
    parser.add_argument("--height", type=int, default=224, help="model input height")
    parser.add_argument("--rounds", type=float, default=8.0, help="rounds over the images")
    parser.add_argument("--minutes", type=float, default=60.0, help="the most time it may take")
    parser.add_argument("--rate", type=float, default=2e-3, help="the highest learning rate")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--resume", type=Path, help="weights to start from")
    asked = parser.parse_args()
    torch.manual_seed(asked.seed)
    warnings.filterwarnings("ignore", message="The shape inference of prim::Constant")
    size = (asked.width, asked.height)
    samples = read_folders(asked.folders, size=size, category=asked.category)
    print(
        f"{len(samples)} images, {sum(len(one.people) for one in samples)} {asked.category}s",
        flush=True,
    )
    net = TinyDetector()
    print(f"{sum(parameter.numel() for parameter in net.parameters())} parameters")
    if asked.resume:
        net.load_state_dict(torch.load(asked.resume))

    def save(trained: TinyDetector) -> None:
        torch.save(trained.state_dict(), asked.out.with_suffix(".pt"))
        export(trained, asked.out, size=size, category=asked.category)

    optimiser = torch.optim.AdamW(net.parameters(), lr=asked.rate, weight_decay=0.02)
    end = End(step_count=int(asked.rounds * len(samples) / _BATCH), minutes=asked.minutes)
    train(net, samples, optimiser, end=end, seed=asked.seed, save=save)
    print(f"{asked.out}: {asked.out.stat().st_size / 1e6:.2f} MB")


@dataclass(frozen=True)
class End:
    """When a training is over."""

    step_count: int
    minutes: float

    def share(self, step: int, passed_s: float) -> float:
        """How much of it is done."""
        return max(step / max(self.step_count, 1), passed_s / (60 * self.minutes))


def train(
    net: TinyDetector,
    samples: list[Sample],
    optimiser: torch.optim.Optimizer,
    *,
    end: End,
    seed: int,
    save: Callable[[TinyDetector], None],
) -> None:
    """Trains to its end; saves the running average of the weights now and then."""
    rng = np.random.default_rng(seed)
    net = net.to(memory_format=torch.channels_last).train()
    average = copy.deepcopy(net).eval()
    peak = optimiser.param_groups[0]["lr"]
    height, width = samples[0].pixels.shape[:2]
    points, _ = anchor_points(height, width)
    start, step, order = time.monotonic(), 0, rng.permutation(len(samples))
    shown = 0.0
    while (done := end.share(step, time.monotonic() - start)) < 1.0:
        if len(order) < _BATCH:
            order = rng.permutation(len(samples))
        picked, order = order[:_BATCH], order[_BATCH:]
        batch = [augmented(samples[index], rng) for index in picked]
        for group in optimiser.param_groups:
            group["lr"] = peak * _rate_share(done)
        loss = _step(net, optimiser, batch, points)
        step += 1
        _follow(average, net, min(_DECAY, step / (step + 10.0)))
        shown = loss if step == 1 else 0.98 * shown + 0.02 * loss
        if step % 50 == 0:
            print(f"{done:5.1%} step {step} loss {shown:.3f}", flush=True)
        if step % _SAVE_EVERY == 0:
            save(copy.deepcopy(average))
    save(average)


def _step(
    net: TinyDetector,
    optimiser: torch.optim.Optimizer,
    batch: list[Sample],
    points: torch.Tensor,
) -> float:
    images = torch.from_numpy(np.stack([one.pixels for one in batch]).transpose(0, 3, 1, 2).copy())
    images = (images.float() / 255.0).contiguous(memory_format=torch.channels_last)
    # Half the time on CPUs that multiply bfloat16 in hardware, and no slower on others.
    with torch.autocast("cpu", dtype=torch.bfloat16):
        boxes, logits = net(images)
    loss = detection_loss(
        boxes.float(),
        logits.float(),
        truths=[torch.from_numpy(one.people).float() for one in batch],
        ignored=[torch.from_numpy(one.hidden).float() for one in batch],
        points=points,
    )
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(net.parameters(), 10.0)
    optimiser.step()
    return float(loss)


def _rate_share(done: float) -> float:
    """Warm-up, then half a cosine down to a fiftieth."""
    if done < _WARM_UP:
        return max(done / _WARM_UP, 0.02)
    share = (done - _WARM_UP) / (1.0 - _WARM_UP)
    return 0.02 + 0.98 * (0.5 + 0.5 * math.cos(math.pi * share))


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

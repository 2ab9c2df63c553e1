"""A very small one-class detector for CPUs: plain convolutions, three scales, no anchors.

In: images `(N, 3, h, w)`, RGB 0-1, sides multiples of 32. Out: `(N, 5, anchors)`, centre x, centre
y, width, height in input pixels and a score, as YOLOv8 and YOLO11 exports give it, so whoever
reads those reads this. Plain convolutions rather than separable ones: on a CPU they cost less time
for the accuracy they give.
"""

import torch
from torch import Tensor, nn

STRIDES = (8, 16, 32)
_WIDTHS = (32, 64, 88, 112)
_NECK = 56
_SHRINK = 0.5


class Block(nn.Sequential):
    """Convolution, batch normalisation, ReLU."""

    def __init__(self, inputs: int, outputs: int, *, size: int = 3, stride: int = 1) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, size, stride, (size - 1) // 2, bias=False),
            nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.03),
            nn.ReLU(inplace=True),
        )


class Residual(nn.Module):
    """Two convolutions beside a shortcut."""

    def __init__(self, width: int) -> None:
        super().__init__()
        inner = int(width * _SHRINK)
        self.path = nn.Sequential(Block(width, inner), Block(inner, width))

    def forward(self, x: Tensor) -> Tensor:
        """The same shape."""
        return x + self.path(x)


class Head(nn.Module):
    """Score and box distances at one scale."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.stem = Block(width, width)
        self.score = nn.Conv2d(width, 1, 1)
        self.box = nn.Sequential(Block(width, width), nn.Conv2d(width, 4, 1))
        nn.init.constant_(self.score.bias, -4.6)
        nn.init.constant_(self.box[1].bias, 1.0)

    def forward(self, x: Tensor) -> Tensor:
        """`(N, 5, rows, columns)`: four distances, a logit."""
        x = self.stem(x)
        return torch.cat((self.box(x), self.score(x)), dim=1)


class TinyDetector(nn.Module):
    """The whole detector; `forward` gives what training needs, `exported` what a reader needs."""

    def __init__(self) -> None:
        super().__init__()
        w1, w2, w3, w4 = _WIDTHS
        self.low = nn.Sequential(
            Block(3, w1, size=6, stride=4), Block(w1, w2, stride=2), Residual(w2)
        )
        self.middle = nn.Sequential(Block(w2, w3, stride=2), Residual(w3), Residual(w3))
        self.high = nn.Sequential(Block(w3, w4, stride=2), Residual(w4))
        self.sides = nn.ModuleList(Block(width, _NECK, size=1) for width in (w2, w3, w4))
        self.merges = nn.ModuleList(Block(_NECK, _NECK) for _ in range(2))
        self.heads = nn.ModuleList(Head(_NECK) for _ in STRIDES)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Boxes `(N, anchors, 4)` xyxy in input pixels and logits `(N, anchors)`."""
        maps = self._maps(images)
        boxes, logits = [], []
        for head, features, stride in zip(self.heads, maps, STRIDES, strict=True):
            raw = head(features)
            box = _decoded(raw[:, :4], stride)
            boxes.append(box.flatten(2))
            logits.append(raw[:, 4].flatten(1))
        return torch.cat(boxes, dim=2).transpose(1, 2), torch.cat(logits, dim=1)

    def _maps(self, images: Tensor) -> list[Tensor]:
        low = self.low(images)
        middle = self.middle(low)
        high = self.high(middle)
        top = self.sides[2](high)
        between = self.merges[1](self.sides[1](middle) + _doubled(top))
        bottom = self.merges[0](self.sides[0](low) + _doubled(between))
        return [bottom, between, top]


class Exported(nn.Module):
    """The detector as it is exported: `(N, 5, anchors)`."""

    def __init__(self, detector: TinyDetector) -> None:
        super().__init__()
        self.detector = detector

    def forward(self, images: Tensor) -> Tensor:
        """Boxes and scores of every anchor."""
        boxes, logits = self.detector(images)
        low, high = boxes[..., :2], boxes[..., 2:]
        rows = torch.cat(((low + high) / 2, high - low, logits.sigmoid().unsqueeze(-1)), dim=-1)
        return rows.transpose(1, 2)


def anchor_points(height: int, width: int) -> tuple[Tensor, Tensor]:
    """Centres `(anchors, 2)`, input pixels, and strides `(anchors,)`, in the output's order."""
    points, strides = [], []
    for stride in STRIDES:
        rows, columns = height // stride, width // stride
        y, x = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
        points.append((torch.stack((x, y), dim=-1).reshape(-1, 2) + 0.5) * stride)
        strides.append(torch.full((rows * columns,), float(stride)))
    return torch.cat(points), torch.cat(strides)


def _decoded(raw: Tensor, stride: int) -> Tensor:
    """Distances to the four sides become corners, `(N, 4, rows, columns)` xyxy in input pixels."""
    rows, columns = raw.shape[2:]
    y, x = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
    centre = (torch.stack((x, y)).to(raw) + 0.5) * stride
    distance = nn.functional.softplus(raw) * (stride * 2)
    return torch.cat((centre - distance[:, :2], centre + distance[:, 2:]), dim=1)


def _doubled(x: Tensor) -> Tensor:
    return nn.functional.interpolate(x, scale_factor=2.0, mode="nearest")

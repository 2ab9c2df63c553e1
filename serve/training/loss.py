"""What the detector is taught: which anchors answer for which person, and how well.

Each person is answered for by the few anchors inside its box whose score and overlap together are
best (task-aligned assignment); their target is the overlap itself, so a score says how good its box
is. Anchors inside people too hidden to be asked for are neither right nor wrong.
"""

import torch
from torch import Tensor
from torch.nn import functional

_ANSWERING = 8
_OVERLAP_POWER = 4.0
_SCORE_POWER = 0.7
_BOX_WEIGHT = 5.0


def detection_loss(
    boxes: Tensor,
    logits: Tensor,
    *,
    truths: list[Tensor],
    ignored: list[Tensor],
    points: Tensor,
) -> Tensor:
    """The loss of a batch.

    Args:
        boxes: `(N, anchors, 4)` xyxy, input pixels.
        logits: `(N, anchors)`.
        truths: Per image, boxes of people `(k, 4)` xyxy.
        ignored: Per image, boxes of people not asked for.
        points: `(anchors, 2)` centres of the anchors.
    """
    targets, weights = torch.zeros_like(logits), torch.ones_like(logits)
    box_losses, box_weights = [], []
    for i, (truth, hidden) in enumerate(zip(truths, ignored, strict=True)):
        if len(hidden):
            weights[i][_inside(points, hidden).any(dim=1)] = 0.0
        if not len(truth):
            continue
        anchors, owners, quality = _assigned(boxes[i].detach(), logits[i].detach(), truth, points)
        targets[i, anchors] = quality
        weights[i, anchors] = 1.0
        overlap = generalised_iou(boxes[i, anchors], truth[owners])
        box_losses.append(((1.0 - overlap) * quality).sum())
        box_weights.append(quality.sum())
    scores = logits.sigmoid()
    focus = torch.where(targets > 0, torch.ones_like(scores), 0.75 * scores.detach() ** 1.5)
    score_loss = functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    whole = torch.stack(box_weights).sum().clamp(min=1.0) if box_weights else torch.tensor(1.0)
    loss = (score_loss * weights * focus).sum() / whole
    if box_losses:
        loss = loss + _BOX_WEIGHT * torch.stack(box_losses).sum() / whole
    return loss


def _assigned(
    boxes: Tensor, logits: Tensor, truth: Tensor, points: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Anchors that answer, whom each answers for, and the score each should give."""
    inside = _inside(points, truth)
    overlap = iou(boxes, truth).clamp(min=0.0)
    fit = logits.sigmoid()[:, None] ** _SCORE_POWER * overlap**_OVERLAP_POWER
    fit = torch.where(inside, fit + 1e-9, torch.zeros_like(fit))
    best, rows = fit.topk(min(_ANSWERING, len(points)), dim=0)
    chosen = torch.zeros_like(fit).scatter_(0, rows, best)
    value, owner = chosen.max(dim=1)
    anchors = torch.nonzero(value > 0)[:, 0]
    owners = owner[anchors]
    scale = overlap.max(dim=0).values / fit.max(dim=0).values.clamp(min=1e-9)
    quality = (fit[anchors, owners] * scale[owners]).clamp(0.0, 1.0)
    return anchors, owners, quality


def _inside(points: Tensor, boxes: Tensor) -> Tensor:
    """Whether each point lies in each box, `(points, boxes)`."""
    low = points[:, None, :] - boxes[None, :, :2]
    high = boxes[None, :, 2:] - points[:, None, :]
    return torch.cat((low, high), dim=2).min(dim=2).values > 0.0


def iou(a: Tensor, b: Tensor) -> Tensor:
    """Overlap of every box with every other, `(len(a), len(b))`."""
    low = torch.maximum(a[:, None, :2], b[None, :, :2])
    high = torch.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = (high - low).clamp(min=0.0).prod(dim=2)
    return shared / (_area(a)[:, None] + _area(b)[None, :] - shared).clamp(min=1e-6)


def generalised_iou(a: Tensor, b: Tensor) -> Tensor:
    """Generalised overlap of boxes in pairs, in (-1, 1] (Rezatofighi et al., 2019)."""
    low, high = torch.maximum(a[:, :2], b[:, :2]), torch.minimum(a[:, 2:], b[:, 2:])
    shared = (high - low).clamp(min=0.0).prod(dim=1)
    union = (_area(a) + _area(b) - shared).clamp(min=1e-6)
    outer = torch.maximum(a[:, 2:], b[:, 2:]) - torch.minimum(a[:, :2], b[:, :2])
    hull = outer.prod(dim=1).clamp(min=1e-6)
    return shared / union - (hull - union) / hull


def _area(boxes: Tensor) -> Tensor:
    return (boxes[:, 2:] - boxes[:, :2]).prod(dim=1)

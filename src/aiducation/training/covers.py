"""Made covers: masks, hands, microphones, books, cups and other heads over training faces."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from aiducation.training.cover_shapes import Piece, arm, hand, mask, microphone, other_head, sheet, thing
from aiducation.training.draws import Draw

#: Half width and half height of the ellipse in which a face lies, in sides of the picture.
_FACE = (0.38, 0.46)

#: What draws something that hides faces, of images, places and random numbers; and how often each is drawn.
Kinds = tuple[tuple[Callable[[Tensor, Tensor, Tensor, Draw], Piece], float], ...]
KINDS: Kinds = (
    (mask, 0.36),
    (hand, 0.22),
    (arm, 0.05),
    (microphone, 0.11),
    (sheet, 0.1),
    (thing, 0.06),
    (other_head, 0.1),
)

#: Softness of outlines, in pixels: as a camera shows them, and never as sharp as cut-out paper.
_SOFT = (0.15, 0.6)


def cover(images: Tensor, probability: float, draw: Draw, kinds: Kinds = KINDS) -> tuple[Tensor, Tensor]:
    """(B, 1, S, S) float32 images in 0..1, some with a cover, and (B,) float32, which share of each face it hides."""
    side = images.shape[-1]
    at = (torch.arange(side, device=images.device) + 0.5) / side
    x, y = at.view(1, 1, 1, side), at.view(1, 1, side, 1)
    kind, below = draw.between(0.0, 1.0), 0.0
    depth, paint = torch.full_like(images, -1.0), images
    # Every kind is drawn for every image, so that what one image gets does not depend on the others.
    for make, share in kinds:
        piece = make(images, x, y, draw)
        chosen = (kind >= below) & (kind < below + share)
        depth, paint = torch.where(chosen, piece.depth, depth), torch.where(chosen, piece.paint, paint)
        below += share
    opaque = torch.sigmoid(depth * side / draw.between(*_SOFT)) * draw.chosen(probability)
    opaque = torch.where(opaque < 0.02, torch.zeros_like(opaque), opaque)
    face = ((x - 0.5) / _FACE[0]) ** 2 + ((y - 0.5) / _FACE[1]) ** 2 < 1
    hidden = (opaque * face).sum(dim=(1, 2, 3)) / face.sum()
    return torch.lerp(images, paint.clamp(0, 1), opaque), hidden

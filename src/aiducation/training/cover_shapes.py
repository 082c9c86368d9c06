"""What can hide part of a face, drawn at random for a batch of images: masks, hands, arms, microphones, books, cups, other heads.

Every function gives a ``Piece``. Places are shares of the side of a picture: x from left to right, y from top to bottom.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from aiducation.training.draws import Draw


@dataclass(frozen=True)
class Piece:
    """Something in front of a face.

    Attributes:
        depth: (B, 1, S, S), how far inside its outline a place lies, in sides of the picture; below 0 outside.
        paint: (B, 1, S, S), its gray levels.
    """

    depth: Tensor
    paint: Tensor


def mask(images: Tensor, x: Tensor, y: Tensor, draw: Draw) -> Piece:
    """A mask from the nose down, or a scarf or veil as wide as the picture: pleats, ridge, pattern, straps to the ears, the
    light of the face on it."""
    u, v = turned(x, y, draw.around(0.25), 0.5 + draw.around(0.1), 0.5)
    top, bend = draw.between(-0.08, 0.12), draw.between(-0.02, 0.3)
    wide = torch.where(draw.chosen(0.12), 2.0, draw.between(0.3, 0.48))
    narrowing = draw.up_to(0.45)
    width = wide * (1 - narrowing * (v - top).clamp(0, 0.6))
    across = u / width
    upper = v - top - bend * (u / 0.45) ** 2
    lower = draw.between(0.4, 0.66) - draw.up_to(0.25) * across**2 - v
    cloth = torch.minimum(torch.minimum(upper, lower), (1 - across.abs()) * width)
    # Straps run from the upper corners to the ears, thin lines that stay where the mask is small.
    rise, thick = draw.between(-0.25, 0.1), draw.between(0.004, 0.014)
    beside = u.abs() - wide * 0.97
    strap = thick - (upper - 0.03 - rise * beside).abs()
    strap = torch.where((beside > -0.02) & draw.chosen(0.6), strap, torch.full_like(strap, -1.0))
    kind = draw.between(0.0, 1.0)
    level = torch.where(
        kind < 0.5, draw.between(0.6, 0.95), torch.where(kind < 0.72, draw.between(0.03, 0.25), draw.between(0.1, 0.9))
    )
    pleats = draw.up_to(0.12) * torch.sin(2 * math.pi * (draw.between(4.0, 12.0) * v + draw.between(0.0, 1.0)))
    ridge = draw.up_to(0.25) * torch.exp(-(u.abs() / 0.04))
    paint = level + pleats * draw.chosen(0.6) - ridge * draw.chosen(0.35) - draw.up_to(0.3) * across.clamp(-1, 1) ** 2
    paint = paint + _pattern(x, y, draw) * draw.chosen(0.2) + draw.around(0.12) * u / 0.4 + draw.around(0.15) * v
    paint = paint - draw.up_to(0.25) * torch.exp(-(upper.clamp(min=0) / 0.03))
    return Piece(torch.maximum(cloth, strap), paint * _light(images, draw))


def hand(images: Tensor, x: Tensor, y: Tensor, draw: Draw) -> Piece:
    """A palm with fingers, spread or closed, or a fist: about as bright as the face, dark between the fingers."""
    angle = draw.around(math.pi * 0.8)
    u, v = turned(x, y, angle, draw.between(0.1, 0.9), draw.between(0.45, 1.0))
    wide, tall = draw.between(0.11, 0.2), draw.between(0.12, 0.24)
    depth = (1 - ((u / wide) ** 4 + (v / tall) ** 4).clamp(min=1e-6) ** 0.25) * torch.minimum(wide, tall)
    length, spread = draw.between(0.0, 0.36), draw.between(0.0, 0.5)
    for finger in range(4):
        place = (finger - 1.5) / 2
        lean = spread * place + draw.around(0.12)
        start = place * wide * 1.4
        along = ((start - u) * -lean.sin() + (-tall * 0.6 - v) * lean.cos()).clamp(min=0)
        reach = torch.minimum(along, length * (1 - 0.25 * place**2) * (1 + draw.around(0.15)))
        du, dv = u - start - reach * lean.sin(), v + tall * 0.6 + reach * lean.cos()
        depth = torch.maximum(depth, wide * draw.between(0.26, 0.36) - (du**2 + dv**2).clamp(min=1e-9).sqrt())
    return Piece(depth, _skin(images, draw) + draw.around(0.15) * v / tall - _edge(depth, draw))


def arm(images: Tensor, x: Tensor, y: Tensor, draw: Draw) -> Piece:
    """A forearm or a sleeve across the face."""
    u, v = turned(x, y, draw.around(math.pi), draw.between(0.2, 0.8), draw.between(0.5, 0.95))
    depth = torch.minimum(draw.between(0.08, 0.17) - v.abs() + draw.around(0.05) * u, u + draw.between(0.1, 0.7))
    sleeve = draw.between(0.05, 0.9) + 0.08 * torch.sin(draw.between(10.0, 40.0) * u + draw.between(0.0, 6.0))
    paint = torch.where(draw.chosen(0.5), sleeve, _skin(images, draw)) + draw.around(1.0) * v
    return Piece(depth, paint - _edge(depth, draw))


def microphone(images: Tensor, x: Tensor, y: Tensor, draw: Draw) -> Piece:
    """A dark or light ball, round or long, on a stick that comes from below or from the side."""
    u, v = turned(x, y, draw.around(1.2), draw.between(0.25, 0.75), draw.between(0.6, 0.95))
    size, longer = draw.between(0.07, 0.17), draw.between(0.7, 1.1)
    ball = size - (u**2 + (v * longer) ** 2).clamp(min=1e-9).sqrt()
    stick = torch.minimum(draw.between(0.3, 0.75) * size - u.abs(), v)
    level = torch.where(draw.chosen(0.75), draw.between(0.02, 0.35), draw.between(0.3, 0.9))
    mesh = draw.up_to(0.08) * torch.sin(70 * u) * torch.sin(70 * v) + draw.up_to(0.3) * (ball / size).clamp(0, 1)
    paint = torch.where(ball > stick, level + mesh, draw.between(0.02, 0.6) - draw.up_to(1.0) * u.abs())
    return Piece(torch.maximum(ball, stick), paint)


def sheet(images: Tensor, x: Tensor, y: Tensor, draw: Draw) -> Piece:
    """A book, paper, phone or screen that is held up: straight edges, blank, with lines of text, or with a picture."""
    u, v = turned(x, y, draw.around(0.35), draw.between(0.2, 0.8), draw.between(0.5, 0.85))
    width = draw.between(0.12, 0.6)
    depth = torch.minimum(width - u.abs(), torch.minimum(v, draw.between(0.3, 0.8) - v))
    level = torch.where(draw.chosen(0.6), draw.between(0.6, 1.0), draw.between(0.02, 0.6))
    text = torch.where(torch.sin(draw.between(60.0, 120.0) * v) > 0.3, draw.around(0.3), torch.zeros_like(level))
    paint = level + text * draw.chosen(0.5) + draw.around(0.2) * u
    paint = torch.where(draw.chosen(0.25), images.roll(2, 0).roll(11, 2), paint)
    return Piece(depth, paint)


def thing(images: Tensor, x: Tensor, y: Tensor, draw: Draw) -> Piece:
    """An ellipse or a box of one gray, lighter to one side: a cup, a bottle, hair or a shoulder of somebody in front."""
    u, v = turned(x, y, draw.between(0.0, 2 * math.pi), draw.between(0.05, 0.95), draw.between(0.2, 1.0))
    wide, tall = draw.between(0.08, 0.28), draw.between(0.1, 0.4)
    a, b = u / wide, v / tall
    far = torch.where(draw.chosen(0.5), (a**2 + b**2).clamp(min=1e-9).sqrt(), torch.maximum(a.abs(), b.abs()))
    depth = (1 - far) * torch.minimum(wide, tall)
    return Piece(depth, draw.between(0.0, 1.0) + draw.around(0.25) * a + _pattern(x, y, draw) * draw.chosen(0.3))


def other_head(images: Tensor, x: Tensor, y: Tensor, draw: Draw) -> Piece:
    """Another picture's middle, or its surroundings, in front: a head, a shoulder, somebody's back."""
    side = images.shape[-1]
    right, down = (int(torch.randint(-side // 2, side // 2, (1,), generator=draw.generator)) for _ in range(2))
    seen = images.roll(1, 0).roll((down, right), (2, 3))
    piece = thing(images, x, y, draw)
    u, v = x - 0.5 - right / side, y - 0.5 - down / side
    head = (1 - ((u / 0.4) ** 2 + (v / 0.48) ** 2).clamp(min=1e-9).sqrt()) * 0.4
    return Piece(torch.where(draw.chosen(0.5), head.expand_as(piece.depth), piece.depth), seen)


def turned(x: Tensor, y: Tensor, angle: Tensor, x0: Tensor, y0: Tensor | float) -> tuple[Tensor, Tensor]:
    """Coordinates in a system turned by an angle, about a place that becomes 0, 0."""
    x, y = x - x0, y - y0
    return x * angle.cos() + y * angle.sin(), y * angle.cos() - x * angle.sin()


def _skin(images: Tensor, draw: Draw) -> Tensor:
    """The gray of the middle of the face, not quite."""
    side = images.shape[-1]
    middle = images[..., side // 4 : -side // 4, side // 4 : -side // 4]
    return middle.mean(dim=(2, 3), keepdim=True) + draw.around(0.15)


def _edge(depth: Tensor, draw: Draw) -> Tensor:
    """Darker towards the outline."""
    return draw.up_to(0.4) * torch.exp(-(depth.clamp(min=0) / draw.between(0.01, 0.03)))


def _pattern(x: Tensor, y: Tensor, draw: Draw) -> Tensor:
    """Stripes, checks or dots."""
    u, v = turned(x, y, draw.around(math.pi), draw.between(0.0, 1.0), 0.0)
    one, other = (torch.sin(draw.between(15.0, 60.0) * along) for along in (u, v))
    return draw.between(0.05, 0.3) * torch.where(draw.chosen(0.5), one, one * other)


def _light(images: Tensor, draw: Draw) -> Tensor:
    """The light on the face, as its coarse gray levels show it: what lies on it is lighter and darker in the same places."""
    coarse = F.avg_pool2d(images, 8)
    coarse = coarse / (coarse.mean(dim=(2, 3), keepdim=True) + 0.05)
    fine = F.interpolate(coarse, size=images.shape[-2:], mode="bilinear", align_corners=False)
    return 1 + draw.up_to(0.6) * (fine - 1)

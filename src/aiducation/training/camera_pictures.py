"""Training faces as a camera in a room shows them, a batch at a time: framing, covers, light from one side, blur, JPEG.

``augmentation`` changes faces as pictures on the web differ from each other; here is what cameras, compression and detectors add.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from aiducation.training.covers import cover
from aiducation.training.draws import Draw

#: Luminance quantization of JPEG. Source: ITU-T T.81 (1992), table K.1.
_QUANTA = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)


@dataclass(frozen=True, kw_only=True)
class CameraPictures:
    """How pictures of cameras are made from training faces; everything is drawn for each face.

    Attributes:
        framing: width of what is cut out, in widths of the product's square: smallest and largest, uniform in its logarithm.
        rotation: largest rotation in degrees; ``shift``: largest shift as a share of the side; ``stretch``: largest relative
            change of width against height.
        light: largest change of brightness from one side to the other, as a share.
        tone: largest change of log2 of gamma; ``gain``: largest relative change of contrast; ``offset``: of brightness, in 0..1.
        curve: largest wave in the gray curve, as when colours become gray by other weights.
        small: probability that a face is shrunk and enlarged again; ``small_side``: smallest side in pixels.
        blur: probability of blur, out of focus or from motion; ``blur_sigma``: largest, in pixels.
        jpeg: probability of compression; ``jpeg_quality``: lowest and highest quality.
        noise: largest standard deviation of sensor noise, in 0..1.
        cover: probability that part of the face is covered: by a mask, a hand, a thing in front, a piece of another picture.
    """

    framing: tuple[float, float] = (0.7, 1.2)
    rotation: float = 15.0
    shift: float = 0.06
    stretch: float = 0.08
    light: float = 0.4
    tone: float = 0.4
    gain: float = 0.25
    offset: float = 0.12
    curve: float = 0.08
    small: float = 0.2
    small_side: int = 18
    blur: float = 0.2
    blur_sigma: float = 1.3
    jpeg: float = 0.35
    jpeg_quality: tuple[float, float] = (20.0, 90.0)
    noise: float = 0.03
    cover: float = 0.25


def as_camera(images: Tensor, options: CameraPictures, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Changed copies of (B, 1, 48, 48) float32 images in 0..1, and (B,) float32, how much of each face is covered.

    The generator is on the CPU, so that devices agree.
    """
    draw = Draw(len(images), images.device, generator)
    images = _framed(images, options, draw)
    images, covered = cover(images, options.cover, draw)
    images = _lit(images, options, draw)
    images = _blurred(images, options, draw)
    images = _small(images, options, draw)
    images = images + torch.randn(images.shape, generator=generator).to(images.device) * draw.up_to(options.noise)
    return _compressed(images.clamp(0, 1), options, draw).clamp(0, 1), covered


def _framed(images: Tensor, options: CameraPictures, draw: Draw) -> Tensor:
    def flat(values: Tensor) -> Tensor:
        return values[:, 0, 0, 0]

    low, high = (math.log(limit) for limit in options.framing)
    width = flat(draw.between(low, high)).exp()
    radians = flat(draw.around(options.rotation * math.pi / 180))
    stretch = 1 + flat(draw.around(options.stretch))
    mirror = torch.where(flat(draw.chosen(0.5)), -1.0, 1.0)
    x, y = (flat(draw.around(2 * options.shift)) for _ in range(2))
    cos, sin = radians.cos() * width, radians.sin() * width
    rows = torch.stack([cos * mirror / stretch, -sin, x], 1), torch.stack([sin * mirror / stretch, cos, y], 1)
    grid = F.affine_grid(torch.stack(rows, 1), list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, mode="bilinear", padding_mode="reflection", align_corners=False)


def _lit(images: Tensor, options: CameraPictures, draw: Draw) -> Tensor:
    side = images.shape[-1]
    at = torch.linspace(-1, 1, side, device=images.device)
    angle = draw.between(0.0, 2 * math.pi)
    slope = at.view(1, 1, 1, side) * angle.cos() + at.view(1, 1, side, 1) * angle.sin()
    images = images * (1 + draw.up_to(options.light) * slope * draw.chosen(0.5))
    mean = images.mean(dim=(1, 2, 3), keepdim=True)
    images = (images - mean) * (1 + draw.around(options.gain)) + mean + draw.around(options.offset)
    images = images.clamp(0, 1) ** (2.0 ** draw.around(options.tone))
    return images + draw.around(options.curve) * torch.sin(math.pi * (images * draw.between(1.0, 2.0)))


def _blurred(images: Tensor, options: CameraPictures, draw: Draw) -> Tensor:
    """A Gaussian of another width along and across a direction: one wide axis alone is motion."""
    reach = 3
    at = torch.arange(-reach, reach + 1, device=images.device, dtype=images.dtype)
    x, y = at.view(1, 1, 1, -1), at.view(1, 1, -1, 1)
    angle = draw.between(0.0, math.pi)
    along = draw.between(0.3, options.blur_sigma)
    across = torch.where(draw.chosen(0.5), along, torch.full_like(along, 0.3))
    u, v = x * angle.cos() + y * angle.sin(), y * angle.cos() - x * angle.sin()
    kernels = torch.exp(-0.5 * ((u / along) ** 2 + (v / across) ** 2))
    kernels = kernels / kernels.sum(dim=(2, 3), keepdim=True)
    padded = F.pad(images, (reach, reach, reach, reach), mode="replicate").transpose(0, 1)
    blurred = F.conv2d(padded, kernels, groups=len(images)).transpose(0, 1)
    return torch.where(draw.chosen(options.blur), blurred, images)


def _small(images: Tensor, options: CameraPictures, draw: Draw) -> Tensor:
    """One size for all the small images of a batch, so that two resamplings do."""
    side = int(torch.randint(options.small_side, images.shape[-1], (1,), generator=draw.generator))
    small = F.interpolate(images, size=(side, side), mode="area")
    again = F.interpolate(small, size=images.shape[-2:], mode="bilinear", align_corners=False)
    return torch.where(draw.chosen(options.small), again, images)


def _compressed(images: Tensor, options: CameraPictures, draw: Draw) -> Tensor:
    """JPEG of the gray picture: cosines of 8 x 8 blocks, rounded as its quality asks."""
    n, _, side, _ = images.shape
    at = torch.arange(8, dtype=images.dtype, device=images.device)
    basis = torch.cos((2 * at[None] + 1) * at[:, None] * math.pi / 16) * 0.5
    basis[0] /= math.sqrt(2)
    quality = draw.between(*options.jpeg_quality)[..., None, None]
    factor = torch.where(quality < 50, 50 / quality, 2 - quality / 50)
    quanta = torch.tensor(_QUANTA, dtype=images.dtype, device=images.device) * factor
    quanta = quanta.round().clamp(min=1)
    shift = int(torch.randint(0, 8, (1,), generator=draw.generator))
    moved = images.roll((shift, shift), (2, 3)) * 255 - 128
    blocks = moved.view(n, 1, side // 8, 8, side // 8, 8).transpose(3, 4)
    coefficients = basis @ blocks @ basis.T
    rounded = (coefficients / quanta).round() * quanta
    made = (basis.T @ rounded @ basis).transpose(3, 4).reshape(images.shape)
    made = ((made + 128) / 255).roll((-shift, -shift), (2, 3))
    return torch.where(draw.chosen(options.jpeg), made, images)

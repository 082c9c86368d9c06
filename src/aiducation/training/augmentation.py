"""Strong augmentation of gray faces, a batch at a time on the device: what cameras, distance and framing do to a face."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """How far images are changed; everything is drawn uniformly for each image.

    Attributes:
        flip: probability of a mirror image.
        rotation: largest rotation in degrees to either side.
        scale: largest relative change of size.
        shift: largest shift as a share of the side.
        stretch: largest relative change of width against height.
        gain: largest relative change of contrast.
        offset: largest change of brightness, in 0..1.
        gamma: largest change of log2 of the gamma.
        far: probability that an image is shrunk and enlarged again, like a face at the back of a room.
        far_side: smallest side in pixels that such an image is shrunk to.
        noise: largest standard deviation of sensor noise, in 0..1.
        hole: probability that a square is covered, like a hand or a head in front.
    """

    flip: float = 0.5
    rotation: float = 15.0
    scale: float = 0.15
    shift: float = 0.08
    stretch: float = 0.08
    gain: float = 0.25
    offset: float = 0.12
    gamma: float = 0.4
    far: float = 0.2
    far_side: int = 16
    noise: float = 0.03
    hole: float = 0.3


def augment(images: Tensor, options: Augmentation, generator: torch.Generator) -> Tensor:
    """Changed copies of (B, 1, S, S) float32 images in 0..1; the generator is on the CPU, so that devices agree."""
    images = _move(images, options, generator)
    images = _far_away(images, options, generator)
    images = _light(images, options, generator)
    return _cover(images, options, generator)


def _uniform(generator: torch.Generator, n: int, limit: float, device: torch.device) -> Tensor:
    return ((torch.rand(n, generator=generator) * 2 - 1) * limit).to(device)


def _move(images: Tensor, options: Augmentation, generator: torch.Generator) -> Tensor:
    n, device = len(images), images.device
    radians = _uniform(generator, n, options.rotation * math.pi / 180, device)
    size = 1 + _uniform(generator, n, options.scale, device)
    stretch = 1 + _uniform(generator, n, options.stretch, device)
    mirror = torch.where(torch.rand(n, generator=generator) < options.flip, -1.0, 1.0).to(device)
    x, y = (_uniform(generator, n, 2 * options.shift, device) for _ in range(2))
    cos, sin = radians.cos() / size, radians.sin() / size
    theta = torch.stack(
        [torch.stack([cos * mirror / stretch, -sin, x], 1), torch.stack([sin * mirror / stretch, cos, y], 1)], 1
    )
    grid = F.affine_grid(theta, list(images.shape), align_corners=False)
    # Reflection fills what comes in from outside: a black frame would tell how far the image was moved.
    return F.grid_sample(images, grid, mode="bilinear", padding_mode="reflection", align_corners=False)


def _far_away(images: Tensor, options: Augmentation, generator: torch.Generator) -> Tensor:
    """One size for all the far images of a batch, so that two resamplings do."""
    far = (torch.rand(len(images), generator=generator) < options.far).to(images.device)
    side = int(torch.randint(options.far_side, images.shape[-1], (1,), generator=generator))
    small = F.interpolate(images, size=(side, side), mode="area")
    again = F.interpolate(small, size=images.shape[-2:], mode="bilinear", align_corners=False)
    return torch.where(far[:, None, None, None], again, images)


def _light(images: Tensor, options: Augmentation, generator: torch.Generator) -> Tensor:
    n, device = len(images), images.device
    gain, offset, gamma, noise = (
        _uniform(generator, n, limit, device)[:, None, None, None]
        for limit in (options.gain, options.offset, options.gamma, options.noise)
    )
    mean = images.mean(dim=(1, 2, 3), keepdim=True)
    images = ((images - mean) * (1 + gain) + mean + offset).clamp(0, 1)
    grain = torch.randn(images.shape, generator=generator).to(device)
    return (images ** (2.0**gamma) + grain * noise.abs()).clamp(0, 1)


def _cover(images: Tensor, options: Augmentation, generator: torch.Generator) -> Tensor:
    n, side, device = len(images), images.shape[-1], images.device
    covered = torch.rand(n, generator=generator) < options.hole
    half = torch.rand(n, generator=generator) * side / 6 + side / 16
    centre = torch.rand(2, n, generator=generator) * side
    at = torch.arange(side) + 0.5
    inside = ((at - centre[..., None]).abs() < half[:, None]) & covered[:, None]
    hole = (inside[0][:, :, None] & inside[1][:, None, :])[:, None].to(device)
    gray = torch.rand(n, generator=generator).to(device)[:, None, None, None]
    return torch.where(hole, gray, images)

"""Convolutions with large kernels by way of their spectra, for training on processors that compute in float32.

A convolution of 7 x 7 multiplies every pixel 49 times for each pair of channels; its spectrum is multiplied once. The ways there
and back are products with fixed matrices of cosines and sines, which processors compute faster than such short Fourier transforms
of a library. Waves of an odd number of half periods leave no frequency that needs a rule of its own.

Activations lie as (W, H, C, N) here, so that each product reads and writes rows of C * N numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def pays(blocks: Iterable[Any], x: Tensor) -> bool:
    """Whether blocks (``models.ResBlock``) learn faster from images (N, 1, H, W) by way of their spectra: with large kernels, as
    ``benchmarks/training_ways.py`` measures, and with batch norms of their own, not those that several processes share."""
    large = [b.conv2.kernel_size[0] >= (5 if b.conv2.out_channels >= 32 else 7) for b in blocks]
    alone = [type(norm) is nn.BatchNorm2d for b in blocks for norm in (b.norm1, b.norm2)]
    return all(large) and all(alone) and x.shape[2] == x.shape[3] and in_float32_here(x)


def in_float32_here(x: Tensor) -> bool:
    """Whether a processor computes with x in float32, which is where the ways of this package beside PyTorch's were measured."""
    return x.device.type == "cpu" and x.dtype == torch.float32 and not torch.is_autocast_enabled("cpu")


def through_blocks(blocks: Iterable[Any], images: Tensor) -> Tensor:
    """What the blocks in training make of images, with their gradients and running statistics.

    Args:
        blocks: residual blocks (``models.ResBlock``); the first takes one channel.
        images: (N, 1, S, S) float32, square.

    Returns:
        (N, C, S, S), as a view of an (S, S, C, N) tensor.
    """
    x = images.permute(3, 2, 1, 0)
    for block in blocks:
        y = F.relu(_norm(_through(block.conv1, x), block.norm1), inplace=True)
        x = F.relu(_norm(_through(block.conv2, y), block.norm2).add_(x), inplace=True)
    return x.permute(3, 2, 1, 0)


def convolution(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """``conv2d`` with a padding of half the kernel, of (S, S, C, N) images and (K, C, k, k) weights: (S, S, K, N).

    The first axis of images is their width, which is the last of weights.
    """
    return cast("Tensor", _Convolution.apply(x, weight, bias))  # type: ignore[no-untyped-call]


def _through(conv: nn.Conv2d, x: Tensor) -> Tensor:
    if conv.in_channels == 1:  # nothing to gain
        made: Tensor = conv(x.permute(3, 2, 1, 0))
        return made.permute(3, 2, 1, 0).contiguous()
    assert conv.bias is not None
    return convolution(x, conv.weight, conv.bias)


def _norm(x: Tensor, norm: nn.BatchNorm2d) -> Tensor:
    """A batch norm in training over (W, H, C, N), whose running statistics go on."""
    made, mean, variance = _Norm.apply(x, norm.weight, norm.bias, norm.eps)  # type: ignore[no-untyped-call]
    assert norm.running_mean is not None and norm.running_var is not None and norm.num_batches_tracked is not None
    n = x.numel() // len(mean)
    with torch.no_grad():
        norm.num_batches_tracked.add_(1)
        norm.running_mean.lerp_(mean, norm.momentum or 0.1)
        norm.running_var.lerp_(variance * (n / (n - 1)), norm.momentum or 0.1)
    return cast("Tensor", made)


@dataclass(frozen=True)
class _Waves:
    """The matrices of a convolution: (F, S) for the side of an image, (F, k) for that of a kernel. Rows are cosine and negative
    sine of each frequency in turn."""

    image: Tensor
    kernel: Tensor


@lru_cache(maxsize=8)
def _waves(side: int, kernel_size: int, dtype: torch.dtype) -> _Waves:
    reach = kernel_size // 2
    size = side + reach + (side + reach) % 2  # what runs over one end comes back beyond the other, where nobody looks
    angles = 2 * math.pi * (torch.arange(size // 2, dtype=torch.float64) + 0.5) / size

    def rows(places: Tensor) -> Tensor:
        turned = angles[:, None] * places
        return torch.stack([turned.cos(), -turned.sin()], dim=1).reshape(size, -1)

    # So scaled, there and back changes nothing; the square root of two is for the sums of two in _sums_and_differences.
    image = rows(torch.arange(side)) * math.sqrt(math.sqrt(2) / size)
    return _Waves(image.to(dtype), rows(reach - torch.arange(kernel_size)).to(dtype))


def _spectrum(x: Tensor, waves: Tensor) -> Tensor:
    """(S, S, M) -> (F * F / 2, 2, M): real and imaginary part at each pair of frequencies, of which one may be negative."""
    size, side = waves.shape
    half, m = size // 2, x.shape[2]
    once = torch.bmm(waves.expand(side, -1, -1), x)  # by the second axis: (S, F, M)
    twice = torch.bmm(waves.expand(half, -1, -1), once.view(side, half, 2 * m).transpose(0, 1))
    return _sums_and_differences(twice.view(half * half, 2, 2, m)).view(-1, 2, m)


def _from_spectrum(z: Tensor, waves: Tensor) -> Tensor:
    """(F * F / 2, 2, M) -> (S, S, M): the transpose of ``_spectrum``, which for the waves of images is its inverse."""
    size, side = waves.shape
    half, m, back = size // 2, z.shape[2], waves.t()
    parts = _back_from_sums(z.view(half * half, 2, 2, m))
    once = torch.bmm(back.expand(half, -1, -1), parts.view(half, size, 2 * m))
    return torch.bmm(back.expand(side, -1, -1), once.transpose(0, 1).reshape(side, size, m))


def _sums_and_differences(parts: Tensor) -> Tensor:
    """(P, 2, 2, M) products of cosines and sines -> (P, 2, 2, M): complex numbers at the sum and at the difference of angles."""
    made = torch.empty_like(parts)
    torch.sub(parts[:, 0, 0], parts[:, 1, 1], out=made[:, 0, 0])
    torch.add(parts[:, 0, 1], parts[:, 1, 0], out=made[:, 0, 1])
    torch.add(parts[:, 0, 0], parts[:, 1, 1], out=made[:, 1, 0])
    torch.sub(parts[:, 0, 1], parts[:, 1, 0], out=made[:, 1, 1])
    return made


def _back_from_sums(made: Tensor) -> Tensor:
    """The transpose of ``_sums_and_differences``."""
    parts = torch.empty_like(made)
    torch.add(made[:, 0, 0], made[:, 1, 0], out=parts[:, 0, 0])
    torch.add(made[:, 0, 1], made[:, 1, 1], out=parts[:, 0, 1])
    torch.sub(made[:, 0, 1], made[:, 1, 1], out=parts[:, 1, 0])
    torch.sub(made[:, 1, 0], made[:, 0, 0], out=parts[:, 1, 1])
    return parts


def _as_matrices(weights: Tensor) -> Tensor:
    """(P, 2, K, C) complex numbers -> (P, 2 * K, 2 * C) real matrices that multiply as they do."""
    p, _, k, c = weights.shape
    made = weights.new_empty(p, 2, k, 2, c)
    made[:, 0, :, 0] = made[:, 1, :, 1] = weights[:, 0]
    made[:, 1, :, 0] = weights[:, 1]
    torch.neg(weights[:, 1], out=made[:, 0, :, 1])
    return made.view(p, 2 * k, 2 * c)


def _from_matrices(made: Tensor, k: int, c: int) -> Tensor:
    """The transpose of ``_as_matrices``: (P, 2 * K, 2 * C) -> (P, 2, K, C)."""
    made = made.view(-1, 2, k, 2, c)
    weights = made.new_empty(len(made), 2, k, c)
    torch.add(made[:, 0, :, 0], made[:, 1, :, 1], out=weights[:, 0])
    torch.sub(made[:, 1, :, 0], made[:, 0, :, 1], out=weights[:, 1])
    return weights


class _Convolution(torch.autograd.Function):
    """See ``convolution``."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        w, h, c, n = x.shape
        k, side = weight.shape[0], weight.shape[2]
        waves = _waves(w, side, x.dtype)
        spectrum = _spectrum(x.reshape(w, h, c * n), waves.image).view(-1, 2 * c, n)
        kernels = weight.permute(3, 2, 0, 1).reshape(side, side, k * c)
        matrices = _as_matrices(_spectrum(kernels, waves.kernel).view(-1, 2, k, c))
        ctx.save_for_backward(spectrum, matrices)
        ctx.shapes = w, side, k, c, n
        made = _from_spectrum(torch.bmm(matrices, spectrum).view(-1, 2, k * n), waves.image)
        return made.view(w, h, k, n).add_(bias[:, None])

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        (g,) = grads
        spectrum, matrices = ctx.saved_tensors
        w, side, k, c, n = ctx.shapes
        waves = _waves(w, side, g.dtype)
        flat = g.reshape(w, w, k * n)
        found = _spectrum(flat, waves.image).view(-1, 2 * k, n)
        of_x = _from_spectrum(torch.bmm(matrices.transpose(1, 2), found).view(-1, 2, c * n), waves.image)
        of_kernels = _from_matrices(torch.bmm(found, spectrum.transpose(1, 2)), k, c).view(-1, 2, k * c)
        of_weight = _from_spectrum(of_kernels, waves.kernel).view(side, side, k, c).permute(2, 3, 1, 0)
        return of_x.view(w, w, c, n), of_weight, flat.sum((0, 1)).view(k, n).sum(1)


class _Norm(torch.autograd.Function):
    """A batch norm of (W, H, C, N) by its own mean and variance, which it gives as well, (C,) each: PyTorch's own takes several
    times as long with the channels in this place."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, eps: float) -> tuple[Tensor, Tensor, Tensor]:
        n = x.shape[3]
        mean = x.mean((0, 1)).mean(1)
        made = x - _each(mean, n)
        variance = (made * made).mean((0, 1)).mean(1)
        scale = (variance + eps).rsqrt()
        made.mul_(_each(scale * weight, n)).add_(_each(bias, n))
        ctx.save_for_backward(x, weight, mean, scale)
        ctx.mark_non_differentiable(mean, variance)
        return made, mean, variance

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        g = grads[0]
        x, weight, mean, scale = ctx.saved_tensors
        n, count = x.shape[3], x.numel() // len(mean)
        of_bias = g.sum((0, 1)).sum(1)
        of_weight = ((g * x).sum((0, 1)).sum(1) - mean * of_bias) * scale
        # What changes mean and variance does not come out: g less its mean, and less its part along x.
        factor, along = scale * weight, -scale * of_weight / count
        of_x = g * _each(factor, n)
        of_x.addcmul_(x, _each(factor * along, n)).sub_(_each(factor * (of_bias / count + along * mean), n))
        return of_x, of_weight, of_bias, None


def _each(values: Tensor, n: int) -> Tensor:
    """(C,) -> (C, N), really n times in memory: a row of C * N numbers is then computed in one go."""
    return values[:, None].expand(-1, n).contiguous()

"""A head that sees whether a face is covered, for a network that is there already and stays as it is.

The last features of a network are means over places, made for expressions; a mask leaves little trace in them. This head takes
maps of earlier stages, where the network still knows where what is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aiducation.preprocess import to_input
from aiducation.texts import N_
from aiducation.training.camera_pictures import CameraPictures, as_camera
from aiducation.training.camera_recipe import BARELY, COVERED
from aiducation.training.covers import cover
from aiducation.training.draws import Draw

#: (N, 48, 48) uint8 faces -> the maps (N, C, h, w) float32 that the head takes, one array for each stage.
Maps = Callable[[np.ndarray], Sequence[np.ndarray]]

#: Channels that the head makes of the maps of a stage, units of its hidden layer, and places along a side that are left.
CHANNELS, HIDDEN, _SIDE = 16, 16, 6

#: Faces of a step, highest rate, weight decay, and share of a step's faces that are covered.
_FACES, _RATE, _DECAY, _SHARE = 256, 5e-3, 0.02, 0.5

#: One face of so many is covered as it is; the others as a camera shows them.
_PLAIN = 3

#: Share of the faces that lie at the edge of their picture.
_EDGES = 0.15

#: After the first half of the steps, this share of the training images, those that look most covered as they are, counts no
#: longer as clear: people who hide their faces are among them.
DOUBTED = 0.02


#: What a model with such a head says of its limits.
COVER_LIMIT = N_(
    "It gives no state to faces of which it notices that a mask, a hand or a thing hides much. It overlooks some of them, and "
    "was not made to notice sunglasses."
)


class CoverHead(nn.Module):
    """Maps of some stages -> (N,) logit that the face is covered."""

    def __init__(self, shapes: Sequence[tuple[int, ...]]) -> None:
        super().__init__()
        self.reduce = nn.ModuleList(
            nn.Conv2d(width, CHANNELS, 3, stride=max(1, side // _SIDE), padding=1) for width, side, _ in shapes
        )
        (left,) = {-(-side // max(1, side // _SIDE)) for _, side, _ in shapes}
        self.mix = nn.Conv2d(CHANNELS * len(shapes), CHANNELS, 3, padding=1)
        self.hidden = nn.Linear(CHANNELS * left * left, HIDDEN)
        self.out = nn.Linear(HIDDEN, 1)

    def forward(self, maps: Sequence[Tensor]) -> Tensor:
        seen = [F.relu(reduce(one)) for reduce, one in zip(self.reduce, maps, strict=True)]
        mixed = F.relu(self.mix(torch.cat(seen, dim=1)))
        logits: Tensor = self.out(F.relu(self.hidden(mixed.flatten(1))))
        return logits[:, 0]


@dataclass(frozen=True)
class _Batch:
    """Faces with made covers.

    Attributes:
        faces: (B, 48, 48) uint8.
        covered: (B,) float32, 1 or 0.
        clear: (B,) float32, 1 where that is certain.
    """

    faces: np.ndarray
    covered: Tensor
    clear: Tensor


def learn_covers(maps: Maps, images: np.ndarray, *, epochs: int, seed: int) -> CoverHead:
    """A head that was learned on faces half of which have a made cover.

    Args:
        maps: of the network that stays as it is.
        images: (N, 48, 48) uint8 training images.
        epochs: how often each image is seen.
        seed: of weights, order, covers.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        head = CoverHead([one.shape[1:] for one in maps(images[:1])])
    steps = epochs * (len(images) // _FACES)
    optimizer = torch.optim.AdamW(head.parameters(), _RATE, weight_decay=_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=steps, pct_start=0.1)
    generator, certain = torch.Generator().manual_seed(seed), np.ones(len(images), dtype=bool)
    for epoch in range(epochs):
        order = torch.randperm(len(images), generator=generator).numpy()
        if epoch == (epochs + 1) // 2:
            logits = cover_logits(head, maps, images)
            certain = logits < np.quantile(logits, 1 - DOUBTED)
        for start in range(0, len(images) - _FACES + 1, _FACES):
            rows = order[start : start + _FACES]
            batch = _batch(images[rows], certain[rows], generator)
            seen = [torch.from_numpy(one) for one in maps(batch.faces)]
            loss = F.binary_cross_entropy_with_logits(head(seen), batch.covered, weight=batch.clear)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
    return head.eval()


@torch.no_grad()
def cover_logits(head: CoverHead, maps: Maps, faces: np.ndarray) -> np.ndarray:
    """(N,) float32 logits that faces (N, 48, 48) uint8 are covered."""
    made = [
        head([torch.from_numpy(one) for one in maps(faces[start : start + _FACES])])
        for start in range(0, len(faces), _FACES)
    ]
    return np.asarray(torch.cat(made).numpy())


def _batch(faces: np.ndarray, certain: np.ndarray, generator: torch.Generator) -> _Batch:
    images = torch.from_numpy(to_input(np.ascontiguousarray(faces)))
    images = _at_the_edge(images, Draw(len(images), images.device, generator))
    plain, others = images[: len(images) // _PLAIN], images[len(images) // _PLAIN :]
    draw = Draw(len(plain), plain.device, generator)
    one, hidden = cover(torch.where(draw.chosen(0.5), plain.flip(3), plain), _SHARE, draw)
    other, hidden_too = as_camera(others, CameraPictures(cover=_SHARE), generator)
    share = torch.cat([hidden, hidden_too])
    covered = share > COVERED
    clear = covered | ((share < BARELY) & torch.from_numpy(certain))
    pixels = (torch.cat([one, other])[:, 0] * 255).round().to(torch.uint8)
    return _Batch(pixels.numpy(), covered.float(), clear.float())


def _at_the_edge(images: Tensor, draw: Draw) -> Tensor:
    """Some faces as if they lay at the edge of their picture: what lies outside repeats the edge, and is no cover."""
    side = images.shape[-1]
    at = torch.arange(side, device=images.device)
    wide = (draw.between(0.05, 0.45) * side * draw.chosen(_EDGES)).long()
    far = torch.where(draw.chosen(0.5), at.clamp(max=side - 1 - wide), torch.maximum(at, wide))
    from_x = far.expand(-1, 1, side, side)
    turned = draw.chosen(0.25)
    cut = torch.where(turned, images.transpose(2, 3), images).gather(3, from_x)
    return torch.where(turned, cut.transpose(2, 3), cut)

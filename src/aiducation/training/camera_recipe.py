"""Tuning for cameras: a trained flagship learns on from faces as a camera in a room shows them."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aiducation.errors import ConfigError
from aiducation.preprocess import to_input
from aiducation.schemas import check, like
from aiducation.training.camera_pictures import CameraPictures, as_camera
from aiducation.training.flagship import FlagshipConfig
from aiducation.training.flagship_recipe import FlagshipRecipe

#: Width of the second framing that the teacher sees, in widths of the first.
_NARROW = 0.75

#: Images that the teacher sees at once.
_BATCH = 256

#: How the product frames faces, compared with the training square: width of 90 % of the faces, and shift as a share of the side
#: (mean of the ends of 90 %). Source: results/framing.json (benchmarks/framing.py), 5 % and 95 % of all faces.
FRAMING, SHIFT = (0.71, 1.36), 0.11

#: A face of which less is hidden counts as not covered, one of which more is as covered; between them nothing is learned.
BARELY, COVERED = 0.03, 0.15


@dataclass(frozen=True, kw_only=True)
class CameraConfig(FlagshipConfig):
    """A flagship's options for tuning: one cycle, plain labels, and how pictures are changed instead of ``augmentation``.

    Attributes:
        cover_weight: weight of the loss on whether a face is covered.
        pictures: what cameras do to a face.
    """

    cycles: tuple[int, ...] = (36,)
    learning_rate: float = 2e-3
    warmup: float = 0.5
    softness: float = 0.0
    cover_weight: float = 0.2
    pictures: CameraPictures = field(default_factory=lambda: CameraPictures(framing=FRAMING, shift=SHIFT))

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.cover_weight <= 1000:
            raise ConfigError(f"cover_weight must be from 0 to 1000, not {self.cover_weight:g}.")

    def to_json(self) -> dict[str, Any]:
        """JSON values of every field, with the recipe's name."""
        return {**super().to_json(), "recipe": "camera"}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> CameraConfig:
        """Read what ``to_json`` gave.

        Raises:
            ConfigError: a field is missing, unknown, of another type or outside its range.
        """
        own = {name: value.get(name) for name in ("pictures", "cover_weight")}
        if why := check(own, like({name: cls().to_json()[name] for name in own})):
            raise ConfigError(f"The options of the recipe camera are not valid: {why}.")
        pictures, weight = own["pictures"], own["cover_weight"]
        assert isinstance(pictures, dict) and isinstance(weight, float)  # as it was checked
        ranges: dict[str, Any] = {name: tuple(one) if isinstance(one, list) else one for name, one in pictures.items()}
        plain = FlagshipConfig.from_json({name: one for name, one in value.items() if name not in own})
        fields = {one.name: getattr(plain, one.name) for one in dataclasses.fields(plain)}
        return cls(**fields, pictures=CameraPictures(**ranges), cover_weight=weight)


class CameraRecipe(FlagshipRecipe):
    """Tunes a trained flagship, with whose weights the run starts (``train --recipe camera --from RUN``).

    The export then learns the outcome head anew (``head_refit``). If there is a second cycle, half of each of its targets is what
    the network said of the unchanged face at the end of the cycle before, averaged over two framings and their mirror images:
    what takes four passes at use is learned for one, and from a dark or covered copy what can be seen in the clear one.
    """

    config: CameraConfig
    learns_covers = True

    def _changed(self, images: Tensor, generator: torch.Generator) -> tuple[Tensor, tuple[Tensor, ...]]:
        images, hidden = as_camera(images, self.config.pictures, generator)
        return images, (hidden,)

    def loss(self, outputs: Any, truth: Tensor, lesson: tuple[Tensor, ...]) -> Tensor:
        outcomes, votes, hidden = lesson
        plain, clear = super().loss(outputs, truth, (outcomes, votes)), (hidden < BARELY) | (hidden > COVERED)
        covered = F.binary_cross_entropy_with_logits(
            outputs[2][:, 0].float(), (hidden > COVERED).float(), weight=clear.float()
        )
        return plain + self.config.cover_weight * covered

    @torch.no_grad()
    def _answers(self, teacher: nn.Module, faces: Tensor) -> tuple[Tensor, Tensor]:
        """By mean logits of two framings and their mirror images."""
        cut = round(faces.shape[-1] * (1 - _NARROW) / 2)
        made: list[tuple[Tensor, Tensor]] = []
        for some in faces.split(_BATCH):
            whole = to_input(some)
            inner = whole[..., cut:-cut, cut:-cut]
            near = F.interpolate(inner, size=whole.shape[-2:], mode="bilinear", align_corners=False)
            seen = [teacher(view) for one in (whole, near) for view in (one, one.flip(3))]
            outcomes, votes = (
                torch.stack([one[head].float() for one in seen]).mean(dim=0).softmax(1) for head in (0, 1)
            )
            made.append((outcomes, votes))
        outcomes, votes = (torch.cat(parts) for parts in zip(*made, strict=True))
        return outcomes, votes

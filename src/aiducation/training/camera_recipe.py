"""Tuning for cameras: a trained flagship learns on from faces as a camera in a room shows them."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aiducation.errors import ConfigError
from aiducation.preprocess import to_input
from aiducation.schemas import check, like
from aiducation.training.batches import Part, epoch_seed
from aiducation.training.camera_pictures import CameraPictures, as_camera
from aiducation.training.flagship import FlagshipConfig
from aiducation.training.flagship_recipe import FlagshipRecipe

#: Width of the second framing that the teacher sees, in widths of the first.
_NARROW = 0.75

#: Images that the teacher sees at once.
_BATCH = 256


@dataclass(frozen=True, kw_only=True)
class CameraConfig(FlagshipConfig):
    """A flagship's options for tuning: one short cycle at a lower rate, and how pictures are changed instead of ``augmentation``.

    Attributes:
        pictures: what cameras do to a face.
    """

    cycles: tuple[int, ...] = (10,)
    learning_rate: float = 1e-3
    warmup: float = 0.5
    dropout: float = 0.1
    pictures: CameraPictures = field(default_factory=CameraPictures)

    def to_json(self) -> dict[str, Any]:
        """JSON values of every field, with the recipe's name."""
        return {**super().to_json(), "recipe": "camera"}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> CameraConfig:
        """Read what ``to_json`` gave.

        Raises:
            ConfigError: a field is missing, unknown, of another type or outside its range.
        """
        pictures = value.get("pictures")
        if why := check(pictures, like(cls().to_json()["pictures"])):
            raise ConfigError(f"The options of the recipe camera are not valid: in its pictures, {why}.")
        assert isinstance(pictures, dict)
        ranges: dict[str, Any] = {name: tuple(one) if isinstance(one, list) else one for name, one in pictures.items()}
        rest = {name: one for name, one in value.items() if name != "pictures"}
        plain = FlagshipConfig.from_json(rest)
        fields = {one.name: getattr(plain, one.name) for one in dataclasses.fields(plain)}
        return cls(**fields, pictures=CameraPictures(**ranges))


class CameraRecipe(FlagshipRecipe):
    """Tunes a trained flagship, with whose weights the run starts (``train --recipe camera --start RUN``).

    Half of each target is what these first weights say of the unchanged face, averaged over two framings and their mirror images:
    what takes four passes at use is learned for one, and from a dark or covered copy what can be seen in the clear one.
    """

    config: CameraConfig

    def batches(self, part: Part, epoch: int) -> Iterator[tuple[Tensor, Tensor, tuple[Tensor, ...]]]:
        size = self.config.batch_size
        generator = torch.Generator().manual_seed(epoch_seed(self.config.seed, epoch))
        order = torch.randperm(len(part), generator=generator).to(part.images.device)
        outcomes, votes = self._mixed[1] if self._mixed else part.soft
        for step in range(self.steps(len(part))):
            rows = order[step * size : (step + 1) * size]
            images = as_camera(to_input(part.images[rows]), self.config.pictures, generator)
            yield images, part.targets[rows], (outcomes[rows], votes[rows])

    def begin_epoch(self, epochs_done: int, train: Part, judged: nn.Module) -> None:
        if epochs_done == 0:
            self._teacher, self._mixed = copy.deepcopy(judged).eval(), None
        super().begin_epoch(epochs_done, train, judged)

    def _mix_in(self, teacher: nn.Module, part: Part) -> tuple[Tensor, Tensor]:
        """Targets with the first weights' share in the outcomes; the votes are people's alone."""
        outcomes, votes = part.soft
        return torch.lerp(outcomes, _answers(teacher, part.images), self.config.teacher_weight), votes


@torch.no_grad()
def _answers(network: nn.Module, faces: Tensor) -> Tensor:
    """(N, 5) float32 probabilities of (N, 48, 48) uint8 faces: mean logits of two framings and their mirror images."""
    cut = round(faces.shape[-1] * (1 - _NARROW) / 2)
    made = []
    for some in faces.split(_BATCH):
        whole = to_input(some)
        inner = whole[..., cut:-cut, cut:-cut]
        near = F.interpolate(inner, size=whole.shape[-2:], mode="bilinear", align_corners=False)
        views = [view for one in (whole, near) for view in (one, one.flip(3))]
        made.append(torch.stack([network(view)[0].float() for view in views]).mean(dim=0).softmax(1))
    return torch.cat(made)

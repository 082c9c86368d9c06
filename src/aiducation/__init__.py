"""Find the apparent states of students' faces, and reproduce the study behind the models.

Importing this package loads nothing heavy: each public name is imported when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the same names as below, for editors and type checkers
    from aiducation.data.criteria import CRITERIA as CRITERIA
    from aiducation.data.dataset import Dataset as Dataset
    from aiducation.data.splits import Split as Split
    from aiducation.data.vote_files import read_votes as read_votes
    from aiducation.data.votes import VoteTable as VoteTable
    from aiducation.errors import AiducationError as AiducationError
    from aiducation.exports.formats import FORMATS as FORMATS
    from aiducation.exports.formats import save as save
    from aiducation.observations.faces import Faces as Faces
    from aiducation.observations.group import Group as Group
    from aiducation.observations.group import group_of as group_of
    from aiducation.observations.recording import Recording as Recording
    from aiducation.observations.timeline import timeline as timeline
    from aiducation.predictions import Predictions as Predictions
    from aiducation.runs import RunFolder as RunFolder
    from aiducation.states import OUTCOMES as OUTCOMES
    from aiducation.states import STATES as STATES
    from aiducation.training.config import TrainConfig as TrainConfig
    from aiducation.training.learner import Learner as Learner
    from aiducation.training.models import MODELS as MODELS
    from aiducation.training.models import build_model as build_model
    from aiducation.vision.analyzer import Analyzer as Analyzer

__version__ = "0.1.0"

# Public name -> the module it lives in.
_PUBLIC = {
    "STATES": "aiducation.states",
    "OUTCOMES": "aiducation.states",
    "Analyzer": "aiducation.vision.analyzer",
    "Faces": "aiducation.observations.faces",
    "Group": "aiducation.observations.group",
    "group_of": "aiducation.observations.group",
    "save": "aiducation.exports.formats",
    "FORMATS": "aiducation.exports.formats",
    "Recording": "aiducation.observations.recording",
    "timeline": "aiducation.observations.timeline",
    "AiducationError": "aiducation.errors",
    "Predictions": "aiducation.predictions",
    "RunFolder": "aiducation.runs",
    "VoteTable": "aiducation.data.votes",
    "read_votes": "aiducation.data.vote_files",
    "Dataset": "aiducation.data.dataset",
    "Split": "aiducation.data.splits",
    "CRITERIA": "aiducation.data.criteria",
    "Learner": "aiducation.training.learner",
    "TrainConfig": "aiducation.training.config",
    "MODELS": "aiducation.training.models",
    "build_model": "aiducation.training.models",
}

__all__ = ["__version__", *sorted(_PUBLIC)]


if not TYPE_CHECKING:  # for a type checker every name would be there, and of any type

    def __getattr__(name: str) -> Any:
        if name not in _PUBLIC:
            raise AttributeError(f"module 'aiducation' has no attribute '{name}'")
        try:
            module = importlib.import_module(_PUBLIC[name])
        except ModuleNotFoundError as error:
            errors = importlib.import_module("aiducation.errors")
            if (error.name or "").split(".")[0] not in errors.TRAIN_PACKAGES:
                raise
            raise errors.missing_extra(error.name, "train") from error
        return getattr(module, name)


def __dir__() -> list[str]:
    return list(__all__)

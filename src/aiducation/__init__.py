"""Find the apparent states of students' faces, and reproduce the study behind the models.

Importing this package loads nothing heavy: each public name is imported when it is first used.
"""

from __future__ import annotations

import importlib
from typing import Any

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


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'aiducation' has no attribute '{name}'")
    return getattr(importlib.import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return list(__all__)

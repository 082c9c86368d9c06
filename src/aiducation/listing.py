"""The tables of ``aiducation list``, made from the tables of formats, detectors, criteria and so on."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from aiducation.errors import unknown_name

KINDS = ("models", "criteria", "splits", "formats", "detectors", "annotations")


def rows(what: str) -> tuple[list[str], list[list[Any]]]:
    """Column names and rows of one list.

    Raises:
        ConfigError: there is no such list.
    """
    if what == "models":
        columns = ["name", "parameters", "multiply_adds", "weights_mb"]
        return columns, [[name, n, adds, round(size / 1e6, 1)] for name, (n, adds, size) in _model_sizes().items()]
    if what == "criteria":
        from aiducation.data.criteria import CRITERIA

        return ["name", "description"], [[c.name, c.description] for c in CRITERIA.values()]
    if what == "splits":
        from aiducation.data.splits import SPLITS

        texts = {name: " ".join((make.__doc__ or "").split()) for name, make in SPLITS.items()}
        texts["folds10"] = (
            "Ten folds with equal shares of each state; duplicates of one photo are always in the same fold (other "
            "numbers: folds5)."
        )
        return ["name", "description"], [[name, text] for name, text in texts.items()]
    if what == "formats":
        from aiducation.exports.formats import FORMATS

        return ["name", "description", "photo", "recording", "default"], [
            [name, one.about, *(" ".join(k.ending for k in kinds) for kinds in (one.photo, one.recording)), one.default]
            for name, one in FORMATS.items()
        ]
    if what == "detectors":
        from aiducation.vision.detectors import DETECTORS

        return ["name", "description"], [[name, one.about] for name, one in DETECTORS.items()]
    if what == "annotations":
        from aiducation.exchange.formats import ANNOTATION_FORMATS

        return ["name", "description", "ending", "photos", "recordings", "written"], [
            [name, one.about, one.ending, one.photos, one.recordings, one.write is not None]
            for name, one in ANNOTATION_FORMATS.items()
        ]
    raise unknown_name("list", what, KINDS)


def _model_sizes() -> dict[str, tuple[int, int, int]]:
    """Parameters, multiply-adds and bytes of each model: of models that somebody added, too, where PyTorch can measure them."""
    from aiducation.training.model_sizes import SIZES

    if find_spec("torch") is None:
        return SIZES
    from aiducation.training.models import MODELS, model_size

    added = {name: model_size(name) for name in MODELS if name not in SIZES}
    measured = {name: (one.parameters, one.multiply_adds, one.weight_bytes) for name, one in added.items()}
    return {name: SIZES.get(name) or measured[name] for name in MODELS}

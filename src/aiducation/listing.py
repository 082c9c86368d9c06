"""The tables of ``aiducation list``, made from the tables of formats, detectors, criteria and so on."""

from __future__ import annotations

from typing import Any

from aiducation.errors import require, unknown_name

KINDS = ("models", "criteria", "splits", "formats", "detectors", "annotations")


def rows(what: str) -> tuple[list[str], list[list[Any]]]:
    """Column names and rows of one list.

    Raises:
        ConfigError: there is no such list.
        MissingExtraError: models need the training extra.
    """
    if what == "models":
        require("torch", "train")
        from aiducation.training.models import MODELS, model_size

        sizes = {name: model_size(name) for name in MODELS}
        columns = ["name", "parameters", "multiply_adds", "weights_mb"]
        return columns, [[n, s.parameters, s.multiply_adds, round(s.weight_bytes / 1e6, 1)] for n, s in sizes.items()]
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

"""What an analyzer writes into its results about itself: the model, and the options as reports name them."""

from __future__ import annotations

from aiducation import __version__
from aiducation.observations.assumptions import Assumptions
from aiducation.observations.faces import VERSION, MadeWith
from aiducation.texts import N_
from aiducation.vision.classifier import Classifier
from aiducation.vision.devices import Device


def made_with(
    classifier: Classifier,
    assumptions: Assumptions,
    *,
    threshold: float,
    detector: str,
    min_face: float,
    device: Device,
    seed: int | None,
) -> MadeWith:
    """The model, the assumptions and the options of an ``Analyzer``."""
    info = classifier.info
    return MadeWith(
        model={
            "name": info.name,
            "criteria": info.criteria,
            "data_hash": info.data_hash,
            "temperature": info.temperature,
            "threshold": threshold,
            "assumed": assumptions.to_json(),
            "off_by": assumptions.off_by(info),
            "scores": info.scores,
            "elsewhere": info.elsewhere,
            "limits": info.limits,
        },
        settings={
            VERSION: __version__,
            N_("detector"): detector,
            N_("smallest face that is judged"): f"{min_face:g} pixels",
            N_("device"): device.words,
            N_("model file"): classifier.path.name,
            **({} if seed is None else {"seed of the track ids": str(seed)}),
            **assumptions.words(),
            "view": assumptions.view,
        },
    )

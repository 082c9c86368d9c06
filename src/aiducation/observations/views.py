"""Views: a result as pictures, videos, reports and the page show it: with some outcomes merged, and without the states that
``withheld`` withholds."""

from __future__ import annotations

from dataclasses import replace
from typing import overload

import numpy as np

from aiducation.observations.counts import NOT_SURE
from aiducation.observations.decision import decide
from aiducation.observations.faces import Faces
from aiducation.observations.group import Group
from aiducation.observations.recording import Recording
from aiducation.observations.withheld import seen_well
from aiducation.states import WITHHELD


@overload
def in_view(result: Faces, view: str, threshold: float) -> Faces: ...
@overload
def in_view(result: Recording, view: str, threshold: float) -> Recording: ...
def in_view(result: Faces | Recording, view: str, threshold: float) -> Faces | Recording:
    """The result with the states of another view, decided anew from the same probabilities.

    Args:
        result: what was seen, before anything is withheld.
        view: of ``states.VIEWS``.
        threshold: probabilities below it are "not sure".

    Raises:
        ConfigError: there is no such view.
    """
    if isinstance(result, Recording):
        return replace(result, frames=tuple(in_view(faces, view, threshold) for faces in result.frames))
    lasting = ["" if reason == NOT_SURE else reason for reason in result.reasons]
    states, reasons = decide(result.probs, lasting, threshold, view)
    return replace(result, view=view, states=states, reasons=reasons)


@overload
def for_views(result: Faces, group: Group) -> Faces: ...
@overload
def for_views(result: Recording, group: Group) -> Recording: ...
@overload
def for_views(result: Faces | Recording, group: Group) -> Faces | Recording: ...
def for_views(result: Faces | Recording, group: Group) -> Faces | Recording:
    """The result without states and probabilities where too few participants are seen well.

    Faces that could not be judged keep their reasons: they say why so few were seen well.

    Args:
        result: what was seen.
        group: of this result; its ``min_group`` is the smallest group whose single states are shown.
    """
    if not group.hidden.any():
        return result
    if isinstance(result, Faces):
        return _without_states(result)
    frames = zip(result.frames, group.hidden, strict=True)
    return replace(result, frames=tuple(_without_states(faces) if hide else faces for faces, hide in frames))


def _without_states(faces: Faces) -> Faces:
    seen = seen_well(faces)
    return replace(
        faces,
        probs=np.full_like(faces.probs, np.nan),
        votes=np.full_like(faces.votes, np.nan),
        states=tuple(WITHHELD if well else state for state, well in zip(faces.states, seen, strict=True)),
        reasons=tuple("" if well else reason for reason, well in zip(faces.reasons, seen, strict=True)),
    )

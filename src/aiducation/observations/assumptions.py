"""Assumptions: what an answer takes for granted about the place where the faces were seen, applied before the decision.

A model's probabilities hold for faces like those it was calibrated on: there, each outcome has its share (the priors), and
pictures are made in one way (the conditions). Elsewhere other shares may be expected, some states cannot occur, and the model
knows less than it thinks. None of this needs the network again, so it is a pure function of its probabilities.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from aiducation.errors import ConfigError, unknown_name
from aiducation.model_info import ModelInfo
from aiducation.observations.elsewhere import off_by
from aiducation.observations.outcomes import outcomes_of
from aiducation.states import CALM, OTHER, OUTCOMES, STATES, VIEWS
from aiducation.texts import N_

#: Names of priors and of conditions. "training" is what the model was calibrated on.
BALANCED, TRAINING, OWN, CAMERA = N_("balanced"), N_("training"), N_("own"), N_("camera")

#: Priors that have a name, and what each assumes.
PRIORS: dict[str, str] = {
    BALANCED: "the states that are shown are equally likely, apart from other",
    TRAINING: "the states are as frequent as in the images that the model was calibrated on",
}

#: Conditions under which pictures are made, and what is done for each.
CONDITIONS: dict[str, str] = {
    CAMERA: "people and cameras that the model was not trained on: probabilities are lowered to what was measured on "
    "such pictures",
    TRAINING: "pictures like those that the model was trained on: probabilities are as calibrated on them",
}

#: Columns of the two states that are hardly told apart on faces from elsewhere.
_SPLIT = [OUTCOMES.index(name) for name in VIEWS[CALM][CALM]]

#: Probabilities below this count as this much: a logarithm of 0 has no value.
_TINY = 1e-9


@dataclass(frozen=True, kw_only=True)
class Assumptions:
    """What an answer takes for granted; make it with ``Assumptions.of``.

    Attributes:
        priors: "balanced", "training" or "own".
        shares: how often each of ``OUTCOMES`` is expected; 0 for what cannot occur. Empty if the model does not say what it was
            calibrated on: then nothing is known of them, and they stay as they are.
        learned: how often each was among the images that the model was calibrated on; empty as ``shares``.
        possible: the outcomes that can occur, in the order of ``OUTCOMES``; "other" always can.
        conditions: "camera" or "training".
        temperature: logits are divided by it, so that probabilities are lowered; 1 changes nothing.
        split_temperature: the same for what is learned of neutral against focused alone; it comes first.
        threshold: below this probability the answer is "not sure", unless somebody asks for another one.
        view: of ``states.VIEWS``, that the numbers are for.
    """

    priors: str = TRAINING
    shares: tuple[float, ...] = ()
    learned: tuple[float, ...] = ()
    possible: tuple[str, ...] = OUTCOMES
    conditions: str = TRAINING
    temperature: float = 1.0
    split_temperature: float = 1.0
    threshold: float = 0.0
    view: str = "states"

    @classmethod
    def of(
        cls,
        info: ModelInfo,
        *,
        priors: str | Mapping[str, float] | None = None,
        possible: Iterable[str] | str | None = None,
        conditions: str | None = None,
        view: str = "states",
    ) -> Assumptions:
        """The assumptions for a model.

        Args:
            info: of the model.
            priors: a name of ``PRIORS``, or own shares: a mapping from outcome to share, or text such as
                "neutral=0.5,focused=0.4,bored=0.1"; "other" keeps the model's share where it is not named. None takes the
                model's default.
            possible: the states that can occur, a list or text with commas; None for all. "other" always can, so that a smile is
                never hidden.
            conditions: a name of ``CONDITIONS``; None means "camera" if the model was measured under such conditions.
            view: of ``states.VIEWS``: what it shows is equally likely if priors are balanced, and it has its own threshold.

        Raises:
            ConfigError: there are no such priors, states or conditions, or the model does not say what it was calibrated on.
        """
        learned = tuple(info.priors.get(outcome, 0.0) for outcome in OUTCOMES) if info.priors else ()
        outcomes_of(view)  # an unknown view is refused
        outcomes = _possible(possible)
        name, shares = _shares(info.assumed_priors if priors is None else priors, learned, info.name, view)
        conditions = conditions or (CAMERA if info.camera else TRAINING)
        if conditions not in CONDITIONS:
            raise unknown_name("condition", conditions, CONDITIONS)
        if conditions == CAMERA and not info.camera:
            raise ConfigError(
                f"Model '{info.name}' was not measured with other cameras; only the conditions 'training' can be used."
            )
        if shares:
            shares = tuple(share if one in outcomes else 0.0 for one, share in zip(OUTCOMES, shares, strict=True))
            if not sum(shares) > 0:
                raise ConfigError(
                    "The priors give every state that can occur a share of 0; give at least one of them a larger share."
                )
        merged, at_camera = view != "states", conditions == CAMERA
        return cls(
            priors=name,
            shares=tuple(share / sum(shares) for share in shares),
            learned=learned,
            possible=outcomes,
            conditions=conditions,
            temperature=info.camera["calm_temperature" if merged else "temperature"] if at_camera else 1.0,
            split_temperature=info.camera["split_temperature"] if at_camera and not merged else 1.0,
            threshold=info.camera["calm_threshold" if merged else "threshold"] if at_camera else info.threshold,
            view=view,
        )

    def but(
        self,
        info: ModelInfo,
        *,
        priors: str | Mapping[str, float] | None = None,
        possible: Iterable[str] | str | None = None,
        conditions: str | None = None,
        view: str | None = None,
    ) -> Assumptions:
        """Other assumptions for the same model; None keeps what these assume. See ``of``."""
        kept = dict(zip(OUTCOMES, self.shares, strict=True)) if self.priors == OWN else self.priors
        return Assumptions.of(
            info,
            priors=kept if priors is None else priors,
            possible=self.possible if possible is None else possible,
            conditions=conditions or self.conditions,
            view=view or self.view,
        )

    def apply(self, probs: np.ndarray) -> np.ndarray:
        """(N, 5) float32 probabilities under these assumptions.

        Args:
            probs: (N, 5), as the model gives them; rows of NaN stay.
        """
        probs = np.asarray(probs, dtype=np.float32)
        if self.changes_nothing:
            return probs
        made = _normal(np.maximum(probs.astype(np.float64), _TINY) * self.weights)
        if self.split_temperature != 1:
            pair = made[:, _SPLIT]
            made[:, _SPLIT] = pair.sum(axis=1, keepdims=True) * _tempered(pair, self.split_temperature)
        return np.asarray(_tempered(made, self.temperature), dtype=np.float32)

    @property
    def weights(self) -> np.ndarray:
        """(5,) by what the probabilities of a model are multiplied: expected share over learned share, 0 for what cannot occur.

        Of an outcome that was never seen in calibration nothing is known; a share of 0 in the divisor would make it certain.
        """
        possible = np.array([float(outcome in self.possible) for outcome in OUTCOMES])
        if not self.shares:
            return possible
        shares, learned = np.array(self.shares), np.array(self.learned)
        return np.asarray(possible * np.divide(shares, learned, out=(shares > 0) * 1.0, where=learned > 0))

    @property
    def changes_nothing(self) -> bool:
        """Whether the model's own probabilities come out."""
        return (
            self.temperature == self.split_temperature == 1
            and self.shares == self.learned
            and self.possible == OUTCOMES
        )

    def off_by(self, info: ModelInfo) -> float | None:
        """Mean calibration error as measured for cameras; None in the conditions of the training."""
        return off_by(info.elsewhere, self.view) if self.conditions == CAMERA else None

    def to_json(self) -> dict[str, Any]:
        """JSON values that name everything that was assumed."""
        return {
            "priors": self.priors,
            "shares": {one: round(share, 4) for one, share in zip(OUTCOMES, self.shares, strict=True)}
            if self.shares
            else None,
            "possible": list(self.possible),
            "conditions": self.conditions,
            "temperature": self.temperature,
            "split_temperature": self.split_temperature,
        }

    def words(self) -> dict[str, str]:
        """The assumptions for a reader: name of the setting -> its value."""
        shares = ", ".join(
            f"{one} {100 * share:.0f} %" for one, share in zip(OUTCOMES, self.shares, strict=True) if share
        ) if self.shares else "not known"  # fmt: skip
        said = PRIORS.get(self.priors, "chosen by the user")
        told = {N_("assumed priors"): f"{self.priors} ({said}): {shares}"}
        if self.possible != OUTCOMES:
            told["states that can occur"] = ", ".join(self.possible)
        return told | {N_("conditions"): f"{self.conditions} ({CONDITIONS[self.conditions]})"}


def _normal(values: np.ndarray) -> np.ndarray:
    return np.asarray(values / np.maximum(values.sum(axis=1, keepdims=True), _TINY**2))


def _tempered(probs: np.ndarray, temperature: float) -> np.ndarray:
    """Probabilities whose logits are divided by a temperature; what is impossible stays so."""
    return _normal(probs ** (1 / temperature))


def _possible(asked: Iterable[str] | str | None) -> tuple[str, ...]:
    if asked is None:
        return OUTCOMES
    names = [name.strip() for name in asked.split(",")] if isinstance(asked, str) else list(asked)
    names = [name for name in names if name]
    for name in names:
        if name not in OUTCOMES:
            raise unknown_name("state", name, OUTCOMES)
    if not set(names) & set(STATES):
        raise ConfigError(f"At least one state must be able to occur: one or more of {', '.join(STATES)}.")
    return tuple(outcome for outcome in OUTCOMES if outcome in names or outcome == OTHER)


def _shares(
    asked: str | Mapping[str, float], learned: tuple[float, ...], model: str, view: str
) -> tuple[str, tuple[float, ...]]:
    """Name and shares of the priors that were asked for."""
    if asked == TRAINING:
        return TRAINING, learned
    own = None if asked == BALANCED else _own(asked)
    if not learned:
        raise ConfigError(
            f"Model '{model}' does not state how frequent each state was in its calibration, so other priors cannot "
            f"be assumed; use the priors 'training', or export the model again."
        )
    other = learned[-1]
    if own is None:
        shown = [VIEWS[view][name] for name in outcomes_of(view) if name != OTHER]
        each = {one: (1 - other) / len(shown) / len(merged) for merged in shown for one in merged}
        return BALANCED, (*(each[state] for state in STATES), other)
    if OTHER not in own:
        total = sum(own.values())
        own = {name: share / total * (1 - other) for name, share in own.items()} | {OTHER: other}
    return OWN, tuple(own.get(outcome, 0.0) for outcome in OUTCOMES)


def _own(asked: str | Mapping[str, float]) -> dict[str, float]:
    """Own shares, each 0 or more."""
    if isinstance(asked, Mapping):
        pairs: list[tuple[str, Any]] = list(asked.items())
    else:
        if "=" not in asked and ":" not in asked:
            raise unknown_name("set of priors", asked, PRIORS)
        parts = [part.replace(":", "=").partition("=") for part in asked.split(",") if part.strip()]
        pairs = [(name.strip(), share.strip()) for name, _, share in parts]
    own: dict[str, float] = {}
    for name, share in pairs:
        if name not in OUTCOMES:
            raise unknown_name("state", name, OUTCOMES)
        try:
            own[name] = float(share)
        except (TypeError, ValueError):
            own[name] = math.nan
        if not 0 <= own[name] <= 1e6:
            raise ConfigError(
                f"The share of {name} must be a number from 0 to 1,000,000, such as 0.25, not {str(share)[:40]!r}."
            )
    if not sum(own.values()) > 0:
        raise ConfigError(
            "Your own priors need a share above 0 for at least one state, such as neutral=0.5,focused=0.5."
        )
    return own

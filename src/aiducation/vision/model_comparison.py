"""Model comparison: two or more models on the same labelled faces, with paired tests, by state and by group of people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from aiducation.defaults import PACKAGED
from aiducation.errors import ConfigError
from aiducation.evaluation.comparisons import Comparison, compare, holm
from aiducation.evaluation.groups import MIN_PHOTOS
from aiducation.evaluation.intervals import (
    LEVEL,
    RESAMPLES,
    Interval,
    mean_of_each,
    percentile_interval,
    resample_sums,
    score_intervals,
)
from aiducation.evaluation.metrics import balanced_words, expected_calibration_error
from aiducation.predictions import Predictions
from aiducation.states import OTHER
from aiducation.texts import N_, Texts
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.classifier import default_model_path
from aiducation.vision.devices import CPU
from aiducation.vision.own_faces import adapted_words, few_people, judge_faces, read_groups, read_labels
from aiducation.words import point_digits


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One model on the faces.

    Attributes:
        name: of the model, or its file where names repeat.
        predictions: on all faces; ``groups`` are people.
        scores: as ``score_intervals`` gives them.
        balanced: mean recall of the states that the faces have, "other" included where faces are labelled so.
        calibration_error: how far confidence and accuracy lie apart.
    """

    name: str
    predictions: Predictions
    scores: dict[str, Interval]
    balanced: Interval
    calibration_error: float


@dataclass(frozen=True, kw_only=True)
class Against:
    """A model against the first one, on the same faces.

    Attributes:
        name: of the model.
        accuracy: its lead in accuracy, with the exact paired sign-flip test over people.
        p_holm: that test's p-value, adjusted for all models that are compared.
        balanced: its lead in balanced accuracy.
        recall: state -> its lead in recall, for the states that the faces have.
        by_group: group of people -> its lead in accuracy there; groups of fewer than ``groups.MIN_PHOTOS`` people are withheld.
        p_by_group: the p-values of these, adjusted for all groups and models that are compared.
    """

    name: str
    accuracy: Comparison
    p_holm: float
    balanced: Interval
    recall: dict[str, Interval]
    by_group: dict[str, Comparison]
    p_by_group: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class ModelComparison:
    """Models on the same labelled faces.

    Attributes:
        models: each model; the first is what the others are compared with.
        against: the others against the first.
        notes: what a reader should know.
    """

    models: tuple[Judged, ...]
    against: tuple[Against, ...]
    notes: tuple[str, ...] = ()

    def rows(
        self,
        texts: Texts = Texts(),
    ) -> list[tuple[str, str, Interval | float | None, Interval | None, float | None]]:
        """Model, name of a score, the score, its lead over the first model, and the p-value of the lead where there is one."""
        found: list[tuple[str, str, Interval | float | None, Interval | None, float | None]] = []
        for one in self.models:
            lead = next((other for other in self.against if other.name == one.name), None)
            accuracy, p = (lead.accuracy.difference, lead.p_holm) if lead else (None, None)
            found.append((one.name, texts.gettext("accuracy"), one.scores["accuracy"], accuracy, p))
            balanced = texts.gettext(self._balanced_words)
            found.append((one.name, balanced, one.balanced, lead.balanced if lead else None, None))
            for state in self._states:
                name = texts.gettext("recall {state}", state=texts.gettext(state))
                score = one.scores[f"recall_{state}"]
                found.append((one.name, name, score, lead.recall[state] if lead else None, None))
            found.append((one.name, texts.gettext("calibration error"), one.calibration_error, None, None))
            for (group, gap), p in zip(lead.by_group.items(), lead.p_by_group.values(), strict=True) if lead else ():
                name = texts.gettext("accuracy of {group}", group=group)
                found.append((one.name, name, None, gap.difference, p))
        return found

    def table(self, texts: Texts = Texts()) -> tuple[list[str], list[list[str]]]:
        """The same as text for a terminal: heading and rows."""
        over = texts.gettext("lead over {first}", first=self.models[0].name)
        head = [N_("model"), N_("score"), N_("estimate"), N_("95 % interval"), over, N_("interval of the lead"), "p"]
        return head, [
            [name, what, *_cells(score, texts), *_lead(lead, texts), "" if p is None else _p(p, texts)]
            for name, what, score, lead, p in self.rows(texts)
        ]

    def headline(self, texts: Texts = Texts()) -> str:
        """How much more, or less, often than the first model the best of the others is right."""
        best = max(self.against, key=lambda one: one.accuracy.difference.estimate)
        gap, first = best.accuracy.difference, self.models[0]
        here = next(one.scores["accuracy"].estimate for one in self.models if one.name == best.name)
        shares = {"percent": texts.percent(here), "percent2": texts.percent(first.scores["accuracy"].estimate)}
        says = {"model": best.name, "first": first.name, **shares}
        certain = best.p_holm < 1 - LEVEL
        if not gap.has_limits and certain:
            return texts.gettext(
                N_(
                    "{model} is right more often than {first}, for {percent} and {percent2} of the faces; this is so for all "
                    "people alike"
                )
                if gap.estimate > 0
                else N_(
                    "{model} is right less often than {first}, for {percent} and {percent2} of the faces; this is so for all "
                    "people alike"
                ),
                **says,
            )
        if not gap.has_limits:
            return texts.gettext(
                "{model} and {first} are right for {percent} and {percent2} of the faces; the difference is not certain",
                **says,
            )
        digits = point_digits(gap.estimate, gap.low, gap.high)
        says |= {name: _signed(100 * end, digits, texts) for name, end in (("low", gap.low), ("high", gap.high))}
        if gap.low <= 0 <= gap.high or not certain:
            return texts.gettext(
                "{model} and {first} are right for {percent} and {percent2} of the faces; the difference is not certain "
                "({low} to {high})",
                **says,
            )
        differs = (
            N_(
                "{model} is right more often than {first}, by {points} percentage points ({low} to {high}): {percent} and "
                "{percent2} of the faces"
            )
            if gap.estimate > 0
            else N_(
                "{model} is right less often than {first}, by {points} percentage points ({low} to {high}): {percent} and "
                "{percent2} of the faces"
            )
        )
        return texts.gettext(differs, points=texts.number(100 * abs(gap.estimate), digits), **says)

    def entry(self) -> dict[str, Any]:
        """JSON values of everything."""
        models = {
            one.name: {
                "scores": {
                    name: _values(one.scores[name]) for name in ("accuracy", *(f"recall_{k}" for k in self._states))
                },
                "balanced_accuracy": _values(one.balanced),
                "calibration_error": round(one.calibration_error, 4),
            }
            for one in self.models
        }
        against = {
            one.name: {
                "accuracy": _values(one.accuracy.difference),
                "p_value": one.accuracy.p_value,
                "p_holm": one.p_holm,
                "balanced_accuracy": _values(one.balanced),
                "recall": {state: _values(value) for state, value in one.recall.items()},
                "by_group": {
                    group: {
                        **_values(found.difference),
                        "p_value": found.p_value,
                        "p_holm": one.p_by_group[group],
                        "faces": found.n_images,
                    }
                    for group, found in one.by_group.items()
                },
            }
            for one in self.against
        }
        return {
            "faces": len(self.models[0].predictions),
            "people": len(np.unique(self.models[0].predictions.groups)),
            "first": self.models[0].name,
            "balanced_accuracy_counts_other": OTHER in self._states,
            "models": models,
            "against_the_first": against,
            "notes": list(self.notes),
        }

    @property
    def _balanced_words(self) -> str:
        """What balanced accuracy is the mean of."""
        return balanced_words(OTHER in self._states)

    @property
    def _states(self) -> list[str]:
        first = self.models[0].predictions
        return [first.states[k] for k in np.unique(first.y_true)]


def compare_models(models: Sequence[Path | None], faces: Path, *, groups: Path | None = None) -> ModelComparison:
    """Judge models on the same labelled faces and compare all others with the first one.

    Args:
        models: ``.onnx`` files; None for the model that the package carries.
        faces: labelled faces, as ``own_faces.read_labels`` takes them.
        groups: a table with the columns file and group, which says to which group of people the person in a picture belongs.

    Raises:
        ConfigError: fewer than two models are named, or one twice.
        DataFileError: no face could be judged, or a picture has no group.
        ModelFileError: a model cannot be used.
    """
    paths = [(path or default_model_path()).resolve() for path in models]
    if len(set(paths)) < max(len(paths), 2):
        raise ConfigError("A comparison needs two different models or more.")
    labelled = read_labels(faces)
    if groups is not None:
        read_groups(groups, [face.path for face in labelled], some=True)  # what is wrong with it shows before the work
    analyzers = [_analyzer(path) for path in models]
    first = judge_faces(analyzers[0], labelled)
    named = [_named(path, models) for path in models]
    made = [first.predictions]
    for analyzer in analyzers[1:]:
        other = judge_faces(analyzer, first.judged)
        made.append(other.predictions)
    of = None if groups is None else read_groups(groups, [face.path for face in first.judged])
    notes = [f"Skipped {face.path}: {why}" for face, why in first.skipped]
    if not any(face.person for face in first.judged):
        notes.append(
            "It is not known which faces show the same person, so each face was counted as a different person."
        )
    else:
        notes += first.about_people
    notes += few_people(first.predictions.groups)
    notes += [
        line for name, one in zip(named, analyzers, strict=True) for line in adapted_words(name, one.classifier.info)
    ]
    if listed := ", ".join(_small_groups(first.predictions, of) if of else ()):
        notes.append(f"Groups of fewer than {MIN_PHOTOS} people are withheld: {listed}.")
    found = compared(dict(zip(named, made, strict=True)), of)
    return replace(found, notes=tuple(notes))


def compared(models: Mapping[str, Predictions], group_of: Sequence[str] | None = None) -> ModelComparison:
    """Compare predictions of models on the same faces; the first is what the others are compared with.

    Args:
        models: name -> predictions, whose ``groups`` are people.
        group_of: N names of groups of people; None for no groups.
    """
    judged = [_judged(name, one) for name, one in models.items()]
    tests = {one.name: compare(one.predictions, judged[0].predictions) for one in judged[1:]}
    adjusted = holm({name: test.p_value for name, test in tests.items()})
    there = {one.name: _by_group(one.predictions, judged[0].predictions, group_of) for one in judged[1:]}
    in_groups = holm({f"{name}\0{group}": gap.p_value for name, gaps in there.items() for group, gap in gaps.items()})
    against = [
        Against(
            name=one.name,
            accuracy=tests[one.name],
            p_holm=adjusted[one.name],
            balanced=_balanced(one.predictions, judged[0].predictions),
            recall=_recall_leads(one.predictions, judged[0].predictions),
            by_group=there[one.name],
            p_by_group={group: in_groups[f"{one.name}\0{group}"] for group in there[one.name]},
        )
        for one in judged[1:]
    ]
    return ModelComparison(models=tuple(judged), against=tuple(against))


def _analyzer(model: Path | None) -> Analyzer:
    """As 'aiducation evaluate' judges: under the model's assumptions for the four states, not for a merged view."""
    return Analyzer(model=model, view="states", device=CPU)


def _named(path: Path | None, models: Sequence[Path | None]) -> str:
    if path is None:
        return PACKAGED
    stems = [one.stem if one else PACKAGED for one in models]
    return path.stem if stems.count(path.stem) == 1 else str(path)


def _judged(name: str, predictions: Predictions) -> Judged:
    scores = score_intervals(predictions)
    shown = [scores[f"recall_{predictions.states[k]}"] for k in np.unique(predictions.y_true)]
    return Judged(
        name=name,
        predictions=predictions,
        scores=scores,
        balanced=mean_of_each(_balanced(predictions), shown),
        calibration_error=expected_calibration_error(predictions.probs, predictions.y_true),
    )


def _recalls(models: Sequence[Predictions]) -> tuple[np.ndarray, np.ndarray]:
    """(1 + R, M, P) recalls of M models for the P states that the faces have, measured and of resamples of people; and P."""
    first = models[0]
    people, person = np.unique(first.groups, return_inverse=True)
    k = len(first.states)
    values = np.zeros((len(people), len(models) + 1, k))
    for i, column in enumerate([np.ones(len(first)), *(one.correct for one in models)]):
        np.add.at(values[:, i], (person, first.y_true), column)
    drawn = np.concatenate([values.sum(axis=0)[None], resample_sums(values, RESAMPLES, 0)])
    present = np.flatnonzero(drawn[0, 0])
    with np.errstate(invalid="ignore", divide="ignore"):
        return drawn[:, 1:][:, :, present] / drawn[:, :1][:, :, present], present


def _interval(samples: np.ndarray, people: int) -> Interval:
    """Of what was measured (the first) and its resamples; those without any face of a state are left out."""
    rest = samples[1:][~np.isnan(samples[1:])]
    return percentile_interval(float(samples[0]), rest if len(rest) else samples[:1], LEVEL, people)


def _balanced(one: Predictions, first: Predictions | None = None) -> Interval:
    """The mean recall of a model, or its lead over the first one."""
    recalls, _ = _recalls([one] if first is None else [one, first])
    means = np.nanmean(recalls, axis=2)
    return _interval(means[:, 0] - (0.0 if first is None else means[:, 1]), len(np.unique(one.groups)))


def _recall_leads(one: Predictions, first: Predictions) -> dict[str, Interval]:
    (recalls, present), people = _recalls([one, first]), len(np.unique(first.groups))
    return {first.states[k]: _interval(recalls[:, 0, i] - recalls[:, 1, i], people) for i, k in enumerate(present)}


def _by_group(one: Predictions, first: Predictions, group_of: Sequence[str] | None) -> dict[str, Comparison]:
    if group_of is None:
        return {}
    names, small = np.array(group_of), _small_groups(first, group_of)
    rows = {name: names == name for name in sorted(set(group_of)) if name not in small}
    return {name: compare(one.where(some), first.where(some)) for name, some in rows.items()}


def _small_groups(first: Predictions, group_of: Sequence[str]) -> list[str]:
    """Groups of so few people that their figures say nothing, and may say it about one of them."""
    names = np.array(group_of)
    return [name for name in sorted(set(group_of)) if len(np.unique(first.groups[names == name])) < MIN_PHOTOS]


def _cells(value: Interval | float | None, texts: Texts) -> list[str]:
    if not isinstance(value, Interval):
        return ["" if value is None else texts.number(value, 3), ""]
    return [texts.number(value.estimate, 3), _limits(value, texts)]


def _limits(value: Interval, texts: Texts, *, sign: str = "") -> str:
    if not value.has_limits:
        return "–"
    low, high = (texts.decimals(f"{one:{sign}.3f}") for one in (value.low, value.high))
    return texts.gettext("{low} to {high}", low=low, high=high)


def _signed(value: float, digits: int, texts: Texts) -> str:
    return texts.decimals(f"{value:+.{digits}f}")


def _p(value: float, texts: Texts) -> str:
    return texts.decimals("<0.0001" if value < 1e-4 else f"{value:.4f}")


def _lead(value: Interval | None, texts: Texts) -> list[str]:
    if value is None:
        return ["", ""]
    return [texts.decimals(f"{value.estimate:+.3f}"), _limits(value, texts, sign="+")]


def _values(value: Interval) -> dict[str, float | None]:
    return {
        "estimate": round(value.estimate, 4),
        "low": round(value.low, 4) if value.has_limits else None,
        "high": round(value.high, 4) if value.has_limits else None,
    }

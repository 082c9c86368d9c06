"""Elsewhere: how a model does on people and cameras that it was not trained on, in words that card, page and report share.

The figures travel in ``ModelInfo.elsewhere``; ``benchmarks/foreign_faces.py`` measures them and ``tools/foreign_section.py`` puts
them there. Nothing here computes a score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiducation.texts import N_, Texts

TITLE = "Results on people and cameras that the model was not trained on"

#: A figure from the literature to hold against these.
#: Source: N. Bosch, S. D'Mello, R. Baker, J. Ocumpaugh, V. Shute, M. Ventura, L. Wang, W. Zhao, "Automatic Detection of
#: Learning-Centered Affective States in the Wild", IUI 2015; the same figures in N. Bosch et al., "Using Video to Automatically
#: Detect Learner Affect in Computer-Enabled Classrooms", ACM Transactions on Interactive Intelligent Systems 6(2), 2016.
ANCHOR = (
    "For comparison: detectors that were trained on videos of the very classroom in which they were tested, with labels of "
    "trained observers, distinguished boredom from everything else with an area under the ROC curve of 0.61, where "
    "0.5 is chance (Bosch "
    'et al., "Automatic Detection of Learning-Centered Affective States in the Wild", IUI 2015).'
)

#: Why these figures are rather too good: results/foreign_tried.md says what was chosen, and how.
CHOSEN = (
    "The settings for cameras (priors, temperatures, thresholds, and how wide a face is cut out) were chosen on the sets that "
    "are not of FER2013, so faces from yet another place may be judged worse than these."
)

#: What follows from the figures.
USE: tuple[str, ...] = (
    "An answer about one face is a hint and often wrong. Never base a decision about that person on it.",
    "Use the figures of the group: its shares, how they change over time, and comparisons of recordings that were "
    "made with the same camera in the same room.",
    "The model can hardly distinguish neutral and focused on pictures of other people; the view calm merges them "
    "into one state.",
)

#: Sets as the benchmark describes them, for the catalogues of translations.
_DESCRIBED = (
    N_("the official test split of FER2013, without images that have a duplicate in training"),
    N_(
        "colour pictures from the web, labelled into the four states by one team of students (parikhalay/Emotion-Detection)"
    ),
    N_(
        "posed faces of 48 x 48 pixels in gray, three frames of each sequence "
        "(CK+, from WuJie1010/Facial-Expression-Recognition.Pytorch)"
    ),
    N_("gray press photos, labelled by single annotators (muxspace/facial_expressions)"),
)

#: Parts of FER2013, which stand beside the sets from elsewhere.
OWN_PARTS = ("valid", "test")

#: Scores of a set that are kept: name here -> where they are in what the benchmark wrote.
_KEPT: dict[str, tuple[str, ...]] = {
    "accuracy": ("accuracy",),
    "balanced_accuracy": ("balanced_accuracy",),
    "recall": ("recall",),
    "calibration_error": ("calibration_error_four",),
    "coverage": ("answered", "coverage"),
    "accuracy_when_answered": ("answered", "accuracy"),
    "neutral_against_focused": ("neutral_against_focused", "balanced_accuracy"),
}

#: The same of the view calm.
_KEPT_CALM: dict[str, tuple[str, ...]] = {
    "calm_accuracy": ("accuracy",),
    "calm_balanced_accuracy": ("balanced_accuracy",),
    "calm_calibration_error": ("calibration_error",),
    "calm_coverage": ("answered", "coverage"),
    "calm_accuracy_when_answered": ("answered", "accuracy"),
}


@dataclass(frozen=True)
class Section:
    """The section as text: a paragraph, a table, and sentences below it."""

    title: str
    lead: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    sets: tuple[tuple[str, str], ...]
    sentences: tuple[str, ...]
    use: tuple[str, ...] = USE

    def to_json(self, texts: Texts = Texts()) -> dict[str, Any]:
        """JSON values for a page or a report, in a language; the names of sets are the same in each."""
        said = texts.sentence
        return {
            "title": said(self.title),
            "lead": said(self.lead),
            "columns": [said(name) for name in self.columns],
            "rows": [[row[0], *map(said, row[1:])] for row in self.rows],
            "sets": [(name, said(what)) for name, what in self.sets],
            "sentences": [said(words) for words in self.sentences],
            "use": [said(words) for words in self.use],
        }

    def markdown(self) -> str:
        """The section as Markdown, from its heading on."""
        lines = [
            f"## {self.title}",
            "",
            self.lead,
            "",
            f"| {' | '.join(self.columns)} |",
            f"|{'---|' * len(self.columns)}",
            *(f"| {' | '.join(row)} |" for row in self.rows),
            "",
            *(f"- {name}: {what}." for name, what in self.sets),
            "",
            *(f"{words}\n" for words in self.sentences),
            "What this means for use:",
            "",
            *(f"- {words}" for words in self.use),
        ]
        return "\n".join(lines).rstrip() + "\n"


def compact(measured: Mapping[str, Any]) -> dict[str, Any]:
    """What a model's file carries of the figures that ``benchmarks/foreign_faces.py`` wrote.

    Args:
        measured: what its JSON holds.
    """
    sets = []
    for name, one in measured["sets"].items():
        scores = one["default"]
        paths = [(scores, _KEPT), (one.get("calm", {}), _KEPT_CALM)]
        found = {key: _at(held, path) for held, keys in paths for key, path in keys.items()}
        kept = {key: score for key, score in found.items() if score is not None}
        sets.append({"name": name, "what": one["what"], "faces": one["faces"], "assumed": scores["assumed"], **kept})
    return {"sets": sets, "commit": measured["environment"].get("commit")}


def off_by(elsewhere: Mapping[str, Any], view: str = "states") -> float | None:
    """How far probabilities lay from the truth on the worst of the sets that are not of FER2013; None if nobody measured it."""
    key = "calibration_error" if view == "states" else "calm_calibration_error"
    errors = [
        one[key]["estimate"] for one in elsewhere.get("sets") or () if one["name"] not in OWN_PARTS and one.get(key)
    ]
    return max((float(error) for error in errors if error is not None), default=None)


def wrong_answers(elsewhere: Mapping[str, Any], view: str = "states") -> tuple[float, float] | None:
    """Share of the shown answers that were wrong, on the best and on the worst of these sets; None if nobody measured it.

    Without the last digits of a float, so that 83.5 % right and 16.5 % wrong are rounded to numbers that add up to 100.
    """
    key = "accuracy_when_answered" if view == "states" else "calm_accuracy_when_answered"
    sets = [one for one in elsewhere.get("sets") or () if one["name"] not in OWN_PARTS and one.get(key)]
    wrong = [round(1 - float(one[key]["estimate"]), 4) for one in sets if one[key]["estimate"] is not None]
    return (min(wrong), max(wrong)) if wrong else None


def section(elsewhere: Mapping[str, Any]) -> Section | None:
    """The section of a model; None if nobody measured it."""
    sets: Sequence[Mapping[str, Any]] = elsewhere.get("sets") or ()
    if not sets:
        return None
    return Section(
        title=TITLE,
        lead=(
            "The faces were collected and labelled by other people, and were found and cut out as in an analysis, "
            "with the default assumptions; the test split of FER2013 is included for comparison. Each set has two "
            "rows: the four states, and the view calm, in which neutral and "
            "focused are one state. In brackets: 95 % intervals. Balanced: the mean recall over the states that "
            "occur in the set. Calibration error: the mean difference between probability and accuracy. Answered: "
            "the share of faces whose most probable outcome reaches the threshold. Right when answered: the accuracy "
            "of these answers over all outcomes, including other."
        ),
        columns=(
            N_("pictures"),
            N_("shown"),
            N_("faces"),
            N_("accuracy"),
            N_("balanced"),
            "calibration error",
            N_("answered"),
            "right when answered",
        ),
        rows=tuple(_row(one, start) for one in sets for start in ("", "calm_")),
        sets=tuple((one["name"], one["what"]) for one in sets if one.get("what")),
        sentences=(
            *((CHOSEN,) if any(one["name"] not in OWN_PARTS for one in sets) else ()),
            *_split_words(sets),
            ANCHOR,
        ),
    )


def _at(scores: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    value: Any = scores
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _row(one: Mapping[str, Any], start: str) -> tuple[str, ...]:
    coverage = one.get(f"{start}coverage")
    return (
        one["name"],
        N_("calm") if start else N_("states"),
        f"{one['faces']:,}",
        *(_words(one.get(start + score)) for score in ("accuracy", "balanced_accuracy", "calibration_error")),
        "–" if coverage is None else f"{100 * coverage:.0f} %",
        _words(one.get(f"{start}accuracy_when_answered")),
    )


def _words(score: Mapping[str, Any] | None) -> str:
    if not score or score.get("estimate") is None:
        return "–"
    if score.get("low") is None or score.get("high") is None:
        return f"{score['estimate']:.3f}"
    return f"{score['estimate']:.3f} ({score['low']:.3f} to {score['high']:.3f})"


def _split_words(sets: Sequence[Mapping[str, Any]]) -> list[str]:
    """How well neutral and focused are told apart, where a set has both."""
    told = [one for one in sets if (one.get("neutral_against_focused") or {}).get("estimate") is not None]
    named = ", ".join(_on(one["name"], one["neutral_against_focused"]["estimate"]) for one in told)
    return [f"Neutral against focused, balanced accuracy (0.5 is chance): {named}."] if named else []


def _on(name: str, score: float) -> str:
    return f"{score:.2f} on {name}"

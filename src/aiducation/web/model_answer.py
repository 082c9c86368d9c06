"""What ``/api/model`` answers: the model, and everything that a page shares with the package and must not write down again."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from aiducation import __version__
from aiducation.colors import rgb_of
from aiducation.defaults import EVERY_S
from aiducation.exchange.formats import ANNOTATION_FORMATS
from aiducation.exports.annotated_picture import MARKS, ink_on, mark_of
from aiducation.exports.anonymize import BLOCKS, DOWN, SIDEWAYS, UP
from aiducation.exports.hiding import SQUARES
from aiducation.exports.timeline_figure import TICKS_S
from aiducation.files import finite
from aiducation.media.file_kinds import ANIMATION_ENDINGS, PHOTO_ENDINGS, VIDEO_ENDINGS
from aiducation.observations.annotations import LABELS
from aiducation.observations.assumptions import CONDITIONS, PRIORS
from aiducation.observations.elsewhere import section
from aiducation.observations.group_attributes import GROUP_ATTRIBUTES
from aiducation.observations.label_sample import RANDOM_SHARE
from aiducation.observations.outcomes import outcomes_of
from aiducation.observations.reasons import REASONS
from aiducation.observations.tracks import GAP
from aiducation.states import CALM, OUTCOMES, STATE_COLORS, UNCLEAR, VIEWS, WITHHELD
from aiducation.texts import Texts
from aiducation.vision.adapting import LEAST_FACES, LEAST_PEOPLE
from aiducation.vision.quality import QualityLimits
from aiducation.web.answers import Answer, Count
from aiducation.web.engine import Engine
from aiducation.web.formats import downloads
from aiducation.web.settings import Limits, ServeSettings

#: A state as a view shows it.
Shown = Annotated[str, Field(json_schema_extra={"enum": [*OUTCOMES, CALM, UNCLEAR]})]


class Look(Answer):
    """How a state looks everywhere."""

    color: str = Field(description="Colour of the state, as #RRGGBB.")
    ink: str = Field(description="Colour of letters that are readable on it.")
    mark: str = Field(
        description="Its letter, for places without room for a word; empty for a state that is not shown."
    )


class Anonymizing(Answer):
    """How faces and pictures are made unrecognizable, so that a page does the same before it shows them."""

    blocks: Count = Field(
        description="Number of mean colours along each side to which a head is reduced; fewer if each would cover "
        "less than two pixels."
    )
    squares: Count = Field(
        description="Number of squares along the longer side of a picture that is anonymized completely."
    )
    sideways: float = Field(
        description="How far the anonymized area extends beyond the box on the left and right, in widths of the box."
    )
    up: float = Field(description="How far it extends above the box.")
    down: float = Field(description="How far it extends below the box.")


class Reason(Answer):
    """Why a state can be unclear."""

    name: str = Field(description="The reason in a few words.")
    hint: str = Field(description="What the reason means, or what helps.")


class FileFormat(Answer):
    """A format in which results are downloaded."""

    ending: str = Field(description="Ending of the file name.")
    of: list[str] = Field(description="For which results the format is available: photo, recording, live.")


class LabelFile(Answer):
    """A kind of file of annotations."""

    ending: str = Field(description="Ending of the file name.")
    about: str = Field(description="What it is, in a few words.")
    photos: bool = Field(description="Whether it holds labels of photos.")
    recordings: bool = Field(description="Whether it holds labels of recordings.")


class AskedAttribute(Answer):
    """What can be said of how a face looks, besides its state; asked only where a researcher switches it on."""

    values: list[str] = Field(description="What can be said, in order; besides them, cannot_tell.")
    ordinal: bool = Field(description="Whether the order means something.")
    colors: dict[str, str] = Field(description="Colour of a value's swatch, as #rrggbb; of skin tones.")


class Labelling(Answer):
    """What people label, and in which files."""

    labels: list[str] = Field(
        description="Labels that a face can get, in order; the last one means that the annotator cannot tell."
    )
    formats: dict[str, LabelFile] = Field(description="The kinds of files that annotations are written to.")
    group_attributes: dict[str, AskedAttribute] = Field(description="Attributes of which group labels can be given.")
    least_faces: Count = Field(description="Number of labelled faces that are needed to adapt a model.")
    least_people: Count = Field(description="Number of different people that they must show at least.")
    random_share: float = Field(description="Share of the faces to label that is drawn at random.")


class Timing(Answer):
    """What drawings over time share."""

    every_s: float = Field(description="Sampling interval for recordings, if a request does not give one.")
    gap: float = Field(
        description="Number of sampling intervals during which a face may be missing without ending its stretch."
    )
    ticks_s: list[float] = Field(description="Possible distances between two marks of a time axis, in seconds.")


class Assumed(Answer):
    """What is assumed of the place where faces are seen."""

    priors: str = Field(description="How frequent the states are expected to be: balanced, training or own.")
    shares: dict[str, float] | None = Field(
        description="The same as shares of all outcomes; null if they are not known."
    )
    possible: list[str] = Field(description="The outcomes that can occur.")
    conditions: str = Field(description="Conditions of the pictures: camera or training.")
    temperature: float
    split_temperature: float


class Elsewhere(Answer):
    """How the model does on people and cameras that it was not trained on, for a reader."""

    title: str
    lead: str
    columns: list[str]
    rows: list[list[str]]
    sets: list[tuple[str, str]] = Field(description="Name of each set, and what it is.")
    sentences: list[str]
    use: list[str] = Field(description="What follows for use.")


class Model(Answer):
    """The model, and how this server uses it."""

    name: str
    outcomes: list[str] = Field(
        description="What its outputs are, in their order.", json_schema_extra={"items": {"enum": list(OUTCOMES)}}
    )
    side: int | float = Field(description="Height and width of its input in pixels.")
    scale: int | float = Field(description="Gray levels are divided by this number before the network gets them.")
    criteria: str = Field(description="Name of the rules that turned votes into states.")
    data_hash: str = Field(description="SHA-256 of the training data.")
    temperature: float
    threshold: float = Field(description="Threshold: below this probability, this server answers unclear.")
    own_threshold: float = Field(description="Threshold in the model's file for these conditions and this view.")
    priors: dict[str, float] = Field(
        description="Share of each outcome in the images that the model was calibrated on."
    )
    assumed_priors: str = Field(description="Default priors in the model's file.")
    camera: dict[str, float] = Field(
        description="Temperatures and thresholds in the model's file for people and cameras that it was not trained on."
    )
    assumed: Assumed = Field(description="Assumptions of this server; a request can choose others.")
    assumed_words: dict[str, str] = Field(description="The assumptions as readable text: setting and value.")
    known_priors: dict[str, str] = Field(description="Priors that have a name, and what they mean.")
    known_conditions: dict[str, str] = Field(description="Conditions, and what they mean.")
    off_by: float | None = Field(
        description="Mean calibration error on people and cameras unlike those of the training; null under training "
        "conditions, or if it was not measured."
    )
    vote_temperature: float = Field(description="The same as temperature for votes, if the model has them.")
    cover_threshold: float = Field(
        description="From this probability on, a face counts as covered; 0 if the model does not look for that."
    )
    elsewhere: dict[str, Any] = Field(
        description="Scores on people and cameras that the model was not trained on, for each data set."
    )
    elsewhere_words: Elsewhere | None = Field(description="The same as readable text; null if it was not measured.")
    scores: dict[str, Any] = Field(description="What was measured on test images.")
    charts: dict[str, Any] = Field(description="Data of the charts: confusion matrix and calibration.")
    limits: list[str] = Field(description="Limits of the model.")
    training: dict[str, Any] = Field(description="How the model was trained.")
    has_scores: bool = Field(description="Whether all scores and charts are available.")
    test_accuracy: float | None
    version: str = Field(description="Version of this package.")
    detector: str
    quality: QualityLimits = Field(description="Quality that a face must have to be judged.")
    smallest_face: float = Field(description="Smallest face in pixels; smaller faces get no state.")
    min_group: Count = Field(description="Smallest group: for fewer faces, neither group figures nor states are shown.")
    view: str = Field(
        description="View that this server uses unless a request chooses another one.",
        json_schema_extra={"enum": list(VIEWS)},
    )
    views: dict[str, dict[str, list[Shown]]] = Field(
        description="For each view, the states that it shows and the outcomes that each state stands for."
    )
    shown: list[Shown] = Field(description="States of this server's view, in order; unclear is last.")
    looks: dict[str, Look] = Field(description="For each state of any view, and for unclear and withheld.")
    reasons: dict[str, Reason] = Field(description="Why a state can be unclear.")
    anonymizing: Anonymizing
    timing: Timing
    formats: dict[str, FileFormat] = Field(description="Formats in which results can be downloaded.")
    labelling: Labelling
    endings: dict[str, list[str]] = Field(description="File name endings that can be read, for photo and recording.")
    server_limits: Limits = Field(description="Limits of this server: bytes, pixels, seconds, faces.")


#: Scores that the model's card shows; they are there for the models that the package carries.
_CARD = {
    "accuracy",
    "five_way_accuracy",
    "answered",
    "accuracy_when_answered",
    "recall",
    "five_way_recall",
    "calibration_error",
}


def model_answer(engine: Engine, settings: ServeSettings, texts: Texts) -> Model:
    """What a server with this engine says of its model and of itself."""
    info, assumptions = engine.analyzer.classifier.info, engine.analyzer.assumptions
    about: dict[str, Any] = finite(dataclasses.asdict(info))
    return Model(
        **{
            **about,
            "threshold": engine.analyzer.threshold,
            "limits": [texts.sentence(limit) for limit in info.limits],
            "training": {
                name: texts.sentence(value) if isinstance(value, str) else value
                for name, value in about["training"].items()
            },
        },
        own_threshold=assumptions.threshold,
        assumed=Assumed(**assumptions.to_json()),
        assumed_words={texts.sentence(name): texts.sentence(words) for name, words in assumptions.words().items()},
        known_priors={name: texts.sentence(words) for name, words in PRIORS.items()},
        known_conditions={name: texts.sentence(words) for name, words in CONDITIONS.items()},
        off_by=assumptions.off_by(info),
        elsewhere_words=Elsewhere(**told.to_json(texts)) if (told := section(info.elsewhere)) else None,
        test_accuracy=_test_accuracy(info.scores),
        has_scores=set(info.scores) >= _CARD and bool(info.charts),
        version=__version__,
        detector=engine.analyzer.detector_name,
        quality=engine.analyzer.limits,
        smallest_face=engine.analyzer.limits.min_size,
        min_group=settings.min_group,
        view=engine.analyzer.view,
        views={view: {name: list(merged) for name, merged in one.items()} for view, one in VIEWS.items()},
        shown=[*outcomes_of(engine.analyzer.view), UNCLEAR],
        looks={state: _look(state, texts) for state in (*OUTCOMES, CALM, UNCLEAR, WITHHELD)},
        reasons={name: Reason(name=texts.gettext(name), hint=texts.gettext(hint)) for name, hint in REASONS.items()},
        anonymizing=Anonymizing(blocks=BLOCKS, squares=SQUARES, sideways=SIDEWAYS, up=UP, down=DOWN),
        timing=Timing(every_s=EVERY_S, gap=GAP, ticks_s=list(TICKS_S)),
        formats=_formats(),
        labelling=Labelling(
            labels=list(LABELS),
            formats={
                name: LabelFile(ending=one.ending, about=one.about, photos=one.photos, recordings=one.recordings)
                for name, one in ANNOTATION_FORMATS.items()
                if one.write
            },
            group_attributes={
                name: AskedAttribute(values=list(one.values), ordinal=one.ordinal, colors=dict(one.colors))
                for name, one in GROUP_ATTRIBUTES.items()
            },
            least_faces=LEAST_FACES,
            least_people=LEAST_PEOPLE,
            random_share=RANDOM_SHARE,
        ),
        endings={
            "photo": sorted(PHOTO_ENDINGS),
            "recording": sorted(VIDEO_ENDINGS | ANIMATION_ENDINGS),
        },
        server_limits=settings.limits,
    )


def _formats() -> dict[str, FileFormat]:
    results = {
        "photo": downloads(recording=False),
        "recording": downloads(recording=True),
        "live": downloads(recording=True, live=True),
    }
    kinds = {name: kind for known in results.values() for name, (_, kind) in known.items()}
    return {
        name: FileFormat(ending=kind.ending, of=[of for of, known in results.items() if name in known])
        for name, kind in kinds.items()
    }


def _look(state: str, texts: Texts) -> Look:
    color = STATE_COLORS[state]
    red, green, blue = ink_on(rgb_of(color))
    return Look(
        color=color, ink=f"#{red:02x}{green:02x}{blue:02x}", mark=mark_of(state, texts) if state in MARKS else ""
    )


def _test_accuracy(scores: Mapping[str, Any]) -> float | None:
    """Share of test pictures for which the model's answer, among all that it knows, was right; None if nobody measured it."""
    if "five_way_accuracy" in scores:
        estimate = scores["five_way_accuracy"]["estimate"]
        return None if estimate is None else float(estimate)
    return scores.get("test_accuracy")

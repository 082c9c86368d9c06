"""What the program knows of itself that the documents need: what is stored where and for how long, how often it is right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiducation.defaults import EVERY_S, KEEP_S, MIN_GROUP
from aiducation.model_info import ModelInfo
from aiducation.observations.elsewhere import OWN_PARTS, off_by, section
from aiducation.signature import GENERATOR
from aiducation.texts import N_, Texts

#: What is stored, where, and for how long; "{minutes}" is how long a server keeps what nobody asks for.
_STORED: tuple[tuple[str, str, str], ...] = (
    (
        N_("A photo that is dropped on the page"),
        N_("a private folder for temporary files, on the computer on which the program runs"),
        N_("deleted as soon as the answer is sent"),
    ),
    (
        N_("A recording that is dropped on the page, and its results"),
        N_("a private folder for temporary files, on the computer on which the program runs"),
        N_("deleted {minutes} minutes after they were last asked for, and when the program ends"),
    ),
    (
        N_("Live pictures of a camera or a screen"),
        N_("working memory"),
        N_("some seconds"),
    ),
    (
        N_("Boxes, states and probabilities of a live session"),
        N_("working memory"),
        N_("forgotten {minutes} minutes after the session ended, and when the program ends"),
    ),
    (
        N_("Colours of hair and clothes, to follow a face from picture to picture"),
        N_("working memory"),
        N_("some seconds"),
    ),
    (
        N_("Photos and recordings that are analyzed from a folder"),
        N_("where they are; the program does not copy them"),
        N_("until you delete them"),
    ),
    (
        N_(
            "Results that are saved: tables, reports, and pictures with boxes, which show faces unless they are anonymized"
        ),
        N_("the folder that you choose"),
        N_("until you delete them"),
    ),
    (
        N_("The progress of a long recording: boxes, states and probabilities"),
        N_("the folder of the results"),
        N_("deleted when the recording is analyzed to its end"),
    ),
    (
        N_("Names of people, if somebody writes them into a file of names"),
        N_("that file only"),
        N_("until you delete them"),
    ),
    (
        N_(
            "Settings of the page: language, colours, when the question about consent was answered, names of recordings"
        ),
        N_("the browser of the user"),
        N_("until the browser’s data is deleted"),
    ),
)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the documents are filled in with, in one language.

    Attributes:
        generator: name and version of the program.
        model: name of the model.
        trained_on: share of the test pictures on which it was right, among all that it knows; "" if nobody measured it.
        worst, best: the same for the view calm, on faces that other people collected and labelled; "" as above.
        off_by: how far probabilities were off there, at most.
        elsewhere: the section about those faces, see ``observations.elsewhere``; None if nobody measured it.
        stored: rows of what, where, how long.
        minutes, min_group, every_s: defaults of the program.
    """

    generator: str
    model: str
    trained_on: str
    worst: str
    best: str
    off_by: str
    elsewhere: Mapping[str, Any] | None
    stored: tuple[tuple[str, str, str], ...]
    minutes: int
    min_group: int
    every_s: str


def facts(info: ModelInfo, texts: Texts) -> Facts:
    """The facts about a model, and about the program with its defaults.

    Args:
        info: what the model's file says of it.
        texts: the language.
    """
    minutes = round(KEEP_S / 60)
    sets = [
        one for one in info.elsewhere.get("sets") or () if one["name"] not in OWN_PARTS and one.get("calm_accuracy")
    ]
    right = sorted(one["calm_accuracy"]["estimate"] for one in sets)
    test = info.scores.get("five_way_accuracy")
    error = off_by(info.elsewhere, "calm")
    told = section(info.elsewhere)
    return Facts(
        generator=GENERATOR,
        model=info.name,
        trained_on=texts.percent(test["estimate"]) if test else "",
        worst=texts.percent(right[0]) if right else "",
        best=texts.percent(right[-1]) if right else "",
        off_by=texts.percent(error) if error is not None else "",
        elsewhere=told.to_json(texts) if told else None,
        stored=tuple(
            (texts.gettext(what), texts.gettext(where), texts.gettext(how_long, minutes=minutes))
            for what, where, how_long in _STORED
        ),
        minutes=minutes,
        min_group=MIN_GROUP,
        every_s=texts.number(EVERY_S, 1),
    )

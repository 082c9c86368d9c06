"""Methods: how a result was made, as a paragraph that can stand in a paper, with every number; and how to cite this tool."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from aiducation.exports.format import Format, Kind, Material, both
from aiducation.files import write_text
from aiducation.observations.faces import CHANGED, VERSION
from aiducation.observations.reasons import NOT_MOVING
from aiducation.observations.recording import Recording
from aiducation.signature import XML_MARK
from aiducation.states import CALM
from aiducation.visible import visible
from aiducation.words import length, many

TITLE = "A.I.ducation Analytics"


def bibtex(version: str) -> str:
    """How this tool is cited; ``CITATION.cff`` says the same. Nothing has been released, so that there is no year yet; a list of
    references says "n.d." then.

    Args:
        version: by which a result was made; "" if it does not say so.
    """
    fields = {
        "title": f"{{{TITLE}}}",
        "author": "{The A.I.ducation Analytics developers}",
        "version": version,
        "year": "n.d.",
        "license": "Apache-2.0",
    }
    return (
        "@software{aiducation,\n"
        + ",\n".join(f"  {name:7} = {{{value}}}" for name, value in fields.items() if value)
        + "\n}"
    )


def methods_sentences(material: Material) -> list[str]:
    """The paragraph, sentence by sentence.

    Args:
        material: the result, with the model and the settings that it was made with.
    """
    return [*_what(material), *_faces(material), *_states(material), *_left_out(material), *_limits(material)]


def _what(material: Material) -> Iterator[str]:
    result = material.result
    program = f"{TITLE} {_version(material)}".strip()
    if not isinstance(result, Recording):
        yield f"A photo of {result.width} x {result.height} pixels was analyzed with {program}."
        return
    yield (
        f"A recording of {length(result.length_s)} and {result.width} x {result.height} pixels was analyzed with {program}: "
        f"one frame every {result.every_s:g} s, {many(len(result), 'frame')} in all."
    )
    if not result.complete:
        yield "The analysis does not cover the whole recording."
    decoding = result.decoding
    if decoding.get("software"):
        yield f"It was decoded with {visible(str(decoding['software']))}."


def _version(material: Material) -> str:
    return visible(str(material.result.made_with.settings.get(VERSION, "")))


def _faces(material: Material) -> Iterator[str]:
    result, settings = material.result, dict(material.result.made_with.settings)
    detector = settings.get("detector")
    n = sum(len(frame) for frame in result.pictures)
    found = many(n, "view") + " of faces" if isinstance(result, Recording) else many(n, "face")
    yield f"{found} {'was' if n == 1 else 'were'} found" + (
        f" by the detector {visible(detector)}." if detector else "."
    )
    if isinstance(result, Recording) and n:
        tracks = len(result.track_ids)
        seed = settings.get("seed of the track ids")
        yield (
            f"{'It was' if n == 1 else 'They were'} linked to {many(tracks, 'track')}; one person can have several tracks."
            + (f" Track ids were drawn with the seed {visible(seed)}." if seed is not None else "")
        )


def _states(material: Material) -> Iterator[str]:
    model = material.result.made_with.model
    if not model:
        return
    name, criteria = visible(str(model.get("name", ""))), visible(str(model.get("criteria", "")))
    yield (
        f"The model {name} gave each face a calibrated probability of neutral, angry, focused, bored, and of an expression "
        f"outside these four (criteria of the states: {criteria}; SHA-256 of its training data: "
        f"{visible(str(model.get('data_hash', 'unknown')))})."
    )
    yield from _assumed(material)
    if model.get("threshold") is not None:
        yield (
            f"A face got its most probable state if that had a probability of at least {float(model['threshold']):.3g}, "
            "otherwise “not sure”."
        )
    if changes := material.result.made_with.settings.get(CHANGED):
        yield (
            f"Afterwards people changed this result by hand ({visible(str(changes))}); a state that they gave has probability 1."
        )
    for words, key in (
        ("accuracy on the four states", "accuracy"),
        ("accuracy", "test_accuracy"),
        ("calibration error", "calibration_error"),
    ):
        score = (model.get("scores") or {}).get(key)
        if score is not None:
            yield f"On the model's test pictures its {words} was {_score(score)}."


def _assumed(material: Material) -> Iterator[str]:
    """What the probabilities take for granted, and what was merged."""
    settings = material.result.made_with.settings
    for name in ("assumed priors", "states that can occur", "conditions"):
        if name in settings:
            yield f"{name[0].upper()}{name[1:]}: {visible(str(settings[name]))}."
    off_by = material.result.made_with.model.get("off_by")
    if off_by is not None:
        yield (
            "On people and cameras that the model was not trained on, probabilities were up to "
            f"{100 * float(off_by):.0f} percentage points too high or too low on average."
        )
    if material.result.view == CALM:
        yield "Neutral and focused were counted as one state, calm; its probability is the sum of theirs."


def _score(value: Any) -> str:
    if isinstance(value, dict) and "estimate" in value:
        text = f"{float(value['estimate']):.3f}"
        low, high = value.get("low"), value.get("high")
        if low is not None and high is not None:
            text += f" (95 % interval {float(low):.3f} to {float(high):.3f})"
        return text
    return f"{float(value):.3f}" if isinstance(value, (int, float)) else visible(str(value))


def _left_out(material: Material) -> Iterator[str]:
    """Of how many faces nothing is said, and why."""
    frames = material.result.pictures
    smallest = material.result.made_with.settings.get("smallest face that is judged")
    reasons = Counter(reason for frame in frames for reason in frame.reasons if reason)
    n = sum(len(frame) for frame in frames)
    found = "views of faces" if isinstance(material.result, Recording) else "faces"
    if smallest:
        yield f"Faces with a shorter side of less than {visible(smallest)} were not judged."
    named = ", ".join(f"{reason} {count:,}" for reason, count in reasons.most_common())
    if n:
        yield (
            f"{sum(reasons.values()):,} of {n:,} {found} ({100 * sum(reasons.values()) / n:.1f} %) have no state"
            + (f" ({named})." if named else ".")
        )
    if reasons[NOT_MOVING]:
        yield (
            "Faces that are “not moving” count as static faces, such as posters, and are left out of all group figures."
        )
    if material.min_group > 1:
        yield f"Figures of groups of fewer than {many(material.min_group, 'face')} were withheld."


def _limits(material: Material) -> Iterator[str]:
    yield (
        "All states are apparent expressions, not feelings; agreement with human annotators was not measured on this "
        f"{'recording' if isinstance(material.result, Recording) else 'photo'}."
    )


def methods_text(material: Material) -> str:
    """The paragraph and the citation as Markdown."""
    head = f"# Methods: {escape(visible(material.result.source), quote=False)}"
    cite = ["## How to cite", f"```bibtex\n{bibtex(_version(material))}\n```"]
    return "\n\n".join((XML_MARK, head, " ".join(methods_sentences(material)), *cite)) + "\n"


def _write(material: Material, folder: Path, stem: str) -> list[Path]:
    path = folder / f"{stem}.methods.md"
    write_text(path, methods_text(material))
    return [path]


METHODS = Format(
    name="methods",
    about="how the result was made, as a paragraph for a paper, and how to cite",
    **both(Kind(".methods.md", "text/markdown; charset=utf-8")),
    write=_write,
)

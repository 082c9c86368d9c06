"""The report: one self-contained page that a teacher understands, without scripts and without the network."""

from __future__ import annotations

import base64
import io
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from aiducation.colors import PALETTE
from aiducation.exports.certainty import certainty
from aiducation.exports.format import Format, Kind, Material, both
from aiducation.exports.picture import picture_jpeg
from aiducation.exports.speech_figure import speaker_rows, speech_svg
from aiducation.exports.timeline_figure import timeline_svg
from aiducation.files import write_text
from aiducation.observations.change_point import ChangePoint
from aiducation.observations.change_words import HOW_COUNTED, OTHER_QUESTION, conclusion, how_sure, size, what, when
from aiducation.observations.elsewhere import section
from aiducation.observations.faces import Faces
from aiducation.observations.group import Group
from aiducation.observations.group_words import verdict
from aiducation.observations.reasons import REASONS
from aiducation.observations.recording import Recording
from aiducation.observations.timeline import Shares, Timeline
from aiducation.observations.tracks import tracks_of
from aiducation.pages import render
from aiducation.signature import GENERATOR
from aiducation.states import OUTCOMES, STATE_COLORS, UNCLEAR, WITHHELD
from aiducation.texts import N_, Texts
from aiducation.visible import visible
from aiducation.words import clock, faces_words, length, many, number, percent

#: Rows of the table at most: a page is for reading, the CSV has everything.
_MOST_ROWS = 300

#: What to do where a group is too small.
_SHOW_ALL = (
    "This protects the few people who were seen. If all of them agree, make the report again with figures and states "
    "for small groups (on the command line: --min-group 1)."
)

#: Colours of the timeline's figure that become the page's variables: light or dark as the reader has it.
_FIGURE_COLORS = {PALETTE[name][0]: name for name in ("ink", "muted", "grid", "card", "empty")}


def report_html(material: Material, *, picture: bytes | None = None) -> str:
    """The page of a photo or a recording.

    Args:
        material: the result, and how it is to be shown.
        picture: the annotated picture as a JPEG or PNG file, faces covered already if they are to be.
    """
    result, group, shown = material.result, material.group, material.shown
    over_time, model = group.over_time, result.made_with.model
    columns, rows = _track_table(shown, material.names) if isinstance(shown, Recording) else _face_table(shown)
    return page(
        "report.html",
        material.texts,
        source=visible(result.source),
        headline=_headline(result, group),
        notes=[visible(note) for note in result.notes],
        picture=_data_uri(picture) if picture else None,
        spots=_spots(shown, picture) if picture and isinstance(shown, Faces) else [],
        tiles=_tiles(result, group),
        bars=[] if group.withheld else _bars(group),
        expressions="" if group.withheld else _expressions(group),
        recording=over_time is not None,
        withheld=" ".join(filter(None, (group.withheld, group.states_withheld, group.states_withheld and _SHOW_ALL))),
        figure=_figure(group, over_time, result.source, material.texts)
        if over_time is not None and over_time.shown.any()
        else None,
        speech=_speech(material),
        speakers=speaker_rows(material.transcript) if material.transcript and over_time is not None else [],
        changes=[_change(change) for change in over_time.changes.seen] if over_time is not None else [],
        conclusion=conclusion(over_time.changes) if over_time is not None else "",
        untested=over_time is not None and over_time.changes.untested,
        how_counted=HOW_COUNTED,
        other_question=OTHER_QUESTION,
        sure=certainty(result, group),
        reasons=_reasons(result),
        table_title="Each face over time" if over_time is not None else "Each face",
        columns=columns,
        rows=rows[:_MOST_ROWS],
        chips=(*result.outcomes, UNCLEAR),
        n_rows=len(rows),
        elsewhere=told.to_json(material.texts) if (told := section(model.get("elsewhere") or {})) else None,
        scores=list(_score_rows(model.get("scores") or {})),
        explained=_explained(material),
        limits=model.get("limits") or (),
        settings=_settings(material),
        purpose=material.purpose.rows() if material.purpose else (),
    )


def _explained(material: Material) -> list[dict[str, str]]:
    """The faces with what spoke for their states; none where faces are hidden or states are withheld."""
    shown, group = material.shown, material.group
    if not isinstance(shown, Faces) or material.hide_faces or group.withheld or group.states_withheld:
        return []
    return [
        {"picture": _data_uri(png), "words": f"face {i}: {_named(shown, i)}"}
        for i, png in list(material.explained.items())[:_MOST_ROWS]
    ]


def page(template: str, texts: Texts, **values: Any) -> str:
    """A page of this package, filled in: what the template says itself, and what it marks with ``said``, is in the language."""
    made_with = texts.gettext("Made with {generator}. No data left this machine.", generator=GENERATOR)
    return render("aiducation.exports", template, texts, made_with=made_with, **values)


def _data_uri(picture: bytes) -> str:
    kind = "png" if picture.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode()}"


def _spots(faces: Faces, picture: bytes) -> list[dict[str, str]]:
    """Where each face lies in the annotated picture, in percent of its sides, and what is said of it."""
    from PIL import Image

    wide, high = Image.open(io.BytesIO(picture)).size
    per_pixel = 100 / np.array([faces.width, high * faces.width / wide] * 2)  # the legend makes the picture higher
    return [
        {
            "place": "left:{:.2f}%;top:{:.2f}%;width:{:.2f}%;height:{:.2f}%".format(*box),
            "words": f"face {i}: {_named(faces, i)}"
            + ("" if np.isnan(faces.probs[i]).any() or state == UNCLEAR else f" {percent(faces.confidence[i])}"),
        }
        for i, (box, state) in enumerate(zip(_corner_and_size(faces.boxes) * per_pixel, faces.states, strict=True))
    ]


def _corner_and_size(boxes: np.ndarray) -> np.ndarray:
    return np.hstack([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]])


def _named(faces: Faces, i: int) -> str:
    state = faces.states[i]
    return f"unclear: {faces.reasons[i]}" if state == UNCLEAR else _state_words(faces.label(i))


def _state_words(state: str) -> str:
    return "not shown" if state == WITHHELD else state


def _headline(result: Faces | Recording, group: Group) -> str:
    n = group.at_a_time
    if isinstance(result, Recording):
        start = f"A recording of {length(result.length_s)}, about {many(n, 'face')} at a time"
        start = start if n else f"A recording of {length(result.length_s)}, most of the time without a face"
    else:
        start = many(n, "face")
    if not group.found:
        return "No face was found"
    return start if group.withheld else f"{start}; {verdict(group)}"


def _tiles(result: Faces | Recording, group: Group) -> list[tuple[str, str]]:
    faces, judged = group.found, group.judged
    if isinstance(result, Faces):
        found = (str(faces), N_("face found") if faces == 1 else "faces found")
        return [found, (str(judged), "with a state"), (str(faces - judged), N_("unclear"))]
    analyzed = f"pictures analyzed, one every {result.every_s:g} s" if len(result) > 1 else "picture analyzed"
    return [
        (length(result.length_s), N_("length")),
        (f"{len(result):,}", analyzed),
        (f"{faces / max(len(result), 1):.1f}", "faces in a picture, on average"),
        (percent(judged / faces) if faces else "–", "of them have a state"),
    ]


def _bars(group: Group) -> list[dict[str, Any]]:
    """A bar an outcome: how many faces were given it, of how many, and its mean probability; then those that were given none."""
    counts = group.counts
    total = float(counts.sum())
    mean = {outcome: _mean_words(group.shares, k) for k, outcome in enumerate(group.outcomes)}
    return [
        {
            "name": name,
            "color": STATE_COLORS.get(name, STATE_COLORS[UNCLEAR]),
            "share": round(100 * float(count) / max(total, 1e-9), 1),
            "count": f"{number(count)} of {faces_words(total)}",
            "mean": mean.get(name, ""),
        }
        for name, count in zip(group.counted, counts, strict=True)
        if name in group.outcomes or count >= 0.05
    ]


def _expressions(group: Group) -> str:
    """What the faces of "other" show, in words; "" if nothing is known of it."""
    named = [f"{number(count)} {word}" for word, count in group.expressions.items() if count >= 0.05]
    return f"Of the faces with another expression: {', '.join(named)}." if named else ""


def _mean_words(group: Shares, k: int) -> str:
    return f"mean probability {percent(group.shares[k])} ({percent(group.low[k])} to {percent(group.high[k])})"


def _figure(group: Group, over_time: Timeline, source: str, texts: Texts) -> Any:
    """The timeline as it stands in the page; its texts were escaped where it was drawn."""
    from markupsafe import Markup

    svg = timeline_svg(over_time, visible(source), texts, group.counts)
    for color, variable in _FIGURE_COLORS.items():
        svg = svg.replace(f'"{color}"', f'"var(--{variable})"')
    return Markup(svg)  # nosec B704


def _speech(material: Material) -> Any:
    """Who spoke when, as it stands in the page; its texts were escaped where it was drawn."""
    from markupsafe import Markup

    over_time = material.group.over_time
    if over_time is None or material.transcript is None or not over_time.shown.any():
        return None
    return Markup(speech_svg(material.transcript, over_time, material.texts))  # nosec B704


def _change(change: ChangePoint) -> dict[str, str]:
    return {"at": when(change), "words": what(change), "size": size(change), "sure": how_sure(change)}


def _reasons(result: Faces | Recording) -> list[dict[str, str]]:
    counts = Counter(reason for frame in result.pictures for reason in frame.reasons if reason)
    return [{"reason": reason, "count": f"{n:,}", "hint": REASONS[reason]} for reason, n in counts.most_common()]


def _face_table(faces: Faces) -> tuple[list[str], list[dict[str, Any]]]:
    """A row a face: its state, how probable, what else it could be."""
    rows, probs = [], faces.shown_probs
    for i, state in enumerate(faces.states):
        sure, second = "–", "–"
        if not np.isnan(faces.probs[i]).any():
            order = np.argsort(-probs[i], kind="stable")
            at = int(order[1]) if state != UNCLEAR else int(order[0])
            sure = "–" if state == UNCLEAR else percent(faces.confidence[i])
            second = f"{faces.outcomes[at]} {percent(probs[i, at])}"
        size = f"{faces.quality.size[i]:.0f} px"
        rows.append(
            {"cells": [str(i), _where(faces, i), _named(faces, i), sure, second, size], "state": state, "state_at": 2}
        )
    return [N_("face"), N_("where"), "apparent state", N_("probability"), "next most probable", N_("size")], rows


#: The ninths of a picture, row by row.
_PLACES = (
    *(N_("upper left"), N_("upper middle"), N_("upper right")),
    *(N_("left"), N_("middle"), N_("right")),
    *(N_("lower left"), N_("lower middle"), N_("lower right")),
)


def _where(faces: Faces, i: int) -> str:
    """In which ninth of the picture a face is."""
    x, y = (faces.boxes[i, :2] + faces.boxes[i, 2:]) / 2
    across, down = (int(np.clip(3 * at / max(size, 1), 0, 2)) for at, size in ((x, faces.width), (y, faces.height)))
    return _PLACES[3 * down + across]


def _track_table(recording: Recording, names: Mapping[int, str]) -> tuple[list[str], list[dict[str, Any]]]:
    """A row a face that was followed: when, how often judged, and its mean; its name where names were asked for."""
    rows = []
    for track in tracks_of(recording):
        sure = percent(track.mean) if track.shown else "–"
        well = percent(track.seen_well / track.views)
        cells = [str(track.track_id), clock(track.first_s), clock(track.last_s), well, _state_words(track.state), sure]
        cells += [visible(names.get(track.track_id, "–"))] if names else []
        rows.append({"cells": cells, "state": track.state, "state_at": 4})
    columns = [N_("track"), "first seen", "last seen", "seen well", "most probable on average", "mean probability"]
    return [*columns, *([N_("name")] if names else [])], rows


#: Names of scores as a reader knows them.
_SCORE_NAMES: dict[str, str] = {
    "images": "test pictures",
    "images_of_four_states": "of them, of the four states",
    "accuracy": "accuracy, four states",
    "five_way_accuracy": "accuracy, four states and other",
    "f1_macro": "F1 score, mean of the four states",
    "recall": "recall, four states",
    "five_way_recall": "recall, four states and other",
    "other_auc": "other against the four states (area under the ROC curve)",
    "calibration_error": "calibration error",
    "calibration_error_four": "calibration error, four states",
    "answered": N_("coverage at the training threshold"),
    "accuracy_when_answered": "accuracy of these answers",
    "covers_found": N_("covered faces: share that is found, of made covers on validation pictures"),
    "clear_images_called_covered": N_("validation pictures as they are that count as covered"),
}


def _score_rows(scores: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Each score as name and text, states in their order; an interval as "70 % (68 % to 72 %)"."""
    order = [*_SCORE_NAMES, *OUTCOMES]
    for key in sorted(scores, key=lambda key: order.index(key) if key in order else len(order)):
        value = scores[key]
        name = f"{prefix}: {key}" if prefix else _SCORE_NAMES.get(key, str(key).replace("_", " "))
        if isinstance(value, Mapping) and "estimate" in value:
            text = _score(value["estimate"])
            if value.get("low") is not None and value.get("high") is not None:
                text += f" ({_score(value['low'])} to {_score(value['high'])})"
            yield name, text
        elif isinstance(value, Mapping):
            yield from _score_rows(value, name)
        else:
            yield name, _score(value)


def _score(value: Any) -> str:
    if isinstance(value, float):
        return f"{100 * value:.1f} %" if 0 <= value <= 1 else f"{value:g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _settings(material: Material) -> list[tuple[str, str]]:
    result, model = material.result, material.result.made_with.model
    rows = [(N_("picture"), f"{result.width} x {result.height} pixels")]
    if isinstance(result, Recording):
        rows.append(("sampling interval", f"{result.every_s:g} s"))
    names = {"name": N_("model"), "criteria": "criteria of the states", "data_hash": "training data (SHA-256)"}
    rows += [(words, str(model[key])) for key, words in names.items() if model.get(key)]
    if model.get("threshold") is not None:
        rows.append(("answers less probable than this are “not sure”", percent(model["threshold"])))
    rows.append(("smallest group that is reported", many(material.min_group, "face")))
    return rows + [(visible(str(name)), visible(str(value))) for name, value in material.settings.items()]


def _write(material: Material, folder: Path, stem: str) -> list[Path]:
    path = folder / f"{stem}.report.html"
    write_text(path, report_html(material, picture=picture_jpeg(material) or None))
    return [path]


REPORT = Format(
    name="report",
    about="a page that a teacher understands, with figures and limits",
    **both(Kind(".report.html", "text/html; charset=utf-8")),
    write=_write,
    default=True,
)

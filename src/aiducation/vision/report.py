"""The report: one self-contained page that a teacher understands, without scripts and without the network."""

from __future__ import annotations

import base64
from collections import Counter
from typing import Any

import numpy as np

from aiducation import __version__
from aiducation.states import OUTCOMES, STATE_COLORS, UNCLEAR
from aiducation.vision.faces import Faces, Recording
from aiducation.vision.timeline import MIN_GROUP, Shares, Timeline, shares_of, timeline
from aiducation.vision.timeline_figure import clock, timeline_svg

#: Rows of the table at most: a page is for reading, the CSV has everything.
_MOST_ROWS = 300


def report_html(
    result: Faces | Recording, *, picture: bytes | None = None, model: dict[str, Any], min_group: int = MIN_GROUP
) -> str:
    """The page of a photo or a recording.

    Args:
        result: what was seen.
        picture: the annotated picture as a JPEG file, faces covered already if they are to be.
        model: name, threshold and scores of the model.
        min_group: group figures of fewer faces are withheld.
    """
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("aiducation.vision"), autoescape=True, undefined=jinja2.StrictUndefined
    )
    frames = result.frames if isinstance(result, Recording) else (result,)
    over_time = timeline(result, min_group=min_group) if isinstance(result, Recording) else None
    group = _group(result)
    withheld = group.n_faces < min_group
    columns, rows, table_title = _table(result)
    return environment.get_template("report.html").render(
        source=result.source,
        notes=result.notes if isinstance(result, Recording) else (),
        headline=_headline(result, group, withheld),
        picture=base64.b64encode(picture).decode() if picture else None,
        tiles=_tiles(result, frames),
        shares=None if withheld or np.isnan(group.shares).any() else _bars(group),
        withheld=_why_withheld(group, min_group),
        figure=_figure(over_time, result.source),
        moments=_moments(over_time),
        sure=_sure(frames),
        unclear=Counter(reason for frame in frames for reason in frame.reasons if reason).most_common(),
        scores=_model_scores(model),
        columns=columns,
        rows=rows,
        table_title=table_title,
        made_with=_made_with(result, model),
    )


def _group(result: Faces | Recording) -> Shares:
    """Shares over all faces of a photo, or over all tracks of a recording."""
    if isinstance(result, Faces):
        answered = np.array([state != UNCLEAR for state in result.states], dtype=bool)
        return shares_of(np.where(answered[:, None], result.probs, np.nan), len(result))
    means = [mean for mean, _, _ in _tracks(result).values()]
    seen = round(float(np.mean([len(frame) for frame in result.frames]))) if len(result) else 0
    made = shares_of(np.array(means).reshape(-1, len(OUTCOMES)), len(means))
    return Shares(n_faces=seen, shares=made.shares, low=made.low, high=made.high, unclear=made.unclear)


def _tracks(recording: Recording) -> dict[int, tuple[np.ndarray, float, float]]:
    """Track -> mean probabilities (NaN if never judged), first and last second."""
    rows: dict[int, list[np.ndarray]] = {}
    times: dict[int, list[float]] = {}
    for frame in recording.frames:
        for i, track in enumerate(frame.track_ids):
            if track >= 0:
                times.setdefault(int(track), []).append(frame.time_s or 0.0)
                rows.setdefault(int(track), [])
                if frame.states[i] != UNCLEAR:
                    rows[int(track)].append(frame.probs[i])
    nothing = np.full(len(OUTCOMES), np.nan)
    return {t: (np.mean(rows[t], axis=0) if rows[t] else nothing, times[t][0], times[t][-1]) for t in rows}


def _headline(result: Faces | Recording, group: Shares, withheld: bool) -> str:
    n = group.n_faces
    faces = "no face was found" if n == 0 else f"{n} face{'s' if n > 1 else ''}"
    if isinstance(result, Recording):
        length = clock(float(result.times[-1])) if len(result) else "0:00"
        faces = f"{length} of recording, {'no face' if n == 0 else f'about {n} faces at a time'}"
    if n == 0 or withheld or np.isnan(group.shares).any():
        return faces[0].upper() + faces[1:]
    most = int(np.argmax(group.shares))
    what = "an expression outside the four states" if most == len(OUTCOMES) - 1 else f"“{OUTCOMES[most]}”"
    return f"{faces[0].upper() + faces[1:]}; most often seen: {what}"


def _why_withheld(group: Shares, min_group: int) -> str:
    if group.n_faces == 0:
        return "No face was found."
    if group.n_faces < min_group:
        return (
            f"Group figures are withheld: fewer than {min_group} faces were seen, so they would speak of single persons. "
            "To see them all the same, pass --min-group 1."
        )
    return "No face could be judged."


def _tiles(result: Faces | Recording, frames: tuple[Faces, ...]) -> list[tuple[str, str]]:
    faces = sum(len(frame) for frame in frames)
    answered = sum(state != UNCLEAR for frame in frames for state in frame.states)
    share = f"{answered / faces:.0%}" if faces else "0 %"
    if isinstance(result, Faces):
        return [(str(faces), "faces found"), (str(answered), "could be judged"), (str(faces - answered), "unclear")]
    return [
        (clock(float(result.times[-1])) if len(result) else "0:00", "length"),
        (f"{len(frames):,}", f"pictures looked at, one every {result.every_s:g} s"),
        (f"{faces / max(len(frames), 1):.1f}", "faces in a picture on average"),
        (share, "of faces could be judged"),
    ]


def _bars(group: Shares) -> list[dict[str, Any]]:
    return [
        {
            "name": outcome,
            "color": STATE_COLORS[outcome],
            "percent": round(100 * float(group.shares[k]), 1),
            "low": round(100 * float(group.low[k]), 1),
            "width": round(100 * float(group.high[k] - group.low[k]), 1),
            "text": f"{group.shares[k]:.0%}",
            "interval": f"{group.low[k]:.0%} to {group.high[k]:.0%}",
        }
        for k, outcome in enumerate(OUTCOMES)
    ]


def _figure(over_time: Timeline | None, source: str) -> Any:
    from markupsafe import Markup

    return Markup(timeline_svg(over_time, source)) if over_time else None  # noqa: S704 - drawn here, text escaped there


def _moments(over_time: Timeline | None) -> list[dict[str, str]]:
    return [
        {"at": clock(m.time_s), "words": f"{m.outcome} went from {m.before:.0%} to {m.after:.0%}"}
        for m in (over_time.moments if over_time else ())
    ]


def _sure(frames: tuple[Faces, ...]) -> str:
    states = [state for frame in frames for state in frame.states]
    if not states:
        return "There was nothing to judge."
    sure = [float(c) for f in frames for c, s in zip(f.confidence, f.states, strict=True) if s != UNCLEAR]
    words = f"{len(sure):,} of {len(states):,} faces could be judged"
    if sure:
        words += f"; the model gave its answers a probability of {np.mean(sure):.0%} on average"
    return (
        words
        + ". Where a face cannot be seen well enough or the model is not sure, nothing is said instead of a guess."
    )


def _model_scores(model: dict[str, Any]) -> str:
    scores = model.get("scores") or {}
    if "five_way_accuracy" not in scores:
        return ""
    five, answered, right = (
        scores["five_way_accuracy"]["estimate"], scores["answered"], scores["accuracy_when_answered"]
    )  # fmt: skip
    return (
        f"On {scores['images']:,} test pictures the model was right in {five:.0%}; where it was sure enough to answer "
        f"({answered:.0%} of them), in {right:.0%}. Right means: what ten people who looked at the picture voted."
    )


def _table(result: Faces | Recording) -> tuple[list[str], list[list[str]], str]:
    if isinstance(result, Faces):
        rows = [
            [str(i + 1), state, result.reasons[i] or f"{result.confidence[i]:.0%}", f"{result.quality.size[i]:.0f} px"]
            for i, state in enumerate(result.states)
        ]
        return ["face", "apparent state", "probability or reason", "size"], rows[:_MOST_ROWS], "Every face"
    rows = []
    for number, (mean, first, last) in enumerate(_tracks(result).values(), start=1):
        most = "unclear" if np.isnan(mean).any() else f"{OUTCOMES[int(np.argmax(mean))]} ({mean.max():.0%})"
        rows.append([str(number), clock(first), clock(last), most])
    return ["face", "first seen", "last seen", "most often"], rows[:_MOST_ROWS], "Every face that was followed"


def _made_with(result: Faces | Recording, model: dict[str, Any]) -> str:
    threshold = model.get("threshold")
    parts = [f"aiducation {__version__}", f"model {model.get('name', 'unknown')}"]
    if threshold is not None:
        parts.append(f"answers below a probability of {threshold:.0%} are withheld as not sure")
    return "Made with " + ", ".join(parts) + ". Nothing left this machine."

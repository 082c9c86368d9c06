"""The page without a server, in a real browser: the same faces and states as the package, in photos and recordings."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from aiducation.column_names import QUALITY_COLUMNS
from aiducation.media.samples import gallery
from aiducation.observations.group import group_of
from aiducation.observations.reasons import COVERED
from aiducation.observations.result_json import to_json
from aiducation.states import OUTCOMES
from aiducation.vision.analyzer import Analyzer
from film import film
from needs import BROWSER, MEDIA, REAL_MEDIA, WEB_RUNTIME
from picture_makers import masked

pytestmark = [BROWSER.mark(), WEB_RUNTIME.mark(), pytest.mark.slow]

#: Asks the page's own module for the JSON of a photo.
_JSON = """async ([content, name, least]) => {
  const { postPhoto } = await import("/static/api.js");
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  return (await postPhoto(new File([bytes], name), { min_group: least })).json();
}"""


def _asked(page: Any, content: bytes, name: str, least: int = 5) -> Any:
    return page.evaluate(_JSON, [base64.b64encode(content).decode(), name, least])


def _same_states(ours: dict[str, Any], theirs: dict[str, Any]) -> int:
    """How many faces have the same state for the same reason; the faces themselves must be the same."""
    assert len(ours["faces"]) == len(theirs["faces"])
    assert len(ours["low_confidence"]) == len(theirs["low_confidence"])
    for one, other in zip(ours["faces"], theirs["faces"], strict=True):
        assert list(one) == list(other)
        for side in ("left", "top", "right", "bottom"):
            assert abs(one[side] - other[side]) <= 0.3
        for name in ("score", *QUALITY_COLUMNS):
            assert abs(one[name] - other[name]) <= 0.01, name
        if (one["reason"] == COVERED) != (other["reason"] == COVERED):
            continue  # near the threshold, for the reason below; it is not counted as the same
        for outcome in OUTCOMES:  # integers are multiplied otherwise on processors of another kind
            assert abs((one[f"p_{outcome}"] or 0) - (other[f"p_{outcome}"] or 0)) <= 0.08
    return sum(
        (one["state"], one["reason"]) == (other["state"], other["reason"])
        for one, other in zip(ours["faces"], theirs["faces"], strict=True)
    )


def _made() -> dict[str, bytes]:
    """Photos made by code: tiles, a turned head and a tilted meeting, one with few faces, one with masks, one with none."""
    pictures = {
        "tiles.png": Image.fromarray(gallery(3, 3, width=960, height=540)),
        "tilted.png": Image.fromarray(gallery(3, 3, width=960, height=540)).rotate(20),
        "large.png": Image.fromarray(gallery(2, 2, width=1600, height=900)),
        "upside-down.png": Image.fromarray(gallery(3, 2, width=960, height=540)).rotate(180),
        "masked.png": Image.fromarray(masked(gallery(2, 2, width=1600, height=900))),
        "none.png": Image.new("RGB", (320, 200), "gray"),
    }
    made = {}
    for name, picture in pictures.items():
        out = io.BytesIO()
        picture.save(out, "PNG")
        made[name] = out.getvalue()
    return made


def test_made_photos_have_the_answers_of_the_package(visit: Any, static_address: str, tmp_path: Path) -> None:
    page, analyzer = visit(static_address), Analyzer()
    same = total = covered = 0
    for name, content in _made().items():
        (tmp_path / name).write_bytes(content)
        faces = analyzer.photo(tmp_path / name)
        ours, theirs = to_json(faces, group_of(faces, 5)), _asked(page, content, name)
        same, total = same + _same_states(ours, theirs), total + len(faces)
        covered += sum(one["reason"] == COVERED for one in theirs["faces"])
        assert set(ours) == set(theirs) and set(ours["group"]) == set(theirs["group"])
        for key in set(ours) - {"faces", "group", "low_confidence"}:
            assert ours[key] == theirs[key], key
        for key in set(ours["group"]) - {"counts", "shares"}:
            assert ours["group"][key] == theirs["group"][key], key
    assert total >= 25 and same >= 0.99 * total and covered >= 3, "the worker reads the third output, too"


@REAL_MEDIA.mark()
def test_real_photos_have_the_answers_of_the_package(visit: Any, static_address: str) -> None:
    page, analyzer = visit(static_address), Analyzer()
    same = total = 0
    for name in ("class_group", "masks", "portrait_grid", "stadium", "staff_group", "drawn_faces"):
        path = MEDIA / f"{name}.jpg"
        faces = analyzer.photo(path)
        same += _same_states(to_json(faces), _asked(page, path.read_bytes(), path.name))
        total += len(faces)
    assert total > 200 and same >= 0.99 * total


#: Asks the page's own modules for the JSON of a recording.
_RECORDING_JSON = """async ([content, name, every_s]) => {
  const { analyzeRecording, resultOf } = await import("/static/recordings.js");
  const file = new File([Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0))], name);
  const { signal } = new AbortController();
  return resultOf(await analyzeRecording(file, { every_s, signal, onprogress() {} }), 5);
}"""


def _same_face(one: dict[str, Any], others: list[dict[str, Any]]) -> dict[str, Any]:
    """The face at the same place and time."""
    (found,) = [
        other
        for other in others
        if abs(other["time_s"] - one["time_s"]) < 1e-3
        and all(abs(one[side] - other[side]) <= 0.3 for side in ("left", "top", "right", "bottom"))
    ]
    return found


def _compared(page: Any, path: Path, every_s: float) -> tuple[int, int, dict[str, Any], dict[str, Any]]:
    """Faces with the same state in both, faces in all, and both results; times, faces and tracks must be the same.

    That needs the same pictures, to the last bit. In one of several runs Chromium 156 gave, after "seeked", another picture than
    the one that was asked for; in none since the page also waits for `requestVideoFrameCallback`.
    """
    theirs = page.evaluate(_RECORDING_JSON, [base64.b64encode(path.read_bytes()).decode(), path.name, every_s])
    recording = Analyzer().video(path, every_s=every_s)
    ours = to_json(recording, group_of(recording, 5))
    assert set(theirs) == set(ours) and set(theirs["group"]) == set(ours["group"])
    assert theirs["times_s"] == pytest.approx(ours["times_s"], abs=1e-3)
    assert theirs["cuts_s"] == pytest.approx(ours["cuts_s"], abs=1e-3) and theirs["notes"] == ours["notes"]
    assert len(ours["faces"]) == len(theirs["faces"])
    pairs = [(one, _same_face(one, theirs["faces"])) for one in ours["faces"]]
    for one, other in pairs:
        assert list(one) == list(other) and one["frame"] == other["frame"]
        for outcome in OUTCOMES:  # integers are multiplied otherwise on processors of another kind
            assert abs((one[f"p_{outcome}"] or 0) - (other[f"p_{outcome}"] or 0)) <= 0.08
    names = {(one["track_id"], other["track_id"]) for one, other in pairs}
    assert len(names) == len({one for one, _ in names}) == len({other for _, other in names}), "the same tracks"
    same = sum((one["state"], one["reason"]) == (other["state"], other["reason"]) for one, other in pairs)
    return same, len(pairs), ours, theirs


def test_made_clips_have_the_answers_of_the_package(visit: Any, static_address: str, tmp_path: Path) -> None:
    """In the second one a tenth person joins, so that every tile finds another place: a cut."""
    page = visit(static_address)
    pictures = [gallery(3, 3, width=640, height=360, shift=i / 40) for i in range(30)]
    edited = pictures[:18] + [gallery(4, 3, width=640, height=360, shift=i / 40) for i in range(12)]
    same = total = 0
    for name, codec, every_s, shown, cuts in (
        ("moving.webm", "libvpx-vp9", 0.5, pictures, 0),
        ("moving.mp4", "libx264", 0.4, edited, 1),
    ):
        path = film(tmp_path / name, shown, codec=codec, rate=10)
        a, b, ours, theirs = _compared(page, path, every_s)
        assert len(ours["cuts_s"]) == len(ours["notes"]) == cuts
        same, total = same + a, total + b
        assert theirs["group"]["timeline"]["faces"] == ours["group"]["timeline"]["faces"]
        for key in ("min_group", "view", "found", "withheld", "states_withheld", "withheld_s"):
            assert theirs["group"][key] == ours["group"][key], key
        for state, shares in theirs["group"]["shares"].items():
            assert shares["share"] == pytest.approx(ours["group"]["shares"][state]["share"], abs=0.02)
    assert total > 100 and same >= 0.99 * total


@REAL_MEDIA.mark()
def test_a_real_recording_has_the_answers_of_the_package(visit: Any, static_address: str) -> None:
    page, same, total = visit(static_address), 0, 0
    for name, every_s in (("several_faces", 0.5), ("one_face", 1.0)):
        a, b, _, _ = _compared(page, MEDIA / f"{name}.mp4", every_s)
        same, total = same + a, total + b
    assert total > 70 and same >= 0.99 * total, f"{same} of {total}"

"""The page without a server, in a real browser: the same faces and states as the package, and nothing that leaves the browser."""

from __future__ import annotations

import base64
import io
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from aiducation.column_names import QUALITY_COLUMNS
from aiducation.media.samples import gallery
from aiducation.media.videos import Frame
from aiducation.observations.group import group_of
from aiducation.observations.reasons import COVERED, NOT_MOVING
from aiducation.observations.result_json import to_json
from aiducation.states import OUTCOMES
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.classifier import Classifier, default_model_path
from aiducation.vision.devices import CPU, Device
from aiducation.web.engine import Engine
from aiducation.web.settings import ServeSettings
from aiducation.web.static_page import JoinPage
from film import film
from needs import BROWSER, MEDIA, REAL_MEDIA, WEB_RUNTIME
from page_makers import choose, expect, save
from picture_makers import masked
from static_pages import host_of, hosted, write_page
from waiting import until_shown

pytestmark = [BROWSER.mark(), WEB_RUNTIME.mark()]

#: Asks the page's own module for the JSON of a photo.
_JSON = """async ([content, name, least]) => {
  const { postPhoto } = await import("/static/api.js");
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  return (await postPhoto(new File([bytes], name), { min_group: least })).json();
}"""


@pytest.fixture(scope="session")
def folder(made_once: Callable[..., Path]) -> Path:
    return made_once("static-page", lambda place: write_page(place / "page")) / "page"


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[[str], Any]]:
    """Opens an address as a new visitor for whom all other origins are closed; in the end nothing may have asked for one."""
    contexts, wrong = [], []

    def open_(address: str, *, locale: str = "en-US") -> Any:
        context = browser.new_context(locale=locale)
        contexts.append(context)
        context.add_init_script("localStorage.aiducation ??= JSON.stringify({ agreed: 'in a test' })")
        own = (address.partition("#")[0], "blob:", "data:")

        def decide(route: Any) -> None:
            if route.request.url.startswith(own):
                route.fallback()
            else:
                wrong.append(route.request.url)
                route.abort()

        context.route(lambda url: not url.startswith(own), decide)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("request", lambda request: request.url.startswith(own) or wrong.append(request.url))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(address)
        expect(page.locator("main h1")).to_be_visible(timeout=60_000)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not wrong


def test_students_of_a_server_with_a_graphics_card_get_the_file_for_processors() -> None:
    settings = ServeSettings(device=CPU)
    engine = Engine(settings)
    engine.analyzer.device = Device("cuda", "CUDAExecutionProvider")
    engine.analyzer.classifier = Classifier(default_model_path(floats=True))
    given = JoinPage(settings, engine).files()["networks/classifier.onnx"]
    assert given == default_model_path().read_bytes()


@pytest.fixture(scope="session")
def address(folder: Path) -> Iterator[str]:
    with hosted(folder) as there:
        yield there


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


def test_made_photos_have_the_answers_of_the_package(visit: Any, address: str, tmp_path: Path) -> None:
    page, analyzer = visit(address), Analyzer()
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
def test_real_photos_have_the_answers_of_the_package(visit: Any, address: str) -> None:
    page, analyzer = visit(address), Analyzer()
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


def test_made_clips_have_the_answers_of_the_package(visit: Any, address: str, tmp_path: Path) -> None:
    """In the second one a tenth person joins, so that every tile finds another place: a cut."""
    page = visit(address)
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
def test_a_real_recording_has_the_answers_of_the_package(visit: Any, address: str) -> None:
    page, same, total = visit(address), 0, 0
    for name, every_s in (("several_faces", 0.5), ("one_face", 1.0)):
        a, b, _, _ = _compared(page, MEDIA / f"{name}.mp4", every_s)
        same, total = same + a, total + b
    assert total > 70 and same >= 0.99 * total, f"{same} of {total}"


#: Remembers which recordings the page holds in memory.
_HELD = """() => {
  window.held = new Set();
  const { createObjectURL, revokeObjectURL } = URL;
  URL.createObjectURL = (of) => {
    const address = createObjectURL.call(URL, of);
    if (of instanceof File) held.add(address);
    return address;
  };
  URL.revokeObjectURL = (address) => { held.delete(address); revokeObjectURL.call(URL, address); };
}"""


def test_a_recording_is_shown_saved_and_let_go(visit: Any, address: str, clip: Path, tmp_path: Path) -> None:
    page = visit(f"{address}#recording")
    page.evaluate(_HELD)
    (tmp_path / "torn.mp4").write_bytes(b"no recording")
    choose(page, tmp_path / "torn.mp4")
    expect(page.get_by_role("alert")).to_be_visible(timeout=60_000)
    assert page.evaluate("held.size") == 0
    page.get_by_role("button", name="Remove it from the list").click()
    choose(page, clip)
    expect(page.get_by_text("The group over time")).to_be_visible(timeout=180_000)
    expect(page.locator(".tracks .track")).to_have_count(9)
    expect(page.locator(".face")).to_have_count(9)
    assert save(page, "Table (CSV)").startswith(b"source,frame,time_s")
    assert save(page, "Timeline (CSV)").startswith(b"start_s,faces")
    assert save(page, "JSON").startswith(b'{"generator"')
    page.get_by_role("button", name="Remove it from the list").click()
    expect(page.get_by_text("Drop videos here")).to_be_visible()
    assert page.evaluate("held.size") == 0


def test_a_photo_is_shown_and_saved_and_the_page_works_without_a_network(
    visit: Any, folder: Path, tmp_path: Path
) -> None:
    host, there = host_of(folder)
    page = visit(there)
    (tmp_path / "tiles.png").write_bytes(_made()["tiles.png"])
    page.evaluate("navigator.serviceWorker.ready")
    host.shutdown()
    host.server_close()
    page.reload()
    choose(page, tmp_path / "tiles.png")
    expect(page.locator(".face")).to_have_count(9, timeout=60_000)
    expect(page.get_by_text("9 faces seen")).to_be_visible()
    assert len(save(page, "Table (CSV)").splitlines()) == 10
    for words in ("Label", "Review", "For developers: the API"):
        expect(page.get_by_text(words, exact=True)).to_have_count(0)


def test_what_could_not_be_loaded_is_loaded_again(visit: Any, folder: Path, tmp_path: Path) -> None:
    host = shutil.copytree(folder, tmp_path / "host")
    away = (host / "networks" / "classifier.onnx").rename(tmp_path / "away")
    (tmp_path / "tiles.png").write_bytes(_made()["tiles.png"])
    with hosted(host) as there:
        page = visit(there)
        choose(page, tmp_path / "tiles.png")
        expect(page.locator("main").get_by_text("A file of this page is missing").first).to_be_visible(timeout=60_000)
        away.rename(host / "networks" / "classifier.onnx")
        choose(page, tmp_path / "tiles.png")
        expect(page.locator(".face")).to_have_count(9, timeout=60_000)


def test_a_new_version_replaces_the_old_one_and_leaves_other_pages_alone(
    visit: Any, folder: Path, tmp_path: Path
) -> None:
    host = shutil.copytree(folder, tmp_path / "host")
    with hosted(host) as there:
        page = visit(there)
        page.evaluate("navigator.serviceWorker.ready")
        [before] = page.evaluate("caches.keys()")
        assert before.startswith(f"{there} ")
        other = before.replace(there, f"{there}two/")  # as a page in that folder would name its files
        page.evaluate("(name) => caches.open(name)", other)

        write_page(tmp_path / "new", "--min-group", "7")
        shutil.copytree(tmp_path / "new", host, dirs_exist_ok=True)
        loaded: list[Any] = []
        page.on("framenavigated", lambda frame: loaded.append(frame))
        page.goto(there)
        until_shown(page, lambda: len(loaded) == 2)  # the old version, and by itself the new one
        expect(page.locator("main h1")).to_be_visible()
        until_shown(page, lambda: len(page.evaluate("caches.keys()")) == 2)
        names = page.evaluate("caches.keys()")
        assert other in names and before not in names
        least = "fetch('answers/en/model.json').then((one) => one.json()).then((one) => one.min_group)"
        assert page.evaluate(least) == 7


def test_the_policy_has_no_exception_but_webassembly(visit: Any, folder: Path, address: str) -> None:
    html = (folder / "index.html").read_text(encoding="utf-8")
    policy = re.findall(r'Content-Security-Policy" content="([^"]*)"', html)[0].replace("&#39;", "'")
    assert set(re.findall(r"'[^']*'", policy)) == {"'none'", "'self'", "'wasm-unsafe-eval'"}
    assert "*" not in policy and "http" not in policy
    page = visit(address, locale="de-DE")
    assert page.locator("html").get_attribute("lang") == "de"
    tried = "fetch('https://example.com/').then(() => 'sent', () => 'refused')"
    assert page.evaluate(tried) == "refused"


def test_the_licenses_of_the_runtime_lie_in_the_folder_and_are_linked(visit: Any, folder: Path, address: str) -> None:
    page = visit(address)
    for name, words in {"LICENSE.txt": "MIT License", "ThirdPartyNotices.txt": "google/flatbuffers"}.items():
        assert words in (folder / "runtime" / name).read_text(encoding="utf-8")
        assert page.get_by_role("link", name=name).get_attribute("href") == f"runtime/{name}"


def test_live_faces_are_followed_in_the_browser(visit: Any, address: str) -> None:
    page = visit(f"{address}#live")
    page.locator("main button.main").click()
    expect(page.locator(".face").nth(6)).to_be_visible(timeout=60_000)
    expect(page.get_by_text("pictures a second")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("main button.main")).to_be_enabled()


def _noisy(pictures: list[np.ndarray]) -> list[np.ndarray]:
    """The pictures under the noise of a camera."""
    draw = np.random.default_rng(1)
    return [(one + draw.normal(0, 2, one.shape)).clip(0, 255).astype(np.uint8) for one in pictures]


def _looked_at(page: Any, pictures: list[np.ndarray], every_s: float, from_s: float = 0.0) -> list[dict[str, Any]]:
    """What the page says of pictures as of a camera's."""
    sent = []
    for picture in _noisy(pictures):
        out = io.BytesIO()
        Image.fromarray(picture).save(out, "PNG", compress_level=1)
        sent.append(base64.b64encode(out.getvalue()).decode())
    seen: list[dict[str, Any]] = page.evaluate(
        """async ([contents, every_s, from_s]) => {
          const { look } = await import("/static/api.js");
          const seen = [];
          for (const [frame, content] of contents.entries()) {
            const blob = new Blob([Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0))]);
            seen.push(await look(await createImageBitmap(blob), { time_s: from_s + frame * every_s, frame, least: 1 }));
          }
          return seen;
        }""",
        [sent, every_s, from_s],
    )
    return seen


def test_live_faces_are_the_same_where_the_whole_picture_was_not_searched(visit: Any, address: str) -> None:
    """The second picture is searched around the faces of the first alone; the third is 1.2 s later, and searched as a whole."""
    room = np.full((720, 1280, 3), 60, np.uint8)
    room[200:560, 300:940] = gallery(3, 2, width=640, height=360)
    first, near, whole = _looked_at(visit(address), [room] * 3, 0.6)
    assert len(first["faces"]) == len(near["faces"]) == len(whole["faces"]) == 6
    for one in near["faces"]:
        (other,) = [face for face in whole["faces"] if face["track_id"] == one["track_id"]]
        off = max(abs(one[side] - other[side]) for side in ("left", "top", "right", "bottom"))
        assert off < 0.05 * (one["right"] - one["left"])


def test_live_faces_that_never_move_are_those_of_the_package(visit: Any, address: str) -> None:
    """One of two people moves; a picture hangs on the wall beside them. A camera's noise lies over all."""
    pictures, every_s = [], 2.5
    for i in range(12):
        picture = gallery(2, 2, width=640, height=360).copy()
        picture[:, 320:] = gallery(2, 2, width=640, height=360, shift=(1 + i) / 3)[:, 320:]
        pictures.append(picture)
    theirs = _looked_at(visit(address), pictures, every_s)
    frames = [Frame(i, i * every_s, picture) for i, picture in enumerate(_noisy(pictures))]
    still = 0
    for ours, result in zip(Analyzer().stream(frames, source="camera"), theirs, strict=True):
        assert len(ours) == len(result["faces"]) == 4
        for box, why in zip(ours.boxes.tolist(), ours.reasons, strict=True):
            (face,) = [one for one in result["faces"] if abs(one["left"] - box[0]) + abs(one["top"] - box[1]) < 10]
            assert (face["reason"] == NOT_MOVING) == (why == NOT_MOVING)
        assert result["group"]["found"] == ours.participants.sum()
        still += 4 - result["group"]["found"]
    assert still >= 6


def test_a_camera_that_is_started_again_begins_with_new_tracks(visit: Any, address: str) -> None:
    """Whatever its clock says: each page with a camera has its own."""
    page = visit(address)
    tile = gallery(2, 2, width=640, height=360)
    first, again = (_looked_at(page, [tile], 0.0, from_s)[0]["faces"] for from_s in (5.0, 6.0))
    assert len(first) == len(again) == 4
    assert not {face["track_id"] for face in first} & {face["track_id"] for face in again}

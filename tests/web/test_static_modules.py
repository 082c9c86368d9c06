"""Modules of the page without a server, without a browser: what follows faces there gives what the package gives."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest

import aiducation
from aiducation.geometry import Fit, largest
from aiducation.media.video_pictures import BT601, BT709, picture_of
from aiducation.observations.detections import Detections
from aiducation.observations.faces import COLUMNS, Faces
from aiducation.vision.appearance import appearance
from aiducation.vision.assignment import worth_it
from aiducation.vision.cuts import Cut, CutWatch, Scene
from aiducation.vision.static_faces import without_still
from aiducation.vision.tracker import Tracker
from makers import recording_of
from needs import NODE as NODE_JS
from waiting import PATIENCE_S

pytestmark = NODE_JS.mark()

ALONE = Path(aiducation.__file__).parent / "web" / "alone"


def _run(code: str, value: Any) -> Any:
    """What a program says of a value that it finds in ``input``."""
    program = f"import {{ readFileSync }} from 'node:fs'; const input = JSON.parse(readFileSync(0, 'utf8'));\n{code}"
    node = shutil.which("node")
    assert node
    done = subprocess.run(
        [node, "--input-type=module", "-e", program],
        input=json.dumps(value),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _module(name: str) -> str:
    return (ALONE / name).as_uri()


def test_assignments_are_those_of_the_package() -> None:
    draw = np.random.default_rng(1)
    tables = [draw.normal(0, 3, draw.integers(1, 9, 2)).round(3) for _ in range(60)]
    code = f"""import {{ worthIt }} from "{_module("assignment.js")}";
    console.log(JSON.stringify(input.map((cost) => worthIt(cost))));"""
    for cost, pairs in zip(tables, _run(code, [cost.tolist() for cost in tables]), strict=True):
        assert sorted(map(tuple, pairs)) == sorted(worth_it(cost))


def test_a_table_has_the_columns_of_the_package_also_without_a_face() -> None:
    """The tables of several photos are put together below the header of the first one."""
    code = f"""import {{ table }} from "{_module("rows_as_csv.js")}";
    console.log(JSON.stringify([table([], false), table([{{ face: 1, landmarks: [] }}], true)]));"""
    none, one = _run(code, None)
    assert none == ",".join(COLUMNS) + "\n"
    assert one.splitlines()[0].removeprefix("\ufeff").split(";") == list(COLUMNS)


def _walks(people: int, frames: int) -> list[Detections]:
    """People who walk about, some of whom are missed now and then; the detector's boxes jitter."""
    draw = np.random.default_rng(2)
    places, speeds = draw.uniform(100, 900, (people, 2)), draw.normal(0, 30, (people, 2))
    sides = draw.uniform(40, 90, people)
    seen = []
    for _ in range(frames):
        places = places + speeds * 0.5
        speeds = np.where((places < 50) | (places > 950), -speeds, speeds + draw.normal(0, 8, speeds.shape))
        here = draw.random(people) > 0.1
        centres = places[here] + draw.normal(0, 2, (here.sum(), 2))
        half = (sides[here] * draw.normal(1, 0.03, here.sum()))[:, None] / 2
        boxes = np.hstack([centres - half, centres + half]).astype(np.float32)
        scores = draw.uniform(0.6, 1.0, len(boxes)).astype(np.float32)
        seen.append(Detections(boxes=boxes, landmarks=np.zeros((len(boxes), 5, 2), np.float32), scores=scores))
    return seen


def _groups(ids: Sequence[Sequence[int]]) -> list[list[int]]:
    """The ids, each named after its first appearance: the numbers themselves are random."""
    names: dict[int, int] = {}
    return [[names.setdefault(int(one), len(names)) for one in some] for some in ids]


def test_tracks_are_those_of_the_package() -> None:
    seen = _walks(12, 120)
    tracker = Tracker(seed=1)
    ours = [tracker.update(one.boxes, one.scores, i * 0.5) for i, one in enumerate(seen)]
    code = f"""import {{ Tracker }} from "{_module("tracker.js")}";
    const tracker = new Tracker();
    const ids = input.map((faces, i) => tracker.update(faces, i * 0.5));
    console.log(JSON.stringify([ids, [...tracker.confirmed]]));"""
    value = [
        [{"box": box.tolist(), "score": float(score)} for box, score in zip(one.boxes, one.scores, strict=True)]
        for one in seen
    ]
    theirs, confirmed = _run(code, value)
    assert _groups(theirs) == _groups([one.tolist() for one in ours])
    assert len(confirmed) == len(tracker.confirmed)


def test_tracks_of_people_in_clothes_are_those_of_the_package() -> None:
    """Two of four people walk through each other; what they wear tells them apart."""
    draw = np.random.default_rng(4)
    picture = draw.integers(0, 255, (30, 40, 3), np.uint8).repeat(20, 0).repeat(20, 1)
    seen = [
        np.array(
            [[x, 200 + k, x + 60, 270 + k] for k, x in ((0, 100 + 30 * i), (20, 640 - 30 * i), (300, 400), (9, 300))]
        )
        for i in range(18)
    ]
    looks = [appearance(picture, boxes + np.array([0, 0, i % 3, 0])) for i, boxes in enumerate(seen)]
    tracker = Tracker(seed=1)
    scores = np.full(4, 0.9)
    ours = [tracker.update(boxes.astype(np.float32), scores, i * 0.5, looks=looks[i]) for i, boxes in enumerate(seen)]
    code = f"""import {{ Tracker }} from "{_module("tracker.js")}";
    import {{ appearance }} from "{_module("appearance.js")}";
    const {{ pixels, seen }} = input, tracker = new Tracker();
    const picture = {{ width: 800, height: 600, step: 3, data: Uint8Array.from(pixels) }};
    const looks = seen.map((boxes, i) => appearance(picture, boxes.map(([a, b, c, d]) => [a, b, c + (i % 3), d])));
    const ids = seen.map((boxes, i) =>
      tracker.update(boxes.map((box, k) => ({{ box, score: 0.9, look: looks[i][k] }})), i * 0.5));
    console.log(JSON.stringify([ids, looks]));"""
    theirs, known = _run(code, {"pixels": picture.ravel().tolist(), "seen": [boxes.tolist() for boxes in seen]})
    for mine, other in zip(looks, known, strict=True):
        parts = [[np.full(150, np.nan) if part is None else part for part in look] for look in other]
        assert np.allclose(mine, parts, atol=1e-5, equal_nan=True)
    assert _groups(theirs) == _groups([one.tolist() for one in ours])


@pytest.mark.parametrize(("matrix", "name"), [(BT709, "bt709"), (BT601, "smpte170m")])
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("packed", ["I420", "NV12"])
def test_colours_of_decoded_pictures_are_those_of_the_package(matrix: int, name: str, full: bool, packed: str) -> None:
    draw = np.random.default_rng(5)
    height, width = 36, 64
    planes = [draw.integers(0, 256, shape, np.uint8) for shape in ((height, width), *[(height // 2, width // 2)] * 2)]
    frame = av.VideoFrame.from_ndarray(np.concatenate([one.ravel() for one in planes]).reshape(-1, width), "yuv420p")
    frame.colorspace, frame.color_range = matrix, 2 if full else 1
    stream = SimpleNamespace(
        sample_aspect_ratio=None,
        container=SimpleNamespace(format=SimpleNamespace(name="mp4")),
        codec_context=SimpleNamespace(color_trc=1, color_primaries=1),
    )
    ours = picture_of(frame, stream)
    chroma = planes[1:] if packed == "I420" else [np.stack(planes[1:], axis=-1)]
    code = f"""import {{ decoded }} from "{_module("decoded.js")}";
    const {{ bytes, places, format, matrix, fullRange, width, height }} = input;
    const made = await decoded({{
      format, visibleRect: {{ width, height }}, displayWidth: width, displayHeight: height,
      colorSpace: {{ matrix, fullRange }}, allocationSize: () => bytes.length,
      copyTo: async (to) => {{ to.set(bytes); return places; }},
    }});
    console.log(JSON.stringify([...made.data]));"""
    value = {
        "bytes": np.concatenate([one.ravel() for one in (planes[0], *chroma)]).tolist(),
        "places": [
            {"offset": 0, "stride": width},
            {"offset": width * height, "stride": width // 2 if packed == "I420" else width},
            {"offset": width * height * 5 // 4, "stride": width // 2},
        ],
        "format": packed,
        "matrix": name,
        "fullRange": full,
        "width": width,
        "height": height,
    }
    theirs = np.array(_run(code, value)).reshape(height, width, 4)[..., :3]
    assert (theirs == ours).all()


def _rooms(many: int) -> list[np.ndarray]:
    """Drawn rooms: fields of colour with edges, (360, 640, 3) float64."""
    draw = np.random.default_rng(6)
    fields = draw.integers(40, 220, (many, 6, 8, 3)).repeat(60, 1).repeat(80, 2)
    grain = draw.normal(0, 18, (many, 36, 64, 1)).repeat(10, 1).repeat(10, 2)
    return list(np.clip(fields + grain, 0, 255))


def _edited() -> list[tuple[float, Scene]]:
    """Times and scenes of a recording in which much happens: cuts, dissolves, black between two scenes, light that is switched,
    a camera that turns, somebody who passes, and a window that gets another shape."""
    one, two, three, four = _rooms(4)
    wide, black = np.hstack([three, four, one]), np.zeros_like(one)
    pictures = [one] * 4 + [two] * 4
    pictures += [two * (1 - share) + three * share for share in (0.25, 0.5, 0.75, 1.0)] + [three] * 3
    pictures += [wide[:, 60 * i : 60 * i + 640] for i in range(8)]
    pictures += [two, black, black, two * 0.3, two, black, one, one]
    for i in range(8):
        passed, left = one.copy(), -320 + 120 * i
        passed[:, max(left, 0) : max(left + 320, 0)] = (30, 34, 40)
        pictures.append(passed)
    pictures += [one[:, 80:560], two[:, 80:560], one[:, 80:560]]
    draw = np.random.default_rng(7)
    noisy = [(one + draw.normal(0, 3, one.shape)).clip(0, 255).astype(np.uint8) for one in pictures]
    return [(i * 0.5, Scene(picture)) for i, picture in enumerate(noisy)]


def _colors(scene: Scene) -> dict[str, Any]:
    return {
        "colors": scene.colors.astype(np.uint8).ravel().tolist(),
        "width": scene.size[0],
        "height": scene.size[1],
    }


@pytest.mark.slow
def test_cuts_are_those_of_the_package() -> None:
    edited, watch = _edited(), CutWatch()
    boxes = np.array([[60, 80, 120, 150], [300, 100, 420, 240], [-20, 200, 60, 300], [400, 300, 470, 350]], np.float64)
    ours = []
    for time_s, scene in edited:
        cut = watch.update(scene, time_s)
        ours.append(None if cut is None else cut.stays(boxes).tolist())
    code = f"""import {{ CutWatch }} from "{_module("cuts.js")}";
    const watch = new CutWatch();
    console.log(JSON.stringify(input.pictures.map(([time_s, colors]) => {{
      const cut = watch.update(colors, time_s);
      return cut && input.boxes.map((box) => cut.stays(box));
    }})));"""
    value = {"boxes": boxes.tolist(), "pictures": [[time_s, _colors(scene)] for time_s, scene in edited]}
    assert _run(code, value) == ours
    assert sum(one is not None for one in ours) > 5


def test_slides_beside_a_camera_leave_its_faces() -> None:
    """The picture around one face stays, that around the other does not."""
    before, after = (one.astype(np.uint8) for one in _rooms(2))
    after[:120, 480:] = before[:120, 480:]
    cut, boxes = Cut(Scene(before), Scene(after)), np.array([[530, 20, 590, 90], [100, 100, 160, 170]], np.float64)
    assert cut.stays(boxes).tolist() == [True, False]
    code = f"""import {{ Cut }} from "{_module("cuts.js")}";
    import {{ Scene }} from "{_module("scene.js")}";
    const cut = new Cut(...input.pictures.map((colors) => new Scene(colors)));
    console.log(JSON.stringify(input.boxes.map((box) => cut.stays(box))));"""
    value = {"boxes": boxes.tolist(), "pictures": [_colors(Scene(before)), _colors(Scene(after))]}
    assert _run(code, value) == [True, False]


@pytest.mark.parametrize("size", [(640, 360), (854, 480), (1279, 719), (80, 50)])
def test_colours_by_which_cuts_are_found_are_those_of_the_package(size: tuple[int, int]) -> None:
    draw = np.random.default_rng(8)
    picture = draw.integers(0, 256, (size[1], size[0], 3), np.uint8)
    code = f"""import {{ colorsOf }} from "{_module("scene.js")}";
    const {{ width, height, pixels }} = input;
    const picture = {{ width, height, step: 3, data: new Uint8Array(Buffer.from(pixels, "base64")) }};
    console.log(JSON.stringify([...colorsOf(picture).colors]));"""
    value = {"width": size[0], "height": size[1], "pixels": base64.b64encode(picture.tobytes()).decode()}
    assert _run(code, value) == Scene(picture).colors.astype(int).ravel().tolist()


def test_tracks_over_cuts_and_other_shapes_are_those_of_the_package() -> None:
    """At a cut only those go on whose surroundings stay; in a window of another shape places and sizes are freer."""
    seen, draw = _walks(12, 60), np.random.default_rng(9)
    stays = [(draw.random(len(one.boxes)) < 0.5).tolist() if i % 9 == 8 else None for i, one in enumerate(seen)]
    reshaped = [i % 7 == 6 for i in range(len(seen))]
    tracker = Tracker(seed=1)
    ours = [
        tracker.update(
            one.boxes,
            one.scores,
            i * 0.5,
            stays=None if stays[i] is None else np.array(stays[i], dtype=bool),
            reshaped=reshaped[i],
        )
        for i, one in enumerate(seen)
    ]
    code = f"""import {{ Tracker }} from "{_module("tracker.js")}";
    const tracker = new Tracker();
    console.log(JSON.stringify(input.map(([faces, stays, reshaped], i) =>
      tracker.update(faces, i * 0.5, {{ stays, reshaped }}))));"""
    value = [
        [
            [{"box": box.tolist(), "score": float(score)} for box, score in zip(one.boxes, one.scores, strict=True)],
            *more,
        ]
        for one, *more in zip(seen, stays, reshaped, strict=True)
    ]
    assert _groups(_run(code, value)) == _groups([one.tolist() for one in ours])


def test_faces_of_pictures_of_several_sizes_lie_where_the_package_puts_them() -> None:
    sizes = [(1280, 720), (960, 720), (720, 1280), (1280, 720), (960, 720), (960, 721)]
    space = largest(sizes)
    boxes = np.random.default_rng(10).uniform(0, 700, (len(sizes), 4))
    ours = [Fit.into(size, space).boxes(box[None])[0] for size, box in zip(sizes, boxes, strict=True)]
    code = f"""import {{ fitted, largest }} from "{_module("places.js")}";
    const sizes = input.sizes.map(([width, height]) => ({{ width, height }})), space = largest(sizes);
    const faces = input.boxes.map((box, i) => fitted({{ box, points: [] }}, sizes[i], space));
    console.log(JSON.stringify([[space.width, space.height], faces.map(({{ box }}) => box)]));"""
    there, theirs = _run(code, {"sizes": sizes, "boxes": boxes.tolist()})
    assert tuple(there) == space
    assert np.allclose(theirs, ours, rtol=1e-6)


def test_known_faces_are_searched_in_parts_of_the_picture() -> None:
    """The parts hold the pixels around each face, on the grid of the whole picture; where they would fill it, there are none."""
    code = f"""import {{ detectNear }} from "{_module("nearby.js")}";
    const [width, height] = [640, 480], data = new Uint8Array(width * height * 4);
    for (let i = 0; i < data.length; i += 4) [data[i], data[i + 1]] = [(i / 4) % width & 255, (i / 4 / width) & 255];
    const seen = [];
    const network = async (pixels, high, wide) => {{
      seen.push({{ high, wide, pixels: [...pixels] }});
      const cells = (stride) => (high / stride) * (wide / stride);
      return Object.fromEntries([8, 16, 32].flatMap((stride) => [["cls", 1], ["obj", 1], ["bbox", 4], ["kps", 10]].map(
        ([kind, n]) => [`${{kind}}_${{stride}}`, new Float32Array(cells(stride) * n)])));
    }};
    const found = [];
    for (const boxes of input)
      found.push(await detectNear(network, {{ width, height, step: 4, data }}, 0.2,
        boxes.map((box) => ({{ box, points: [], score: 0.9 }}))));
    console.log(JSON.stringify([seen, found]));"""
    boxes = [[40, 30, 100, 105], [300, 200, 330, 240], [590, 400, 639, 470]]
    seen, found = _run(code, [boxes, [[20, 20, 280, 440], [320, 20, 600, 440]]])
    assert found == [None, None] and len(seen) == 1, "nothing was found there; the whole picture has to be searched"
    (one,) = seen
    high, wide = one["high"], one["wide"]
    assert high % 32 == wide % 32 == 0 and high * wide < 0.4 * 640 * 480
    _, green, red = np.array(one["pixels"]).reshape(3, high, wide)
    for left, top, right, bottom in boxes:
        rows, columns = np.mgrid[top:bottom, left:right]
        offsets = [(y - top, x - left) for y, x in np.argwhere((red == left % 256) & (green == top % 256))]
        assert any(
            np.array_equal(red[y + top : y + bottom, x + left : x + right], columns % 256)
            and np.array_equal(green[y + top : y + bottom, x + left : x + right], rows % 256)
            and y % 32 == x % 32 == 0
            for y, x in offsets
        )


def test_faces_that_never_move_are_those_of_the_package() -> None:
    recording = recording_of([[np.full(5, 0.2)] * 3] * 80, every_s=0.5)
    draw, frames = np.random.default_rng(3), []
    for i, faces in enumerate(recording.frames):
        points = faces.detections.landmarks.copy()
        for k in range(3):
            if k == 1 or (k == 2 and i < 40):
                points[k] += draw.normal(0, 12, 2)
        frames.append(_with_points(faces, points))
    ours = [
        sorted(int(t) for t, reason in zip(one.track_ids, one.reasons, strict=True) if reason == "not moving")
        for one in without_still(frames)
    ]
    code = f"""import {{ stillTracks }} from "{_module("still_faces.js")}";
    console.log(JSON.stringify(stillTracks(input).map((one) => [...one].sort((a, b) => a - b))));"""
    value = [
        {
            "time_s": one.time_s,
            "standing": one.standing,
            "faces": [
                {"id": int(t), "box": box.tolist(), "points": points.tolist()}
                for t, box, points in zip(one.track_ids, one.boxes, one.detections.landmarks, strict=True)
            ],
        }
        for one in frames
    ]
    assert _run(code, value) == ours
    assert any(ours) and not all(len(one) == 3 for one in ours)


def _with_points(faces: Faces, points: np.ndarray) -> Faces:
    return replace(faces, detections=replace(faces.detections, landmarks=points))


def test_a_window_of_a_recording_costs_the_same_however_long_the_recording_is() -> None:
    code = f"""
    import {{ between }} from "{_module("frames_between.js")}";
    const found = [];
    for (const many of input) {{
      let read = 0;
      const frames = Array.from({{ length: many }}, (_, i) => ({{ get time_s() {{ read += 1; return i / 2; }} }}));
      const times = [...Array(Math.ceil(many / 240)).keys()].map((n) => {{
        read = 0;
        const some = between(frames, 120 * n, 120 * (n + 1));
        const cost = read;
        return [some[0].time_s, some.at(-1).time_s, some.length, cost];
      }});
      found.push(times);
    }}
    const rounded = between([{{ time_s: 119.99997 }}, {{ time_s: 240.0004 }}], 120, 240).length;
    console.log(JSON.stringify([found, rounded, between([], 0, 120).length]));
    """
    lengths = (600, 72_000)  # five minutes and ten hours
    found, rounded, nothing = _run(code, lengths)
    for many, windows in zip(lengths, found, strict=True):
        last_s = (many - 1) / 2
        wanted = [(120.0 * n, min(120.0 * (n + 1), last_s)) for n in range(len(windows))]
        assert [(first, last) for first, last, *_ in windows] == wanted
        assert [many for _, _, many, _ in windows] == [2 * (last - first) + 1 for first, last in wanted]
    assert max(cost for *_, cost in found[1]) <= 2 * 18 and rounded == 1 and nothing == 0

"""Cuts end tracks; light, movement and slides beside a camera do not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aiducation.batch.recording_checkpoint import RecordingCheckpoint
from aiducation.media.samples import gallery, portrait
from aiducation.media.video_writer import VideoWriter
from aiducation.media.videos import Frame
from aiducation.observations.recording import Recording
from aiducation.observations.result_json import from_json, to_json
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.cuts import CutWatch, Scene, cut_note
from aiducation.vision.follower import Follower
from aiducation.vision.lost_faces import covered
from makers import faces_of

WIDTH, HEIGHT = 640, 360


def room(seed: int) -> np.ndarray:
    """A drawn room: fields of colour with edges, (360, 640, 3) float64."""
    rng = np.random.default_rng(seed)
    coarse = np.kron(rng.integers(40, 220, (6, 8, 3)), np.ones((60, 80, 1)))
    fine = np.kron(rng.normal(0, 18, (36, 64, 1)), np.ones((10, 10, 1)))
    return np.clip(coarse + fine, 0, 255)


def with_face(picture: np.ndarray, x: float, y: float, height: int = 240, *, cut_out: bool = True) -> np.ndarray:
    """The sample face with the left upper corner of its photo at a place; the head alone, or the whole photo."""
    size = (height * 512 // 606, height)
    across, down = np.meshgrid(np.linspace(0, 1, size[0]), np.linspace(0, 1, size[1]))
    head = np.hypot((across - 0.52) / 0.26, (down - 0.34) / 0.3) < 1
    mask = Image.fromarray(np.where(head | (not cut_out), 255, 0).astype(np.uint8))
    page = Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))
    page.paste(Image.fromarray(portrait()).resize(size), (round(x), round(y)), mask)
    return np.asarray(page)


def seen_cuts(pictures: Iterator[np.ndarray], every_s: float = 0.5) -> list[int]:
    """Numbers of the pictures before which a cut is found."""
    watch, rng = CutWatch(), np.random.default_rng(0)
    noisy = ((picture + rng.normal(0, 3, picture.shape)).clip(0, 255).astype(np.uint8) for picture in pictures)
    return [i for i, picture in enumerate(noisy) if watch.update(Scene(picture), i * every_s)]


def sway(i: int) -> float:
    return 200 + 12 * float(np.sin(i))


@pytest.mark.parametrize("every_s", [0.1, 0.5, 2.0])
def test_another_room_is_a_cut(every_s: float) -> None:
    """Also where the same person sits at the same place, as in an edited lesson."""
    pictures = (with_face(room(i // 8), sway(i), 100, 200) for i in range(24))
    assert seen_cuts(pictures, every_s) == [8, 16]


def test_black_between_two_rooms_is_one_cut_and_between_the_same_none() -> None:
    black = np.zeros((HEIGHT, WIDTH, 3))
    assert seen_cuts(iter([room(0)] * 5 + [black] * 3 + [room(1)] * 5)) == [8]
    assert seen_cuts(iter([room(0)] * 5 + [black] * 3 + [room(0)] * 5)) == []


@pytest.mark.slow
@pytest.mark.parametrize(("every_s", "lasts_s"), [(0.1, 1.0), (0.25, 1.0), (0.5, 1.0), (0.25, 0.5), (0.5, 1.5)])
def test_a_dissolve_is_a_cut(every_s: float, lasts_s: float) -> None:
    times = np.arange(0, 6, every_s)
    shares = np.clip((times - 3) / lasts_s, 0, 1)
    cuts = seen_cuts((room(0) * (1 - share) + room(1) * share for share in shares), every_s)
    assert 1 <= len(cuts) <= 2 and all(3 < times[i] <= 3 + lasts_s + 1 for i in cuts)


@pytest.mark.parametrize("lasts_s", [0.0, 1.0])
def test_light_is_no_cut(lasts_s: float) -> None:
    """Switched off and on, at once and slowly; an exposure that follows."""
    times = np.arange(0, 8, 0.5)
    light = np.interp(times, [2, 2 + lasts_s + 1e-3, 5, 5 + lasts_s + 1e-3], [1.0, 0.25, 0.25, 1.0])
    assert seen_cuts(with_face(room(0), sway(i), 100) * level for i, level in enumerate(light)) == []
    assert seen_cuts(np.clip(room(0) * level + 25, 0, 255) for level in (1, 1, 1.3, 1.1, 0.9, 0.8, 1)) == []


def test_a_turning_camera_is_no_cut() -> None:
    wide = np.hstack([room(0), room(1), room(2)])
    assert seen_cuts(wide[:, 60 * i : 60 * i + WIDTH] for i in range(20)) == []


def test_somebody_who_passes_close_to_the_camera_is_no_cut() -> None:
    """A back that hides half of the picture."""
    pictures = []
    for i in range(12):
        picture, left = room(0), -320 + 90 * i
        picture[:, max(left, 0) : max(left + 320, 0)] = (30, 34, 40)
        pictures.append(picture)
    assert seen_cuts(iter(pictures)) == []


def test_a_face_that_fills_the_picture_and_moves_is_no_cut() -> None:
    plain = np.full((HEIGHT, WIDTH, 3), 110.0)
    pictures = (
        with_face(plain, 80 + 70 * np.sin(i), -60 + 40 * np.sin(1.7 * i), 600, cut_out=False) for i in range(20)
    )
    assert seen_cuts(pictures) == []


@pytest.mark.slow
def test_a_gallery_that_finds_new_places_is_a_cut() -> None:
    """A tenth person joins: every tile moves."""
    pictures = [gallery(3, 3, width=WIDTH, height=HEIGHT, shift=i / 20) for i in range(6)]
    pictures += [gallery(4, 3, width=WIDTH, height=HEIGHT, shift=i / 20) for i in range(6)]
    assert seen_cuts(iter(pictures)) == [6]


def slide(number: int) -> np.ndarray:
    rng = np.random.default_rng(100 + number)
    page = np.full((HEIGHT, WIDTH, 3), 245.0)
    for line in range(9):
        page[40 + 34 * line : 54 + 34 * line, 40 : 40 + int(rng.integers(120, 560))] = rng.integers(20, 120, 3)
    return page


def test_the_start_of_a_shared_screen_is_a_cut() -> None:
    pictures = [gallery(3, 3, width=WIDTH, height=HEIGHT)] * 4 + [slide(0)] * 4
    assert seen_cuts(iter(pictures)) == [4]


def follow(analyzer: Analyzer, pictures: list[np.ndarray], every_s: float = 0.5) -> Recording:
    frames = (Frame(i, i * every_s, picture) for i, picture in enumerate(pictures))
    return analyzer.live(frames, source="camera:0", every_s=every_s)


def ids(recording: Recording, start: int, end: int) -> set[int]:
    return {int(track) for faces in recording.frames[start:end] for track in faces.track_ids}


def test_tracks_end_at_a_cut_though_the_faces_lie_at_the_same_place(analyzer: Analyzer) -> None:
    pictures = [with_face(room(i // 5), sway(i), 100) for i in range(10)]
    recording = follow(analyzer, pictures)
    assert list(recording.cuts) == [2.5]
    assert len(ids(recording, 0, 5)) == len(ids(recording, 5, 10)) == 1
    assert not ids(recording, 0, 5) & ids(recording, 5, 10)


def test_a_lost_track_ends_too(analyzer: Analyzer) -> None:
    """The face is away when the scene changes, and another is at its place soon after."""
    pictures = [with_face(room(0), 200, 100), room(0), room(1), with_face(room(1), 200, 100)]
    pictures = [picture.astype(np.uint8) for picture in pictures]
    recording = follow(analyzer, pictures)
    assert list(recording.cuts) == [1.0]
    assert recording.frames[0].track_ids != recording.frames[3].track_ids


def test_a_camera_beside_slides_goes_on(analyzer: Analyzer) -> None:
    """A photo between two slides; the teacher in the corner stays."""
    pictures = []
    for i in range(12):
        corner = with_face(np.full((HEIGHT, WIDTH, 3), 90.0), 40 + 6 * np.sin(i), 20, 330, cut_out=False)[:, :340]
        page = (room(1) if i // 4 == 1 else slide(0)).astype(np.uint8)
        page[-140:, -132:] = np.asarray(Image.fromarray(corner).resize((132, 140)))
        pictures.append(page)
    recording = follow(analyzer, pictures)
    assert list(recording.cuts) == [2.0, 4.0]
    assert all(len(faces) == 1 for faces in recording.frames) and len(ids(recording, 0, 12)) == 1


def test_nothing_is_smoothed_over_a_cut() -> None:
    """The first answer after it is the frame's own."""
    from aiducation.vision.glimpse import Glimpse

    follower = Follower(threshold=0.0, seed=0)
    one, two = np.eye(5, dtype=np.float32)[[0, 2]]
    for i in range(12):
        faces = faces_of([one if i < 6 else two], tracks=[-1], time_s=i / 2)
        picture = room(i // 6).astype(np.uint8)
        done = follower.follow(faces, Glimpse.of(picture, faces.boxes))
        assert done.cut == (i == 6)
        assert done.states == ("neutral",) if i < 6 else done.states == ("focused",)


def test_covers_stay_for_a_while_after_a_cut() -> None:
    """In a dissolve the old face can still be seen."""
    before = [replace(faces_of([np.full(5, 0.2)], tracks=[1], time_s=t)) for t in (0.0, 0.5)]
    after = [replace(faces_of([], tracks=[], time_s=t), cut=t == 1.0) for t in (1.0, 1.5, 2.0)]
    assert [len(faces.to_anonymize) for faces in covered([*before, *after])][:4] == [1, 1, 1, 1]


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixteen seconds of a face in three rooms."""
    path = tmp_path_factory.mktemp("edited") / "edited.mp4"
    with VideoWriter(path, WIDTH, HEIGHT) as writer:
        for i in range(64):
            writer.write(with_face(room(i // 24), sway(i // 2), 100), i / 4)
    return path


@pytest.mark.slow
@pytest.mark.parametrize("done", [12, 24])
def test_a_recording_that_is_taken_up_again_has_the_same_cuts(done: int, edited: Path, tmp_path: Path) -> None:
    """The twelfth frame is the last before a cut."""
    analyzer = Analyzer(threads=1, seed=0)
    path = tmp_path / "x.part.jsonl"
    with RecordingCheckpoint(path, {}, resume=False) as checkpoint:
        whole = analyzer.video(edited, checkpoint=checkpoint)
    assert list(whole.cuts) == [6.0, 12.0]
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[: 1 + done]), encoding="utf-8")
    with RecordingCheckpoint(path, {}, resume=True) as checkpoint:
        again = analyzer.video(edited, checkpoint=checkpoint)
    assert path.read_text(encoding="utf-8") == "".join(lines)
    assert list(again.cuts) == list(whole.cuts)
    assert [list(faces.track_ids) for faces in again.frames] == [list(faces.track_ids) for faces in whole.frames]
    note = "The picture cuts to another scene 2 times (at 0:06, 0:12); new tracks begin at each cut."
    assert note in whole.notes
    back = from_json(to_json(whole))
    assert isinstance(back, Recording) and list(back.cuts) == [6.0, 12.0]


def test_no_picture_and_no_colours_are_written_down(edited: Path, tmp_path: Path) -> None:
    """A line of the checkpoint has what the JSON has, whether there is a cut or nothing new, and its checksum."""
    import json

    analyzer = Analyzer(threads=1)
    with RecordingCheckpoint(tmp_path / "x.jsonl", {}, resume=False) as checkpoint:
        analyzer.video(edited, every_s=4.0, checkpoint=checkpoint)
    line = json.loads((tmp_path / "x.jsonl").read_text(encoding="utf-8").splitlines()[1])
    assert set(line) == {"source", "width", "height", "frame", "time_s", "standing", "cut", "view", "faces", "sum"}


def test_the_note() -> None:
    frames = [replace(faces_of([], tracks=[], time_s=float(t)), cut=t > 0) for t in range(10)]
    assert cut_note(frames[:1]) == ()
    assert cut_note(frames[:2])[0].startswith("The picture cuts to another scene at 0:01;")
    assert "9 times (at 0:01, 0:02, 0:03, 0:04, 0:05, 0:06 and others)" in cut_note(frames)[0]


def test_a_picture_of_another_shape_is_another_scene_by_its_colours() -> None:
    """A window that is resized shows the same; a phone that is turned while the film is cut does not."""
    rough = np.random.default_rng(0).normal((30, 160, 60), 40, (24, 18, 3)).repeat(20, axis=0).repeat(20, axis=1)
    grass = np.clip(rough, 0, 255).astype(np.uint8)
    for other, cut in ((gallery(2, 2, width=640, height=480), False), (grass, True)):
        watch = CutWatch()
        assert watch.update(Scene(gallery(2, 2, width=640, height=360)), 0.0) is None
        assert (watch.update(Scene(other), 0.5) is not None) == cut

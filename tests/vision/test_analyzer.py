"""From pictures to saved results, with the real detector and a real, tiny model."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from aiducation.column_names import COLUMNS
from aiducation.errors import ConfigError, DataFileError, ModelFileError
from aiducation.media.video_writer import VideoWriter
from aiducation.media.videos import Frame, VideoReader
from aiducation.observations.detections import Detections
from aiducation.states import UNCLEAR
from aiducation.vision import alignment
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.classifier import Classifier
from commands import RunCli


def test_a_photo_of_a_crowd(media: Path, analyzer: Analyzer) -> None:
    faces = analyzer.photo(media / "stadium.jpg")
    assert len(faces) >= 24
    assert sum(faces.counts().values()) == len(faces)
    asked = ~np.isnan(faces.probs).any(axis=1)
    np.testing.assert_allclose(faces.probs[asked].sum(axis=1), 1, atol=1e-5)
    assert set(faces.states) <= {*faces.outcomes, UNCLEAR}
    assert list(faces.columns()) == list(COLUMNS)


def test_smiles_are_none_of_the_four_states(media: Path, analyzer: Analyzer) -> None:
    """Nearly all of the 77 people in the staff photo smile."""
    counts = analyzer.photo(media / "staff_group.jpg").counts()
    assert counts["other"] > 40
    assert counts["bored"] + counts["calm"] < 8


def test_nothing_is_seen_in_an_empty_room(media: Path, analyzer: Analyzer, empty: Path) -> None:
    assert len(analyzer.photo(media / "empty_classroom.jpg")) == 0
    assert len(analyzer.photo(empty)) == 0


def test_small_faces_are_too_small_and_said_so(media: Path) -> None:
    faces = Analyzer(threads=1, min_face=60).photo(media / "stadium.jpg")
    small = faces.quality.size < 60
    assert small.any() and all(faces.reasons[i] == "too small" for i in np.flatnonzero(small))
    assert np.isnan(faces.probs[small]).all()


def test_a_video_is_tracked_in_its_own_time(media: Path, analyzer: Analyzer) -> None:
    recording = analyzer.video(media / "one_face.mp4", every_s=1.0)
    assert recording.complete and len(recording) == 20
    np.testing.assert_allclose(recording.times, np.arange(20), atol=0.2)  # not every frame is decoded
    assert len(recording.track_ids) == 1


def test_ctrl_c_keeps_what_was_seen(media: Path, analyzer: Analyzer) -> None:
    def stop(done: float, total: float | None) -> None:
        if done > 3:
            raise KeyboardInterrupt

    recording = analyzer.video(media / "one_face.mp4", every_s=1.0, progress=stop)
    assert not recording.complete and 3 < recording.times[-1] < 15
    assert "stopped" in recording.notes[0]


def test_a_stream_of_ones_own_frames(analyzer: Analyzer) -> None:
    frames = (Frame(i, i / 2, np.full((64, 64, 3), 90, np.uint8)) for i in range(3))
    assert [faces.time_s for faces in analyzer.stream(frames, source="mine")] == [0.0, 0.5, 1.0]


@pytest.mark.parametrize(
    "options",
    [{"detector": "yunnet"}, {"threshold": 1.5}, {"min_face": -1}, {"min_face": float("nan")}],
    ids=["detector", "threshold", "size", "no number"],
)
def test_options_out_of_range(options: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        Analyzer(threads=1, **options)  # type: ignore[arg-type]


def test_models_that_are_not_ours(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="no model"):
        Classifier(tmp_path / "nothing.onnx")
    damaged = tmp_path / "damaged.onnx"
    damaged.write_bytes(b"\0" * 500)
    with pytest.raises(ModelFileError, match="cannot be opened"):
        Classifier(damaged)
    from aiducation.vision.classifier import default_model_path

    yunet = default_model_path().with_name("yunet.onnx")
    with pytest.raises(ModelFileError, match="has no description"):
        Classifier(yunet)


def test_alignment_puts_landmarks_where_training_images_have_them() -> None:
    """A white dot at each eye of a turned, scaled face lands where the template says, as seen in the middle of its square."""
    for tilt, scale in ((0, 1.0), (40, 3.0), (-70, 2.0)):
        turn = np.radians(tilt)
        rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        points = ((alignment.TEMPLATE - 24) * scale) @ rotation.T + 150
        image = np.zeros((300, 300, 3), np.uint8)
        for x, y in points[:2]:
            at, size = (round(y), round(x)), max(1, round(scale))
            image[at[0] - size : at[0] + size + 1, at[1] - size : at[1] + size + 1] = 255
        found = Detections(
            boxes=np.array([[100, 100, 200, 200]], np.float32),
            landmarks=points[None].astype(np.float32),
            scores=np.ones(1, np.float32),
        )
        face = alignment.aligned_faces(image, found)[0].astype(float)
        left, right = face[:, :24], face[:, 24:]
        for half, offset, wanted in ((left, 0, alignment.TEMPLATE[0]), (right, 24, alignment.TEMPLATE[1])):
            rows, columns = np.mgrid[: half.shape[0], : half.shape[1]] + 0.5
            center = (half * columns).sum() / half.sum() + offset, (half * rows).sum() / half.sum()
            np.testing.assert_allclose(center, 24 + (wanted - 24) / alignment.WIDTH, atol=1.2)


def test_alignment_at_the_edge_and_of_nothing() -> None:
    image = np.full((40, 40, 3), 200, np.uint8)
    found = Detections(
        boxes=np.array([[-30, -30, 20, 20]], np.float32),
        landmarks=(alignment.TEMPLATE[None] - 34).astype(np.float32),
        scores=np.ones(1, np.float32),
    )
    assert (alignment.aligned_faces(image, found) == 200).all()
    assert alignment.aligned_faces(image, found.where(np.zeros(1, bool))).shape == (0, 48, 48)


def test_the_command_saves_every_format(media: Path, tmp_path: Path, run_cli: RunCli) -> None:
    out = tmp_path / "result"
    formats = "json,csv,picture,timeline,report,video"
    answer = run_cli(
        "analyze", media / "masks.jpg", media / "one_face.mp4", "--every", 2, "--out", out, "--save", formats, "--json"
    )
    assert answer.code == 0, answer.err
    written = {path.name for path in out.iterdir()} - {"results.jsonl"}
    assert written == {
        *(f"masks.{kind}" for kind in ("json", "csv", "annotated.jpg", "report.html")),
        *(f"one_face.{kind}" for kind in ("json", "csv", "report.html", "annotated.mp4")),
        *(f"one_face.timeline.{kind}" for kind in ("svg", "png", "csv")),
        "index.html",
    }
    assert {Path(name).name for name in json.loads(answer.out)["files"]} == written
    saved = json.loads((out / "one_face.json").read_text(encoding="utf-8"))
    rows = list(csv.DictReader((out / "one_face.csv").open(encoding="utf-8")))
    assert len(rows) == len(saved["faces"]) and list(rows[0]) == list(COLUMNS)
    with VideoReader(out / "one_face.annotated.mp4") as video:
        assert len(list(video.frames())) == len(saved["times_s"])
    again = run_cli("analyze", media / "masks.jpg", "--out", out)
    assert again.code == 1 and "--force" in again.err


@pytest.mark.parametrize(
    "words",
    [
        ("PHOTO", "--save", "json", "csv"),
        ("--save", "json", "csv", "PHOTO"),
        ("--save=json", "PHOTO", "--save", "csv"),
        ("--save=json", "csv", "--", "PHOTO"),
        ("PHOTO", "--save", "json csv"),
        ("PHOTO", "--save", "json,", "csv"),
        ("--save", "csv,json", "json", "PHOTO"),
    ],
)
def test_save_takes_every_format_that_follows(
    words: tuple[str, ...], samples: Path, tmp_path: Path, run_cli: RunCli
) -> None:
    photo = samples / "gallery.jpg"
    answer = run_cli("analyze", "--out", tmp_path / "out", *(photo if word == "PHOTO" else word for word in words))
    assert answer.code == 0, answer.err
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"gallery.json", "gallery.csv", "results.jsonl"}


def test_what_follows_a_double_dash_is_an_input(samples: Path, tmp_path: Path, run_cli: RunCli) -> None:
    answer = run_cli("analyze", "--out", tmp_path / "out", "--save", "json", "--", samples / "gallery.jpg", "csv")
    assert answer.code == 1 and "There is no file csv." in answer.err


@pytest.mark.parametrize("word", ["camera", "screen"])
def test_a_colon_that_is_missing_is_said(word: str, tmp_path: Path, run_cli: RunCli) -> None:
    answer = run_cli("analyze", word, "--out", tmp_path / "result")
    assert answer.code == 1 and "camera:0" in answer.err


def test_anonymized_pictures_show_no_face(media: Path, tmp_path: Path, run_cli: RunCli, analyzer: Analyzer) -> None:
    run_cli("analyze", media / "masks.jpg", "--out", tmp_path, "--save", "picture", "--anonymize", "faces")
    before = analyzer.photo(media / "masks.jpg")
    after = analyzer.photo(tmp_path / "masks.annotated.jpg")
    assert len(after) <= len(before) // 5


def test_one_bad_file_does_not_stop_the_others(empty: Path, tmp_path: Path, run_cli: RunCli) -> None:
    bad = tmp_path / "-bad naïve photo.jpg"
    bad.write_text("not a picture")
    answer = run_cli("analyze", "--out", tmp_path / "out", "--", bad, empty, tmp_path / "missing.jpg")
    assert answer.code == 1
    assert answer.err.count("Error:") == 2 and "is not a picture" in answer.err and "There is no file" in answer.err
    assert "empty room.png" in answer.out
    assert (tmp_path / "out" / "empty room.report.html").is_file()


def test_group_figures_of_few_faces_are_withheld(media: Path, tmp_path: Path, run_cli: RunCli) -> None:
    shown = {}
    for name, group in (("withheld", 5), ("shown", 1)):
        run_cli("analyze", media / "one_face.mp4", "--every", 5, "--out", tmp_path / name, "--min-group", group)
        shown[name] = (tmp_path / name / "one_face.report.html").read_text(encoding="utf-8")
    assert "withheld: fewer than 5" in shown["withheld"] and "<b>Mean probability:</b>" not in shown["withheld"]
    assert "Mean probability: the mean" in shown["shown"] and "withheld: fewer" not in shown["shown"]


def test_a_camera_that_is_not_there(tmp_path: Path, run_cli: RunCli) -> None:
    answer = run_cli("analyze", "camera:57", "--out", tmp_path / "out")
    assert answer.code == 1 and "There is no camera number 57" in answer.err


def test_videos_that_are_none(tmp_path: Path, analyzer: Analyzer) -> None:
    for name, content, words in (
        ("empty.mp4", b"", "is empty"),
        ("text.mp4", b"no video at all", "is not a video"),
        ("torn.mp4", b"\0\0\0\x18ftypmp42" + b"\0" * 3000, "not a video|no frame|no pictures"),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(DataFileError, match=words):
            analyzer.video(path)
    with pytest.raises(DataFileError, match="There is no file"):
        analyzer.video(tmp_path / "missing.mp4")


def test_a_video_cut_short_gives_what_is_left(tmp_path: Path, analyzer: Analyzer) -> None:
    whole = tmp_path / "whole.mkv"
    _write_video(whole.with_suffix(".mp4"))
    content = whole.with_suffix(".mp4").read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(
        content[: len(content) * 3 // 4]
    )  # the index is in front, so the pictures that are there can be read
    recording = analyzer.video(cut, every_s=0.5)
    assert 0 < len(recording) <= 8


def _write_video(path: Path) -> None:
    rng = np.random.default_rng(0)
    with VideoWriter(path, 64, 48) as video:
        for i in range(100):
            video.write(rng.integers(0, 255, (48, 64, 3), dtype=np.uint8), i / 25)

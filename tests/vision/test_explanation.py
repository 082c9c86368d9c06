"""Maps of what spoke for a state, and the sanity checks of such maps."""

from __future__ import annotations

import io
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aiducation.data.dataset import Dataset
from aiducation.errors import ConfigError, ShapeError
from aiducation.media.inputs import File, find_inputs
from aiducation.media.photos import read_photo
from aiducation.observations.outcomes import merge, outcomes_of
from aiducation.signature import GENERATOR, is_signed
from aiducation.states import VIEWS
from aiducation.texts import LANGUAGES
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.classifier import Classifier
from aiducation.vision.explained_faces import explained_faces
from aiducation.vision.explanation import EXPLANATIONS, activation_maps, enlarged, explain, overlay, overlay_png
from aiducation.vision.explanation_checks import check_explanations
from aiducation.vision.last_layer import LastLayer
from commands import COULD_NOT, RunCli, check_refused
from page_words import check_languages


@pytest.fixture(scope="module")
def faces(dataset: Dataset) -> np.ndarray:
    return np.ascontiguousarray(dataset.images[:24])


@pytest.fixture(scope="module")
def in_floats() -> Classifier:
    return Classifier(Classifier(threads=1).path.with_name("flagship.onnx"), threads=1)


def test_the_mean_of_an_activation_map_is_what_the_face_adds_to_the_logit(
    in_floats: Classifier, faces: np.ndarray
) -> None:
    layer, which = LastLayer.of(in_floats), np.arange(len(faces)) % 5
    maps = activation_maps(layer, faces, which)
    assert maps.shape == (len(faces), 6, 6)
    logits = (in_floats.logits(faces) - layer.bias) / in_floats.info.temperature
    apart = logits[np.arange(len(faces)), which] - logits.mean(axis=1)
    np.testing.assert_allclose(maps.mean(axis=(1, 2)), apart, atol=1e-4)


@pytest.mark.parametrize("method", EXPLANATIONS)
def test_every_explanation_gives_a_map_of_the_face(method: str, analyzer: Analyzer, faces: np.ndarray) -> None:
    maps = explain(analyzer.classifier, faces[:4], outcome="angry", method=method)
    assert maps.shape == (4, 48, 48) and maps.dtype == np.float32 and np.isfinite(maps).all()
    picture = Image.open(io.BytesIO(overlay_png(faces[0], maps[0])))
    assert picture.size == (192, 192)


def test_colours_say_what_speaks_for_and_against(faces: np.ndarray) -> None:
    values = np.zeros((48, 48), np.float32)
    values[:, :20], values[:, 28:] = 1.0, -1.0
    picture = overlay(np.full((48, 48), 128, np.uint8), values).astype(int)
    assert picture[90, 20, 0] > picture[90, 20, 2] and picture[90, 170, 2] > picture[90, 170, 0]
    np.testing.assert_array_equal(overlay(faces[0], np.zeros((48, 48)))[..., 0], overlay(faces[0], values * 0)[..., 1])


def test_enlarging_keeps_the_middle_of_each_place() -> None:
    places = np.arange(36, dtype=np.float32).reshape(1, 6, 6)
    large = enlarged(places)[0]
    middles = large.reshape(6, 8, 6, 8)[:, 3:5, :, 3:5].mean(axis=(1, 3))
    np.testing.assert_allclose(middles[1:-1, 1:-1], places[0, 1:-1, 1:-1], atol=1e-5)
    assert (large[:4, :4] == 0).all(), "beyond the outermost middles nothing is added"
    assert np.all(np.diff(large, axis=0) >= -1e-6) and large.max() == 35


@pytest.mark.parametrize("view", VIEWS)
def test_reports_of_an_analysis_explain_every_face_that_was_given_an_answer(view: str, samples: Path) -> None:
    """Also "calm", of which the network knows the two states that it merges."""
    picture = read_photo(samples / "gallery.jpg")
    analyzer = Analyzer(threads=1, view=view)
    seen = analyzer.photo(picture)
    named = [name for name in VIEWS[view] if name != "other"]
    states = tuple(named[i % len(named)] if state in seen.outcomes else state for i, state in enumerate(seen.states))
    answered = [i for i, state in enumerate(states) if state in seen.outcomes]
    assert len(answered) >= 3
    assert list(explained_faces(analyzer, picture, replace(seen, states=states))) == answered


def test_odd_questions_are_refused(analyzer: Analyzer, faces: np.ndarray) -> None:
    with pytest.raises(ConfigError, match="angry"):
        explain(analyzer.classifier, faces, outcome="angryy")
    with pytest.raises(ConfigError, match="activation"):
        explain(analyzer.classifier, faces, method="gradient")
    with pytest.raises(ConfigError, match="activation"):
        check_explanations(analyzer.classifier, faces, method="gradient")
    with pytest.raises(ShapeError, match="48"):
        explain(analyzer.classifier, faces.astype(np.float32))
    with pytest.raises(ShapeError, match="two faces"):
        check_explanations(analyzer.classifier, faces[:1])


@pytest.mark.slow
def test_shuffled_weights_change_the_maps(analyzer: Analyzer, faces: np.ndarray) -> None:
    found = check_explanations(analyzer.classifier, faces)
    assert found.shuffled is not None and found.shuffled_all is not None
    assert found.passed["shuffled weights of the last layer change the map"]
    assert found.passed["shuffled weights of all layers change the map"]
    assert found.deletion_gain.estimate > 0 and found.insertion_gain.estimate > 0


def test_the_command_writes_a_picture_a_face(tmp_path: Path, samples: Path, run_cli: RunCli) -> None:
    answer = run_cli("explain", samples / "gallery.jpg", "--out", tmp_path / "why")
    assert answer.code == 0, answer.err
    rows = json.loads((tmp_path / "why" / "explanations.json").read_text())["faces"]
    assert len(rows) >= 5 and all((tmp_path / "why" / row["file"]).is_file() for row in rows)
    page = (tmp_path / "why" / "index.html").read_text()
    assert answer.err.splitlines()[-1].startswith("Next: open ") and "index.html" in answer.err.splitlines()[-1]
    assert all(f'src="{row["file"]}"' in page and f"Map of {row['explained']}" in page for row in rows)
    assert "cannot show anything smaller" in answer.err and np.array(rows[0]["places"]).shape == (6, 6)
    seen = Analyzer(threads=1, seed=0).photo(samples / "gallery.jpg")
    for row in rows:  # the answers of the analysis, not those of the network alone
        k = row["face"]
        assert row["state"] == (seen.reasons[k] or seen.states[k])
        assert row["probability"] == pytest.approx(merge(seen.probs[k], seen.view).max(), abs=1e-3)
        assert row["explained"] in VIEWS[seen.view][outcomes_of(seen.view)[merge(seen.probs[k], seen.view).argmax()]]
    refused = run_cli("explain", samples / "gallery.jpg")
    assert refused.code == 2 and "--check" in refused.err


def test_what_the_command_writes_is_known_as_its_own(tmp_path: Path, samples: Path, run_cli: RunCli) -> None:
    """``privacy`` finds it, and an analysis of the folder passes it over."""
    folder = tmp_path / "class"
    shutil.copytree(samples, folder)
    assert run_cli("explain", folder / "gallery.jpg", "--out", folder / "why").code == 0
    written = sorted((folder / "why").iterdir())
    assert len(written) >= 7 and all(is_signed(path) for path in written)
    picture = Image.open(next(path for path in written if path.suffix == ".png"))
    assert picture.info == {"Software": GENERATOR}, "and nothing else"
    taken = {one.path.name for one in find_inputs([str(folder)]) if isinstance(one, File)}
    assert taken == {path.name for path in samples.iterdir()}
    run_cli("privacy", folder, "--delete")
    assert not list((folder / "why").iterdir()) and (folder / "gallery.jpg").is_file()


def test_what_is_passed_over_is_said_with_its_reason(tmp_path: Path, samples: Path, run_cli: RunCli) -> None:
    """Beside a photo that is explained, too; and an input without a photo is not called one without a face."""
    empty = tmp_path / "empty"
    empty.mkdir()
    reasons = {
        samples / "meeting.mp4": f"{samples / 'meeting.mp4'}: a recording; only the faces of photos are explained",
        empty: f"The folder {empty} contains no photo and no video",
        tmp_path / "*.jpg": f"No file fits the pattern {tmp_path / '*.jpg'}.",
        "camera:0": "camera:0: a camera or a screen; only the faces of photos are explained",
        "https://a.example/class.jpg": "https://a.example/class.jpg is an address on the web",
        tmp_path / "gone.jpg": f"{tmp_path / 'gone.jpg'}: ",
    }
    for given, words in reasons.items():
        alone = run_cli("explain", given, "--out", tmp_path / "out")
        assert f"Skipped: {words}" in alone.err
        check_refused(alone, COULD_NOT, "No photo was found that can be read")
    answer = run_cli("explain", *reasons, samples / "gallery.jpg", "--out", tmp_path / "out")
    assert answer.code == 0 and all(f"Skipped: {words}" in answer.err for words in reasons.values())
    again = run_cli("explain", tmp_path / "out", samples / "gallery.jpg", "--out", tmp_path / "more")
    assert again.code == 0 and "a result of this tool, not an input" in again.err


@pytest.mark.slow
def test_the_page_and_the_terminal_speak_every_language(tmp_path: Path, samples: Path, run_cli: RunCli) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "gallery.jpg").write_bytes((samples / "gallery.jpg").read_bytes())
    Image.new("RGB", (200, 200)).save(photos / "dark.jpg")
    pages, said, values = {}, {}, {}
    for language in LANGUAGES:
        out = tmp_path / language
        answer = run_cli("explain", photos, "--language", language, "--out", out)
        assert answer.code == 0, answer.err
        pages[language] = (out / "index.html").read_text(encoding="utf-8")
        said[language] = (answer.out + answer.err).splitlines()
        values[language] = (out / "explanations.json").read_bytes()
    check_languages(pages, same="")
    for language in set(LANGUAGES) - {"en"}:
        assert not set(said[language]) & set(said["en"])
        assert values[language] == values["en"], "programs read them"
    assert f"Übersprungen: {photos / 'dark.jpg'}: kein Gesicht gefunden, das gut genug zu sehen ist" in said["de"]

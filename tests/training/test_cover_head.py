"""The head for covers: learned on maps of a network that stays as it is, and written into its file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from aiducation.data.dataset import Dataset
from aiducation.model_info import ModelInfo
from aiducation.preprocess import to_input
from aiducation.training.cover_head import CoverHead, _at_the_edge, cover_logits, learn_covers
from aiducation.training.covers import cover
from aiducation.training.draws import Draw
from aiducation.training.flagship import FlagshipConfig, FlagshipNet
from aiducation.training.heads import cover_figures
from aiducation.training.onnx_heads import cover_nodes, write_head
from aiducation.training.onnx_model import describe, export_network
from aiducation.vision.classifier import Classifier, default_model_path
from aiducation.vision.last_layer import LastLayer
from aiducation.vision.onnx_file import OnnxFile
from aiducation.vision.sessions import open_session


@pytest.fixture(scope="module")
def images(dataset: Dataset) -> np.ndarray:
    return np.resize(dataset.images, (256, 48, 48))


def quarters(faces: np.ndarray) -> list[np.ndarray]:
    """Stands for a network: the face itself, its pixels by fours."""
    return [
        np.ascontiguousarray(to_input(faces).reshape(-1, 12, 4, 12, 4).transpose(0, 2, 4, 1, 3).reshape(-1, 16, 12, 12))
    ]


@pytest.mark.slow
def test_it_learns_what_hides_a_face(images: np.ndarray) -> None:
    head = learn_covers(quarters, images, epochs=20, seed=0)
    figures = cover_figures(images, lambda faces: cover_logits(head, quarters, faces), seed=1)
    assert figures["clear_images_called_covered"] <= 0.01 and 0 < figures["threshold"] < 1
    assert figures["covers_found"] > 4 * max(0.005, figures["clear_images_called_covered"]), "after twenty steps"


@pytest.mark.slow
def test_it_becomes_part_of_a_file_that_says_the_rest_as_before(dataset: Dataset, tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = FlagshipNet(FlagshipConfig(stem=8, stages=((8, 1), (8, 1)))).eval()
    path = export_network(network, ModelInfo(name="small"), tmp_path / "small.onnx")
    faces = np.ascontiguousarray(dataset.images[:24])
    before = Classifier(path, threads=1)
    said, votes = before.logits(faces), before.vote_logits(faces)
    names = [LastLayer.of(before).stages[0].maps]
    session = open_session(OnnxFile(path.read_bytes()).with_outputs(names), threads=1)
    maps = session.run(None, {"faces": to_input(faces)})
    head = CoverHead([one.shape[1:] for one in maps]).eval()
    logits = cover_logits(head, lambda some: session.run(None, {"faces": to_input(some)}), faces)
    at = float(1 / (1 + np.exp(-np.median(logits))))
    for _ in range(2):  # the second takes the place of the first
        write_head(path, "covered", *cover_nodes(head, names))
    describe(path, ModelInfo(name="small", cover_threshold=at))
    after = Classifier(path, threads=1)
    np.testing.assert_array_equal(after.logits(faces), said)
    np.testing.assert_array_equal(after.vote_logits(faces), votes)
    sure = np.abs(logits - np.median(logits)) > 1e-4
    np.testing.assert_array_equal(after.answers(faces).covered[sure], (logits > np.median(logits))[sure])


def test_what_lies_outside_a_picture_repeats_its_edge() -> None:
    images = torch.rand(200, 1, 48, 48, generator=torch.Generator().manual_seed(1))
    made = _at_the_edge(images, Draw(200, images.device, torch.Generator().manual_seed(0)))
    changed = (made != images).flatten(1).any(dim=1)
    assert 0.05 < changed.float().mean() < 0.3 and torch.equal(made[~changed], images[~changed])
    streaks = [(made[..., side, :] == made[..., inner, :]).all(dim=2) for side, inner in ((0, 1), (47, 46))]
    streaks += [(made[..., side] == made[..., inner]).all(dim=2) for side, inner in ((0, 1), (47, 46))]
    assert torch.stack(streaks).any(dim=0)[changed].all()


@pytest.mark.parametrize("floats", [True, False])
def test_the_packaged_models_notice_masks_and_leave_clear_faces_alone(floats: bool) -> None:
    """The portrait of Matplotlib, as it is, mirrored, and with masks."""
    from aiducation.media.samples import portrait
    from aiducation.training.cover_shapes import mask
    from aiducation.vision.alignment import aligned_faces
    from aiducation.vision.detectors import DETECTORS

    picture = portrait()
    (face,) = aligned_faces(picture, DETECTORS["yunet"].make(threads=1).detect(picture))
    clear = np.stack([face, face[:, ::-1]])
    plain = torch.from_numpy(to_input(np.repeat(face[None], 40, axis=0)))
    made, hidden = cover(plain, 1.0, Draw(40, plain.device, torch.Generator().manual_seed(0)), ((mask, 1.0),))
    masked = (made[hidden > 0.3][:, 0] * 255).round().to(torch.uint8).numpy()
    classifier = Classifier(default_model_path(floats=floats), threads=1)
    assert classifier.info.cover_threshold > 0
    assert not classifier.answers(clear).covered.any()
    assert len(masked) > 20 and classifier.answers(masked).covered.mean() > 0.8


def test_an_analysis_gives_masked_faces_no_state() -> None:
    from aiducation.media.samples import gallery
    from aiducation.observations.reasons import COVERED
    from aiducation.vision.analyzer import Analyzer
    from picture_makers import masked

    picture, analyzer = gallery(2, 2, width=1600, height=900), Analyzer(threads=1)
    assert COVERED not in analyzer.photo(picture).reasons
    faces = analyzer.photo(masked(picture))
    assert faces.reasons.count(COVERED) >= 3 and np.isnan(faces.probs[[r == COVERED for r in faces.reasons]]).all()

"""Tuning for cameras: pictures as cameras make them, and going on from an exported network."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from aiducation.data.dataset import Dataset
from aiducation.errors import ConfigError, RunError
from aiducation.preprocess import to_input
from aiducation.training import checkpoint
from aiducation.training.camera_pictures import CameraPictures, as_camera
from aiducation.training.camera_recipe import FRAMING, SHIFT, CameraConfig
from aiducation.training.flagship import FlagshipConfig, FlagshipNet
from aiducation.training.onnx_model import onnx_logits, open_model
from aiducation.training.onnx_weights import fill_from_onnx
from aiducation.training.recipes import read_config
from aiducation.training.train_run import train_run
from aiducation.vision.classifier import default_model_path

PACKAGED = default_model_path().with_name("flagship.onnx")

#: Changes nothing.
PLAIN = CameraPictures(
    framing=(1.0, 1.0), rotation=0, shift=0, stretch=0, light=0, tone=0, gain=0, offset=0, curve=0, small=0, blur=0,
    jpeg=0, noise=0, cover=0,
)  # fmt: skip


@pytest.fixture
def faces(dataset: Dataset) -> torch.Tensor:
    return torch.from_numpy(to_input(np.ascontiguousarray(dataset.images[:32])))


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_each_seed_gives_its_own_pictures(faces: torch.Tensor) -> None:
    one, again, other = (as_camera(faces, CameraPictures(), seeded(seed))[0] for seed in (1, 1, 2))
    assert one.shape == faces.shape and one.min() >= 0 and one.max() <= 1
    torch.testing.assert_close(one, again)
    assert not torch.equal(one, other)


def test_nothing_is_changed_but_mirrored_where_nothing_is_asked_for(faces: torch.Tensor) -> None:
    made, hidden = as_camera(faces, PLAIN, seeded())
    assert not hidden.any()
    either = torch.minimum((made - faces).abs().amax(dim=(1, 2, 3)), (made - faces.flip(3)).abs().amax(dim=(1, 2, 3)))
    assert either.max() < 1e-4


def test_framing_below_one_shows_less_of_the_face() -> None:
    from dataclasses import replace

    spot = torch.zeros(8, 1, 48, 48)
    spot[:, :, 22:26, 22:26] = 1
    near = as_camera(spot, replace(PLAIN, framing=(0.7, 0.7)), seeded())[0]
    far = as_camera(spot, replace(PLAIN, framing=(1.2, 1.2)), seeded())[0]
    assert near.sum() > 1.8 * spot.sum() > 1.8 * far.sum()


def test_the_best_jpeg_hardly_changes_a_face_and_a_bad_one_does(faces: torch.Tensor) -> None:
    from dataclasses import replace

    def error(quality: float) -> float:
        made = as_camera(faces, replace(PLAIN, jpeg=1.0, jpeg_quality=(quality, quality)), seeded())[0]
        return float(
            torch.minimum(
                (made - faces).abs().mean(dim=(1, 2, 3)), (made - faces.flip(3)).abs().mean(dim=(1, 2, 3))
            ).mean()
        )

    assert error(100) < 0.004 < error(10)


def test_faces_are_framed_as_the_detector_was_measured_to_frame_them() -> None:
    measured = json.loads((Path(__file__).parents[2] / "results" / "framing.json").read_text(encoding="utf-8"))["all"]
    ends = [measured[name][share] for name in ("shift_right", "shift_down") for share in ("0.05", "0.95")]
    assert tuple(round(measured["width"][share], 2) for share in ("0.05", "0.95")) == FRAMING
    assert pytest.approx(np.abs(ends).mean(), abs=0.005) == SHIFT
    assert (CameraConfig().pictures.framing, CameraConfig().pictures.shift) == (FRAMING, SHIFT)


def test_an_exported_network_is_taken_up_again(faces: torch.Tensor) -> None:
    network = FlagshipNet(FlagshipConfig())
    fill_from_onnx(network, PACKAGED, faces)
    network.eval()
    with torch.no_grad():
        made = network(faces)[0].numpy()
    np.testing.assert_allclose(made, onnx_logits(open_model(PACKAGED), faces.numpy()), atol=1e-3)


def test_a_network_of_another_size_is_refused(faces: torch.Tensor) -> None:
    with pytest.raises(RunError, match="another network"):
        fill_from_onnx(FlagshipNet(FlagshipConfig(stem=16)), PACKAGED, faces)


def test_options_survive_json() -> None:
    config = CameraConfig(cycles=(3,), pictures=CameraPictures(framing=(0.8, 1.1)))
    assert read_config(config.to_json()) == config
    assert isinstance(read_config(FlagshipConfig().to_json()), FlagshipConfig)
    assert not isinstance(read_config(FlagshipConfig().to_json()), CameraConfig)
    with pytest.raises(ConfigError, match="recipe camera are not valid"):
        read_config({**config.to_json(), "pictures": {"framing": 1}})


@pytest.mark.slow
def test_a_tuning_begins_with_the_weights_that_it_learns_from(dataset: Dataset, tmp_path: Path) -> None:
    config = CameraConfig(cycles=(1,), batch_size=16, learning_rate=1e-5)
    network = FlagshipNet(config)
    faces = torch.from_numpy(to_input(np.ascontiguousarray(dataset.images[:32])))
    fill_from_onnx(network, PACKAGED, faces)
    checkpoint.save_weights(tmp_path / "start.safetensors", dict(network.state_dict()), {"model": "flagship"})
    info = train_run(dataset, "official", config, tmp_path / "run", start=tmp_path / "start.safetensors", device="cpu")
    assert info.finished and info.config["recipe"] == "camera" and info.start is not None
    checkpoint.load_weights(tmp_path / "run" / "best.safetensors", network)
    with torch.no_grad():
        made = network.eval()(faces)[0].numpy()
    known = onnx_logits(open_model(PACKAGED), faces.numpy())
    assert np.corrcoef(made.ravel(), known.ravel())[0, 1] > 0.5, "it still says much the same"

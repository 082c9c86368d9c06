"""Networks of somebody else: what they do that those of the study do not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aiducation.data.dataset import Dataset
from aiducation.errors import RunError
from aiducation.model_info import ModelInfo
from aiducation.runs import RunFolder
from aiducation.states import STATES
from aiducation.training import onnx_model
from aiducation.training.batches import Part
from aiducation.training.config import TrainConfig
from aiducation.training.learner import Learner
from aiducation.training.models import MODELS, build_model
from aiducation.training.onnx_model import export_network, onnx_difference
from aiducation.training.onnx_weights import fill_from_onnx
from aiducation.training.random_draws import draws_random_numbers
from aiducation.training.study import PlannedRun, run_study
from needs import need_package
from small_data import small_data

INFO = ModelInfo(name="own", outcomes=STATES, criteria="published", data_hash="ab" * 32)


def flat() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(48 * 48, 4))


class Own(nn.Module):
    """One layer, behind a function."""

    def __init__(self, before: Callable[[nn.Module, Tensor], Tensor]) -> None:
        super().__init__()
        self.before, self.layer = before, flat()

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.layer(self.before(self, x))
        return logits


def dropped() -> nn.Module:
    return Own(lambda own, x: F.dropout(x, 0.5, own.training))


def noisy() -> nn.Module:
    return Own(lambda own, x: x + torch.rand_like(x) if own.training else x)


def random_depth() -> nn.Module:
    return Own(lambda own, x: -x if own.training and torch.rand(1).item() < 0.5 else x)


def rolled() -> nn.Module:
    return Own(lambda own, x: x.roll(1, 3))


def shared() -> nn.Module:
    """One block in two places."""
    block = nn.Sequential(nn.Conv2d(3, 3, 3, padding=1), nn.BatchNorm2d(3), nn.ReLU())
    return nn.Sequential(nn.Conv2d(1, 3, 3, padding=1), *[block] * 2, nn.Flatten(), nn.Linear(3 * 48 * 48, 4))


def tied() -> nn.Module:
    """Two layers with one weight."""
    one, other = nn.Linear(8, 8), nn.Linear(8, 8)
    other.weight = one.weight
    return nn.Sequential(nn.Flatten(), nn.Linear(48 * 48, 8), one, nn.ReLU(), other, nn.Linear(8, 4))


def broken() -> nn.Module:
    def fail(own: nn.Module, x: Tensor) -> Tensor:
        raise RuntimeError("out of memory")

    return Own(fail)


@pytest.fixture
def data(tmp_path: Path) -> Dataset:
    return small_data(tmp_path / "data")


def untimed(learner: Learner) -> list[dict[str, float]]:
    return [{name: one for name, one in row.items() if name not in ("images_per_s", "seconds")} for row in learner.log]


@pytest.mark.parametrize(
    ("make", "draws"),
    [
        (dropped, True),
        (noisy, True),
        (random_depth, True),
        (lambda: nn.Sequential(flat(), nn.RReLU()), True),
        (lambda: nn.Sequential(flat(), nn.Dropout(0.1)), True),
        (lambda: build_model("Compact_W2_D1"), True),
        (broken, True),
        (flat, False),
        (rolled, False),
        (shared, False),
        (tied, False),
        (lambda: build_model("B2_N2_FC1_K3_AP3"), False),
    ],
)
def test_what_draws_random_numbers_is_seen(make: Callable[[], nn.Module], draws: bool) -> None:
    model, before = make(), torch.get_rng_state()
    weights = {name: one.clone() for name, one in model.state_dict().items()}
    assert draws_random_numbers(model) == draws
    assert all(torch.equal(one, weights[name]) for name, one in model.state_dict().items())
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("make", [dropped, shared, tied])
def test_they_go_on_bit_for_bit(
    make: Callable[[], nn.Module], data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(MODELS, "own", make)
    config = TrainConfig(model="own", epochs=2, precision="float32")
    train, valid = (
        Part.of(data, data.split("official").parts[part], torch.device("cpu")) for part in ("train", "valid")
    )
    whole, first, second = (Learner(config, device="cpu") for _ in range(3))
    whole.train_eval(train, valid)
    first.train_eval(train, valid, until=1)
    first.save_checkpoint(tmp_path / "c.safetensors")
    torch.rand(7)  # whatever draws random numbers meanwhile
    second.load_checkpoint(tmp_path / "c.safetensors")
    second.train_eval(train, valid)
    assert untimed(second) == untimed(whole)


def test_one_that_fails_does_not_end_the_study(data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MODELS, "broken", broken)
    monkeypatch.setitem(MODELS, "flat", flat)
    planned = [
        PlannedRun(split="official", fold=None, config=TrainConfig(model=name, epochs=1)) for name in ("broken", "flat")
    ]
    told: list[str] = []
    with pytest.raises(RunError, match="1 of 2 runs failed"):
        run_study(planned, data, tmp_path / "runs", device="cpu", on_run=lambda run, what: told.append(what))
    assert told == ["training", "failed: RuntimeError: out of memory", "training"]
    assert RunFolder(tmp_path / "runs" / planned[1].name).info().finished


def test_answers_that_are_not_numbers_are_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    class Session:
        def run(self, names: None, given: dict[str, np.ndarray]) -> list[np.ndarray]:
            return [np.full((len(given["faces"]), 4), np.nan, np.float32)]

    monkeypatch.setattr(onnx_model, "open_model", lambda path: Session())
    difference = onnx_difference(flat(), INFO, Path("own.onnx"), np.zeros((2, 1, 48, 48), np.float32))
    assert not difference <= onnx_model.TOLERANCE


@pytest.mark.slow
def test_an_exported_network_of_the_study_can_be_read_back(tmp_path: Path) -> None:
    """Its convolutions have biases of their own, unlike those of the flagship."""
    need_package("onnxscript")
    torch.manual_seed(0)
    network, other = (build_model("B2_N2_FC1_K3_AP3") for _ in range(2))
    for _ in range(3):  # moves the batch norms' statistics
        network.train()(torch.rand(8, 1, 48, 48))
    path = export_network(network.eval(), INFO, tmp_path / "own.onnx")
    faces = torch.rand(16, 1, 48, 48)
    fill_from_onnx(other, path, faces)
    with torch.no_grad():
        torch.testing.assert_close(other.eval()(faces), network(faces), rtol=1e-3, atol=1e-3)
    with pytest.raises(RunError, match="cannot be read back"):
        fill_from_onnx(nn.Sequential(nn.Flatten(), nn.Linear(48 * 48, 4)), path, faces)

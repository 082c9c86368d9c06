"""Weights and checkpoints: bit for bit, strict, and never half written."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from aiducation.errors import DataMismatchError, OutputError, RunError
from aiducation.training.checkpoint import load_checkpoint, load_weights, save_checkpoint, save_weights
from needs import UNIX


def network(width: int = 3, seed: int = 0) -> nn.Module:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Conv2d(1, width, 3), nn.BatchNorm2d(width), nn.Flatten(), nn.Linear(width * 36, 4))


def adam(model: nn.Module, *, fused: bool) -> torch.optim.Adam:
    return torch.optim.Adam(model.parameters(), fused=fused)


def steps(model: nn.Module, optimizer: torch.optim.Optimizer, n: int, seed: int = 0) -> None:
    generator = torch.Generator().manual_seed(seed)
    for _ in range(n):
        optimizer.zero_grad()
        model(torch.rand(5, 1, 8, 8, generator=generator)).square().sum().backward()
        optimizer.step()


def same(one: nn.Module, other: nn.Module) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one.state_dict().values(), other.state_dict().values(), strict=True))


def test_weights_and_their_description_come_back(tmp_path: Path) -> None:
    model, other = network(), network(seed=1)
    steps(model, adam(model, fused=True), 2)
    save_weights(tmp_path / "w.safetensors", model.state_dict(), {"model": "x", "epoch": 3})
    assert not same(model, other)
    assert load_weights(tmp_path / "w.safetensors", other) == {"model": "x", "epoch": 3}
    assert same(model, other)
    assert [path.name for path in tmp_path.iterdir()] == ["w.safetensors"]


def test_the_same_is_written_as_the_same_bytes(tmp_path: Path) -> None:
    """safetensors (0.8.0) writes the entries of a description in an order that is drawn at each save; ours has one entry, so that
    files of equal trainings have equal hashes.

    Source: findings/descriptions_shuffle_in_safetensors.sh; https://github.com/safetensors/safetensors/issues/584.
    """
    model, about = network(), {"model": "x", "epoch": 3, "seed": 0, "split": "official", "data": "a1", "commit": "c3"}
    ours, theirs = set(), set()
    for _ in range(8):
        save_weights(tmp_path / "w.safetensors", model.state_dict(), about)
        ours.add((tmp_path / "w.safetensors").read_bytes())
        save_file(model.state_dict(), tmp_path / "w.safetensors", {name: str(value) for name, value in about.items()})
        theirs.add((tmp_path / "w.safetensors").read_bytes())
    assert len(ours) == 1 < len(theirs)


def test_channels_last_weights_keep_their_layout_and_values(tmp_path: Path) -> None:
    model = network(width=4).to(memory_format=torch.channels_last)
    other = network(width=4, seed=1).to(memory_format=torch.channels_last)
    save_weights(tmp_path / "w.safetensors", model.state_dict(), {})
    load_weights(tmp_path / "w.safetensors", other)
    assert same(model, other)
    strides = [[p.stride() for p in m.parameters()] for m in (model, other)]
    assert strides[0] == strides[1]


@pytest.mark.parametrize("fused", [False, True])
def test_training_goes_on_from_a_checkpoint_bit_for_bit(tmp_path: Path, fused: bool) -> None:
    path = tmp_path / "c.safetensors"
    model = network()
    optimizer = adam(model, fused=fused)
    steps(model, optimizer, 3)
    best = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    steps(model, optimizer, 2, seed=1)
    save_checkpoint(path, model, optimizer, best, {"epoch": 5})

    other = network(seed=1)
    resumed = adam(other, fused=fused)
    found, more, info = load_checkpoint(path, other, resumed)
    assert info == {"epoch": 5} and not more
    assert found.keys() == best.keys()
    assert all(torch.equal(found[name], best[name]) for name in best)
    steps(model, optimizer, 3, seed=2)
    steps(other, resumed, 3, seed=2)
    assert same(model, other)


@pytest.mark.parametrize("fused", [False, True])
def test_the_optimizer_s_state_is_made_as_adam_makes_it(tmp_path: Path, fused: bool) -> None:
    model = network()
    optimizer = adam(model, fused=fused)
    steps(model, optimizer, 1)
    save_checkpoint(tmp_path / "c.safetensors", model, optimizer, {}, {})
    resumed = adam(model, fused=fused)
    load_checkpoint(tmp_path / "c.safetensors", model, resumed)
    for parameter, state in optimizer.state.items():
        loaded = resumed.state[parameter]
        assert loaded.keys() == state.keys()
        for key, tensor in state.items():
            assert (loaded[key].dtype, loaded[key].device) == (tensor.dtype, tensor.device)
            assert loaded[key].stride() == tensor.stride()


def test_a_checkpoint_before_the_first_step_has_no_moments(tmp_path: Path) -> None:
    model = network()
    save_checkpoint(tmp_path / "c.safetensors", model, adam(model, fused=True), {}, {})
    resumed = adam(model, fused=True)
    assert load_checkpoint(tmp_path / "c.safetensors", model, resumed) == ({}, {}, {})
    assert not resumed.state


def test_what_a_recipe_adds_comes_back(tmp_path: Path) -> None:
    model, more = network(), {"teacher.weight": torch.rand(3)}
    save_checkpoint(tmp_path / "c.safetensors", model, adam(model, fused=True), {}, {}, more)
    _, found, _ = load_checkpoint(tmp_path / "c.safetensors", model, adam(model, fused=True))
    assert found.keys() == more.keys() and torch.equal(found["teacher.weight"], more["teacher.weight"])


@pytest.mark.parametrize("kept", [0, 5, 200, -1])
def test_a_truncated_file_is_one_clear_sentence(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "w.safetensors"
    save_weights(path, network().state_dict(), {})
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(RunError, match=r"w\.safetensors is missing or damaged.*--resume"):
        load_weights(path, network())


def test_a_missing_file_is_one_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="missing or damaged"):
        load_weights(tmp_path / "none.safetensors", network())


def test_weights_without_a_description_are_refused(tmp_path: Path) -> None:
    save_file(network().state_dict(), tmp_path / "w.safetensors")
    with pytest.raises(RunError, match="contains no description"):
        load_weights(tmp_path / "w.safetensors", network())


def test_weights_of_another_width_are_refused(tmp_path: Path) -> None:
    save_weights(tmp_path / "w.safetensors", network().state_dict(), {})
    with pytest.raises(
        DataMismatchError, match=r"'0\.weight' has shape \(3, 1, 3, 3\), the model expects \(5, 1, 3, 3\)"
    ):
        load_weights(tmp_path / "w.safetensors", network(width=5))


def test_weights_of_another_depth_are_refused(tmp_path: Path) -> None:
    save_weights(tmp_path / "w.safetensors", network().state_dict(), {})
    with pytest.raises(DataMismatchError, match="belongs to another model"):
        load_weights(tmp_path / "w.safetensors", nn.Sequential(nn.Conv2d(1, 3, 3)))


def test_a_folder_that_cannot_be_written_is_one_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="Cannot write"):
        save_weights(tmp_path / "file" / "w.safetensors", network().state_dict(), {})


def test_a_full_disk_is_one_clear_sentence(tmp_path: Path) -> None:
    UNIX.check()
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(OutputError, match="room on the disk"):
            save_weights(tmp_path / "w.safetensors", {"large": torch.zeros(100_000)}, {})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not list(tmp_path.iterdir())

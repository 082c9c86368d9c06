"""Devices: where the networks run, what is said if that is not possible, and that the answers do not depend on it."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aiducation.defaults import DEVICE, FACE_DEVICES
from aiducation.errors import ConfigError
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.classifier import Classifier, default_model_path
from aiducation.vision.device_choice import choose_device
from aiducation.vision.devices import AUTO, CPU, DEVICES, Device, hardware
from aiducation.vision.runtime_builds import BUILDS, installed_builds, no_build, several_builds, swap
from aiducation.vision.sessions import open_session
from commands import WRONG_USE, RunCli
from needs import MISSING_DEVICE, ONE_BUILD, OTHER_DEVICE, missing_devices, other_devices

ROOT = Path(__file__).parents[2]

#: Devices that this machine has beside the processor, and those that the installed build of ONNX Runtime lacks.
OTHERS, MISSING = other_devices(), missing_devices()


def faces(n: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (n, 48, 48)).astype(np.uint8)


def test_the_command_line_and_the_table_have_the_same_names() -> None:
    assert set(FACE_DEVICES) == set(DEVICES) and DEVICE == AUTO


def test_the_processor_is_always_there_and_needs_no_word() -> None:
    assert choose_device(CPU) == Device() and Device().words == "cpu"


@pytest.mark.parametrize("name", ["gpu", "cuda:one", "cpu:1", "auto:1", "coreml:2", ""])
def test_names_that_are_none(name: str) -> None:
    with pytest.raises(ConfigError, match="device"):
        choose_device(name)


@MISSING_DEVICE.mark()
def test_a_named_device_that_is_not_there_is_an_error_with_the_command() -> None:
    for name in MISSING:
        with pytest.raises(ConfigError, match=r"not in the installed build.*Use --device auto or cpu") as error:
            Analyzer(device=name)
        assert DEVICES[name].wheel in str(error.value) or "macOS only" in str(error.value)


@MISSING_DEVICE.mark()
@pytest.mark.filterwarnings("ignore:Specified provider")
def test_what_onnx_runtime_would_silently_run_on_the_processor_is_an_error() -> None:
    device = Device(MISSING[0], DEVICES[MISSING[0]].providers[0])
    with pytest.raises(ConfigError, match="could not start it"):
        open_session(default_model_path(floats=True).read_bytes(), threads=1, device=device)


@OTHER_DEVICE.mark()
def test_answers_are_those_of_the_processor(samples: Path) -> None:
    crops = faces(70)
    expected = Classifier(default_model_path(floats=True)).probs(crops)
    seen = Analyzer(model=default_model_path(floats=True), device=CPU).photo(samples / "gallery.jpg")
    for name in OTHERS:
        np.testing.assert_allclose(Classifier(device=choose_device(name)).probs(crops), expected, atol=2e-3)
        there = Analyzer(device=name).photo(samples / "gallery.jpg")
        assert there.made_with.settings["device"].startswith(name) and len(there) == len(seen)
        np.testing.assert_allclose(there.boxes, seen.boxes, atol=1)
        np.testing.assert_allclose(there.probs, seen.probs, atol=0.02)


def test_batches_are_cut_and_filled_for_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    card = Device("cuda", "CUDAExecutionProvider")
    assert card.batch(1000, threads=4, least=4) == 512 and Device().batch(1000, threads=4, least=4) == 64
    assert [card.filled(n) for n in (1, 8, 9, 100, 512)] == [8, 8, 64, 512, 512] and Device().filled(9) == 9
    crops = faces(70)
    expected = Classifier(default_model_path(floats=True)).logits(crops)
    filling = replace(DEVICES[CPU], sizes=(8, 64), faces=64, floats=True)
    monkeypatch.setitem(DEVICES, CPU, filling)
    made = Classifier(threads=1)
    assert made.path == default_model_path(floats=True)
    np.testing.assert_allclose(made.logits(crops), expected, atol=1e-4)
    assert made.logits(faces(0)).shape == (0, 5)


def test_integers_on_the_processor_and_floats_on_cards() -> None:
    assert Analyzer(device=CPU).classifier.path.name == "flagship-int8.onnx"
    assert [name for name, kind in DEVICES.items() if not kind.floats] == [CPU]


def test_results_say_where_the_networks_ran(samples: Path, tmp_path: Path, run_cli: RunCli) -> None:
    answer = run_cli("analyze", samples / "gallery.jpg", "--out", tmp_path, "--save", "json", "--device", "cpu")
    assert answer.code == 0, answer.err
    settings = json.loads((tmp_path / "gallery.json").read_text(encoding="utf-8"))["settings"]
    assert settings["device"] == "cpu" and settings["model file"] == "flagship-int8.onnx"


@MISSING_DEVICE.mark()
def test_commands_refuse_it_before_they_write(samples: Path, tmp_path: Path, run_cli: RunCli) -> None:
    answer = run_cli("analyze", samples / "gallery.jpg", "--out", tmp_path / "out", "--device", MISSING[0])
    assert answer.code == WRONG_USE and f"'{MISSING[0]}'" in answer.err and not (tmp_path / "out").exists()


def test_the_list_names_every_device(run_cli: RunCli) -> None:
    said = json.loads(run_cli("devices", "--json").out)
    assert [one["device"] for one in said["devices"]] == list(DEVICES)
    assert said["devices"][-1]["usable"] and said["onnx_runtime"] == installed_builds()
    table = run_cli("devices").out
    assert all(re.search(rf"^{name}\s+(yes|no)", table, re.MULTILINE) for name in DEVICES)


def test_the_card_that_a_program_may_see_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nvidia-smi").write_text('#!/bin/sh\necho "card $3"\n', encoding="utf-8")
    (tmp_path / "nvidia-smi").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    for visible, names in (("", ("0", "1")), ("3,GPU-5a", ("3", "GPU-5a"))):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
        hardware.cache_clear()
        assert [hardware("cuda"), hardware("cuda:1")] == [f"card --id={name}" for name in names]
    hardware.cache_clear()


# One build of ONNX Runtime


def installed(folder: Path, *names: str) -> None:
    """What pip leaves of installed packages: a folder of metadata each."""
    for name in names:
        about = folder / f"{name.replace('-', '_')}-1.30.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.30.0\n", encoding="utf-8")


def test_one_build_is_nothing_to_talk_about() -> None:
    ONE_BUILD.check()
    assert several_builds() == ""


@pytest.mark.parametrize("other", BUILDS[1:])
def test_two_builds_are_named_with_the_way_out(other: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(tmp_path, BUILDS[0], other)
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    said = several_builds()
    assert f"{other} 1.30.0" in said and "overwrite each other's files" in said and swap(other) in said
    assert said in str(no_build())


def test_none_or_a_damaged_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    assert "ONNX Runtime is not installed" in str(no_build()) and "pip install onnxruntime" in str(no_build())
    installed(tmp_path, "onnxruntime-gpu")
    assert "--force-reinstall --no-deps onnxruntime-gpu" in str(no_build())


def test_no_extra_brings_a_second_build() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert set(re.findall(r'"(onnxruntime[a-z-]*)', text)) == {"onnxruntime"}

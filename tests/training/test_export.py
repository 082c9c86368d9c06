"""Export of any run."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from aiducation.data.dataset import Dataset
from aiducation.training.config import TrainConfig
from aiducation.training.train_run import train_run
from aiducation.vision.classifier import Classifier
from commands import RunCli
from needs import need_package


def test_a_plain_run_exports_too(dataset: Dataset, tmp_path: Path, run_cli: RunCli) -> None:
    need_package("onnxscript")
    train_run(dataset, "official", TrainConfig(model="B2_N1_FC1_K3_AP4", epochs=1), tmp_path / "run", device="cpu")
    answer = run_cli("export", tmp_path / "run", "--out", tmp_path / "run.onnx")
    assert answer.code == 0, answer.err
    classifier = Classifier(tmp_path / "run.onnx", threads=1)
    probs = classifier.probs(np.ascontiguousarray(dataset.images[:5]))
    assert probs.shape == (5, 5) and np.allclose(probs.sum(axis=1), 1, atol=1e-5) and not probs[:, 4].any()

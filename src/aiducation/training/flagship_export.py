"""From the trained flagship to the shipped model: calibrate, evaluate once on the test split, export, quantize,
describe."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from aiducation.data.dataset import Dataset
from aiducation.data.soft_states import outcome_index
from aiducation.data.splits import TEST, TRAIN, VALID, Split
from aiducation.errors import DataMismatchError, RunError
from aiducation.evaluation.calibration import fit_scaling, risk_coverage, softmax
from aiducation.evaluation.metrics import log_loss
from aiducation.files import write_json
from aiducation.model_info import ModelInfo
from aiducation.predictions import Predictions
from aiducation.preprocess import to_input
from aiducation.runs import RunFolder, RunInfo
from aiducation.states import OUTCOMES, STATES
from aiducation.texts import N_
from aiducation.training import checkpoint
from aiducation.training.camera_recipe import CameraConfig
from aiducation.training.flagship import FlagshipConfig, FlagshipNet
from aiducation.training.flagship_scores import charts, measured, shares_of, write_figures
from aiducation.training.head_refit import refit_outcomes
from aiducation.training.heads import COVER_SCORES, cover_figures, head_logits, vote_figures
from aiducation.training.learner import Learner
from aiducation.training.onnx_model import TOLERANCE, describe, export_network, onnx_difference, onnx_logits, open_model
from aiducation.training.published_comparison import beside_published
from aiducation.training.quantize import quantize
from aiducation.training.recipes import read_config

#: Training images from which the ranges of the 8-bit twin are measured.
CALIBRATION_IMAGES = 1024

#: The training threshold is the lowest at which validation images that are answered are right this often.
ANSWERED_ACCURACY = 0.75

#: How the packaged models' images were divided, as a page shows it.
SPLIT = N_("official, every kept image, no training image with a duplicate in the test split")

LIMITS: tuple[str, ...] = (
    N_("It sees an apparent expression in one picture, not what a person feels, thinks or pays attention to."),
    N_("Its truth is the opinion of ten strangers about a small gray picture, turned into states by fixed rules."),
    N_(
        "Ten other raters agree with that truth in about 74 of 100 pictures; even one who knew all people's opinion "
        "would reach about 81."
    ),
    N_(
        "The training pictures are posed and web photos of unknown people; how well it does for children, for "
        "covered faces or for any group of people was not measured."
    ),
    N_("Faces turned far aside, smaller than about 16 pixels, blurred or badly lit get no answer."),
)


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What was decided on the validation split, and what the test split showed.

    Attributes:
        temperature, bias, threshold: from the validation part; the (5,) bias is added to the logits.
        votes: what was measured of the votes, and their temperature.
        covers: what was measured of covered faces, and from which probability a face counts as covered; empty if the network did
            not learn it.
        valid, test: (N, 5) outcome probabilities with the truth, over every kept image of the part.
    """

    temperature: float
    bias: np.ndarray
    threshold: float
    votes: dict[str, Any]
    covers: dict[str, float]
    valid: Predictions
    test: Predictions


@dataclass(frozen=True, kw_only=True)
class Flagship:
    """A finished flagship run, opened to be judged and exported; ``learner`` has the weights that were kept."""

    run: RunFolder
    info: RunInfo
    config: FlagshipConfig
    dataset: Dataset
    split: Split
    learner: Learner

    def logits(self, part: str, *, mirror: bool = False) -> np.ndarray:
        """(N, 5) float32 outcome logits for the images of a part, or for their mirror images."""
        return self.learner.logits(self.dataset.images[self.split.parts[part]], mirror=mirror)

    def predictions(self, part: str, probs: np.ndarray) -> Predictions:
        """(N, 5) probabilities for the images of a part, with the truth beside them."""
        ids, data = self.split.parts[part], self.dataset
        return Predictions(
            ids=ids,
            y_true=outcome_index(data.state[ids]),
            probs=probs.astype(np.float32),
            groups=data.duplicate_group[ids].astype(np.int64),
            states=OUTCOMES,
            info={
                "model": self.info.model,
                "part": part,
                "epochs": self.info.epochs_done,
                "data_hash": data.data_hash,
            },
        )


def open_flagship(dataset: Dataset, folder: Path) -> Flagship:
    """A finished flagship run.

    Raises:
        RunError: the folder holds none, it is damaged, or its training is not over.
        DataMismatchError: it was trained on other data.
    """
    run = RunFolder(folder)
    info = run.info()
    if info.config.get("recipe") not in ("flagship", "camera"):
        raise RunError(f"{folder} holds no flagship. Train one with: aiducation train DATA --recipe flagship --out RUN")
    if info.data_hash != dataset.data_hash:
        raise DataMismatchError(
            f"{folder} was trained on other data ({info.data_hash[:12]}) than this ({dataset.data_hash[:12]})."
        )
    if not info.finished:
        raise RunError(
            f"{folder} has {info.epochs_done} of {info.epochs} epochs; continue with: aiducation train --resume"
        )
    checkpoint.check_config(run.checkpoint_path, info.config)  # before a network is made of it
    config = read_config(info.config)
    assert isinstance(config, FlagshipConfig)
    learner = Learner(config, device="cpu")
    learner.load(run.best_path)
    split = Split.load(run.split_path)
    return Flagship(run=run, info=info, config=config, dataset=dataset, split=split, learner=learner)


def judge(flagship: Flagship) -> Judged:
    """Fit temperature, bias and threshold on validation images, then look at the test images."""
    config, network = flagship.config, flagship.learner.judged
    if isinstance(config, CameraConfig):
        assert isinstance(network, FlagshipNet)
        refit_outcomes(network, flagship.dataset, flagship.split.parts[TRAIN], config.pictures, config.seed)
    valid_logits = flagship.logits(VALID)
    truth = outcome_index(flagship.dataset.state[flagship.split.parts[VALID]])
    temperature, bias = fit_scaling(valid_logits, truth)
    valid = flagship.predictions(VALID, softmax(valid_logits + bias, temperature))
    threshold = risk_coverage(valid.probs, valid.y_true).threshold_for(ANSWERED_ACCURACY)
    test_logits = flagship.logits(TEST)
    test = flagship.predictions(TEST, softmax(test_logits + bias, temperature))
    return Judged(
        temperature=temperature,
        bias=bias,
        threshold=round(threshold, 2),
        votes=vote_figures(flagship.dataset, flagship.split, network),
        covers=cover_figures(
            flagship.dataset.images[flagship.split.parts[VALID]],
            lambda faces: head_logits(network, faces)[2][:, 0],
            flagship.config.seed,
        )
        if isinstance(config, CameraConfig)
        else {},
        valid=valid,
        test=test,
    )


def export_flagship(flagship: Flagship, path: Path, *, beside: Path | None = None) -> dict[str, Any]:
    """Judge and export; writes ``path``, its quantized twin, and, into the run's folder, what was measured, with figures.

    Args:
        flagship: a finished training.
        path: the ``.onnx`` file to write.
        beside: a study's folder, whose published networks are compared on the same test images.

    Returns:
        What ``judged.json`` holds.

    Raises:
        RunError: ONNX Runtime and PyTorch disagree on a test image.
    """
    judged = judge(flagship)
    compared = beside_published(judged.test.of_four_states(), beside) if beside else None
    data, split = flagship.dataset, flagship.split
    tested = measured(judged.test, judged.threshold)
    info, network = _info_of(flagship, judged, tested), _with_bias(flagship, judged)
    export_network(network, info, path)
    faces = to_input(np.ascontiguousarray(data.images[split.parts[TEST]]))
    difference = onnx_difference(network, info, path, faces)
    if not difference <= TOLERANCE:
        raise RunError(f"PyTorch and ONNX Runtime differ by {difference:.2g} on a test image.")
    folder = flagship.run.path
    judged.valid.save(folder / "calibrated-valid.npz")
    judged.test.save(folder / "calibrated-test.npz")
    write_figures(judged.test, judged.threshold, folder / "figures")
    answer = {
        "temperature": round(judged.temperature, 4),
        "bias": [round(float(b), 4) for b in judged.bias],
        "threshold": judged.threshold,
        "votes": judged.votes,
        "covers": judged.covers,
        "valid": measured(judged.valid, judged.threshold),
        **_tried(flagship, judged),
        "test": tested,
        "by_copy_in_train": _without_copies(flagship, judged.test),
        "largest_onnx_difference": difference,
        "file_bytes": path.stat().st_size,
        "quantized": _quantized(flagship, judged, path, info),
        "beside": compared.finished if compared else [],
        "beside_unfinished": compared.unfinished if compared else [],
    }
    write_json(folder / "judged.json", answer)
    return answer


def _info_of(flagship: Flagship, judged: Judged, tested: dict[str, float]) -> ModelInfo:
    """What travels in the file; ``tested``: the scores on test images."""
    data, split = flagship.dataset, flagship.split
    return ModelInfo(
        name="flagship",
        criteria=data.info.criteria,
        data_hash=data.data_hash,
        temperature=judged.temperature,
        threshold=judged.threshold,
        scores={**tested, **{name: judged.covers[name] for name in COVER_SCORES if judged.covers}},
        charts=charts(judged.test),
        limits=LIMITS,
        training={
            "split": SPLIT,
            "images": len(split.parts[TRAIN]),
            "epochs": flagship.info.epochs_done,
            "seed": flagship.config.seed,
            "commit": flagship.info.environment.get("commit"),
        },
        priors=shares_of(judged.valid),
        vote_temperature=judged.votes["temperature"],
        cover_threshold=judged.covers.get("threshold", 0.0),
    )


def _with_bias(flagship: Flagship, judged: Judged) -> FlagshipNet:
    """The network with the calibration's bias in it: whoever uses the file need not know of it."""
    network = FlagshipNet(flagship.config).eval()
    network.load_state_dict(flagship.learner.judged.state_dict())
    with torch.no_grad():
        network.outcome_head.bias.add_(torch.from_numpy(judged.bias))
    return network


def _tried(flagship: Flagship, judged: Judged) -> dict[str, Any]:
    """What calibration and averaging with the mirror image change on validation images."""
    plain, mirrored = flagship.logits(VALID), flagship.logits(VALID, mirror=True)
    both = [softmax(logits + judged.bias, judged.temperature) for logits in (plain, mirrored)]
    return {
        "valid_log_loss": {
            "before_calibration": round(log_loss(softmax(plain), judged.valid.y_true), 4),
            "after": round(log_loss(judged.valid.probs, judged.valid.y_true), 4),
        },
        "valid_with_mirror": measured(flagship.predictions(VALID, (both[0] + both[1]) / 2), judged.threshold),
    }


def quantized_path(path: Path) -> Path:
    """Where the 8-bit twin of an exported model goes."""
    return path.with_name(f"{path.stem}-int8{path.suffix}")


def _quantized(flagship: Flagship, judged: Judged, path: Path, info: ModelInfo) -> dict[str, Any]:
    """Write the 8-bit twin of an exported flagship, described by its own scores; gives its size and scores."""
    train = flagship.split.parts[TRAIN]
    some = np.sort(np.random.default_rng(flagship.config.seed).permutation(train)[:CALIBRATION_IMAGES])
    small = quantize(path, quantized_path(path), flagship.dataset.images[some])
    session = open_model(small)
    answer: dict[str, Any] = {"file_bytes": small.stat().st_size}
    for part, expected in ((VALID, judged.valid), (TEST, judged.test)):
        logits = onnx_logits(
            session, to_input(np.ascontiguousarray(flagship.dataset.images[flagship.split.parts[part]]))
        )
        made = flagship.predictions(part, softmax(logits, judged.temperature))
        answer[part] = measured(made, judged.threshold)
        answer[f"{part}_same_answer"] = round(float((made.y_pred == expected.y_pred).mean()), 4)
        if part == TEST:
            describe(small, replace(info, scores=answer[TEST], charts=charts(made)))
    return answer


def _without_copies(flagship: Flagship, test: Predictions) -> dict[str, int]:
    """How many test images have a copy among the training or validation images: the split leaves none."""
    group = flagship.dataset.duplicate_group
    seen = np.concatenate([flagship.split.parts[TRAIN], flagship.split.parts[VALID]])
    copies = np.isin(test.groups, group[seen])
    return {
        "test_images_with_a_copy": int(copies.sum()),
        "labelled": int((copies & (test.y_true < len(STATES))).sum()),
    }

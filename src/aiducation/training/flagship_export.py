"""From the trained flagship to what is shipped: calibrated, judged once on the test part, exported, quantized, described."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from aiducation.data.dataset import Dataset
from aiducation.data.soft_states import outcome_index
from aiducation.data.splits import TEST, TRAIN, VALID
from aiducation.errors import RunError
from aiducation.evaluation.calibration import fit_scaling, reliability, risk_coverage, softmax
from aiducation.evaluation.intervals import score_intervals
from aiducation.evaluation.metrics import area_under_roc, confusion_matrix, expected_calibration_error, log_loss
from aiducation.files import write_json
from aiducation.model_info import ModelInfo
from aiducation.predictions import Predictions
from aiducation.preprocess import to_input
from aiducation.states import OTHER_INDEX, OUTCOMES, STATES
from aiducation.training import checkpoint
from aiducation.training.beside import beside_published, rounded
from aiducation.training.export import TOLERANCE, describe, export_network, onnx_difference, onnx_logits, open_model
from aiducation.training.flagship import Flagship, FlagshipConfig, FlagshipNet, read_recipe
from aiducation.training.flagship_figures import write_flagship_figures
from aiducation.training.quantize import quantize

#: Training images from which the ranges of the 8-bit twin are measured.
CALIBRATION_IMAGES = 1024

#: The default threshold is the lowest at which validation images that are answered are right this often.
ANSWERED_ACCURACY = 0.75

LIMITS: tuple[str, ...] = (
    "It sees an apparent expression in one picture, not what a person feels, thinks or pays attention to.",
    "Its truth is the opinion of ten strangers about a small gray picture, turned into states by fixed rules.",
    "Ten other raters agree with that truth in about 75 of 100 pictures; even one who knew all people's opinion would reach "
    "about 81.",
    "The training pictures are posed and web photos of unknown people; how well it does for children, for covered faces "
    "or for any group of people was not measured.",
    "Faces turned far aside, smaller than about 16 pixels, blurred or badly lit get no answer.",
)


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What the validation part decided and what the test part showed.

    Attributes:
        temperature, bias, threshold: from the validation part; the (5,) bias is added to the logits.
        valid, test: (N, 5) outcome probabilities with the truth, over every kept image of the part.
    """

    temperature: float
    bias: np.ndarray
    threshold: float
    valid: Predictions
    test: Predictions


def open_flagship(dataset: Dataset, folder: Path) -> Flagship:
    """A trained flagship, ready to be judged and exported.

    Raises:
        RunError: the folder holds none, or its training is not over.
    """
    if not (folder / "recipe.json").is_file():
        raise RunError(f"{folder} holds no flagship. Train one with: aiducation train DATA --recipe flagship --out RUN")
    described = read_recipe(folder)
    checkpoint.check_config(folder / "checkpoint.safetensors", described["config"])  # before a network is made of it
    flagship = Flagship(dataset, folder, FlagshipConfig.from_json(described["config"]), device="cpu")
    flagship.resume()
    if len(flagship.log) < flagship.config.epochs:
        raise RunError(
            f"{folder} has {len(flagship.log)} of {flagship.config.epochs} epochs; go on with: aiducation train --resume"
        )
    return flagship


def judge(flagship: Flagship) -> Judged:
    """Fit temperature, bias and threshold on validation images, then look at the test images."""
    valid_logits = flagship.logits(flagship.split.parts[VALID])
    truth = outcome_index(flagship.dataset.state[flagship.split.parts[VALID]])
    temperature, bias = fit_scaling(valid_logits, truth)
    valid = _predictions(flagship, VALID, softmax(valid_logits + bias, temperature))
    threshold = risk_coverage(valid.probs, valid.y_true).threshold_for(ANSWERED_ACCURACY)
    test_logits = flagship.logits(flagship.split.parts[TEST])
    test = _predictions(flagship, TEST, softmax(test_logits + bias, temperature))
    return Judged(temperature=temperature, bias=bias, threshold=round(threshold, 2), valid=valid, test=test)


def _predictions(flagship: Flagship, part: str, probs: np.ndarray) -> Predictions:
    ids, data = flagship.split.parts[part], flagship.dataset
    return Predictions(
        ids=ids,
        y_true=outcome_index(data.state[ids]),
        probs=probs.astype(np.float32),
        groups=data.duplicate_group[ids].astype(np.int64),
        states=OUTCOMES,
        info={"model": "flagship", "part": part, "epochs": len(flagship.log), "data_hash": data.data_hash},
    )


def four_way(predictions: Predictions) -> Predictions:
    """The labelled images alone, with the probabilities of the four states given that it is one of them."""
    labelled = predictions.where(predictions.y_true < len(STATES))
    probs = labelled.probs[:, : len(STATES)]
    return Predictions(
        ids=labelled.ids,
        y_true=labelled.y_true,
        probs=probs / probs.sum(axis=1, keepdims=True),
        groups=labelled.groups,
        states=STATES,
        info=labelled.info,
    )


def measured(predictions: Predictions, threshold: float) -> dict[str, Any]:
    """Every number that the card shows, with 95 % intervals where they are estimates of accuracy."""
    four = four_way(predictions)
    intervals = score_intervals(four)
    five = score_intervals(predictions)
    coverage, answered = risk_coverage(predictions.probs, predictions.y_true).at(threshold)
    other = predictions.y_true == len(STATES)

    return {
        "images": len(predictions),
        "images_of_four_states": len(four),
        "accuracy": rounded(intervals["accuracy"]),
        "f1_macro": rounded(intervals["f1_macro"]),
        "recall": {state: rounded(intervals[f"recall_{state}"]) for state in STATES},
        "five_way_accuracy": rounded(five["accuracy"]),
        "five_way_recall": {outcome: rounded(five[f"recall_{outcome}"]) for outcome in OUTCOMES},
        "other_auc": round(area_under_roc(predictions.probs[:, -1], other), 4),
        "calibration_error": round(expected_calibration_error(predictions.probs, predictions.y_true), 4),
        "calibration_error_four": round(expected_calibration_error(four.probs, four.y_true), 4),
        "answered": round(coverage, 4),
        "accuracy_when_answered": round(answered, 4),
    }


def charts(predictions: Predictions) -> dict[str, Any]:
    """What ``ModelInfo.charts`` holds."""
    counts = confusion_matrix(predictions.y_true, predictions.y_pred, len(predictions.states))
    bins = reliability(predictions.probs, predictions.y_true)
    names = ("low", "high", "confidence", "accuracy", "count")
    rows = [
        {name: round(float(getattr(bins, name)[i]), 4) for name in names} for i in np.flatnonzero(bins.count).tolist()
    ]
    return {"confusion": [[int(n) for n in row] for row in counts], "reliability": rows}


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
    compared = beside_published(four_way(judged.test), beside) if beside else []
    data, split = flagship.dataset, flagship.split
    tested = measured(judged.test, judged.threshold)
    described = read_recipe(flagship.folder)
    info = ModelInfo(
        name="flagship",
        criteria=data.info.criteria,
        data_hash=data.data_hash,
        temperature=judged.temperature,
        threshold=judged.threshold,
        scores=tested,
        charts=charts(judged.test),
        limits=LIMITS,
        training={
            "split": "official, every kept image, no training image with a copy in the test part",
            "images": len(split.parts[TRAIN]),
            "epochs": len(flagship.log),
            "seed": flagship.config.seed,
            "commit": described["environment"].get("commit"),
        },
    )
    network = FlagshipNet(flagship.config).eval()
    checkpoint.load_weights(flagship.weights_path, network)
    with torch.no_grad():  # the bias becomes part of the network: whoever uses the file need not know of it
        network.outcome_head.bias.add_(torch.from_numpy(judged.bias))
    export_network(network, info, path)
    faces = to_input(np.ascontiguousarray(data.images[split.parts[TEST]]))
    difference = onnx_difference(network, path, faces)
    if difference > TOLERANCE:
        raise RunError(f"PyTorch and ONNX Runtime differ by {difference:.2g} on a test image.")
    judged.valid.save(flagship.folder / "valid.npz")
    judged.test.save(flagship.folder / "test.npz")
    write_flagship_figures(judged.test, judged.threshold, flagship.folder / "figures")
    answer = {
        "temperature": round(judged.temperature, 4),
        "bias": [round(float(b), 4) for b in judged.bias],
        "threshold": judged.threshold,
        "valid": measured(judged.valid, judged.threshold),
        **_tried(flagship, judged),
        "test": tested,
        "by_copy_in_train": _without_copies(flagship, judged.test),
        "largest_onnx_difference": difference,
        "file_bytes": path.stat().st_size,
        "quantized": _quantized(flagship, judged, path, info),
        "beside": compared,
    }
    write_json(flagship.folder / "judged.json", answer)
    return answer


def _tried(flagship: Flagship, judged: Judged) -> dict[str, Any]:
    """What calibration and averaging with the mirror image change on validation images."""
    ids = flagship.split.parts[VALID]
    plain, mirrored = flagship.logits(ids), flagship.logits(ids, mirror=True)
    both = [softmax(logits + judged.bias, judged.temperature) for logits in (plain, mirrored)]
    return {
        "valid_log_loss": {
            "before_calibration": round(log_loss(softmax(plain), judged.valid.y_true), 4),
            "after": round(log_loss(judged.valid.probs, judged.valid.y_true), 4),
        },
        "valid_with_mirror": measured(_predictions(flagship, VALID, (both[0] + both[1]) / 2), judged.threshold),
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
        made = _predictions(flagship, part, softmax(logits, judged.temperature))
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
        "labelled": int((copies & (test.y_true != OTHER_INDEX)).sum()),
    }

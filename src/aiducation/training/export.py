"""Export whatever was trained as one ``.onnx`` file that ``aiducation analyze`` uses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aiducation.data.dataset import Dataset
from aiducation.errors import ConfigError, OutputExistsError
from aiducation.model_info import ModelInfo
from aiducation.runs import RunFolder
from aiducation.states import STATES
from aiducation.temporary import delete_left_behind
from aiducation.training import checkpoint
from aiducation.training.card import write_card
from aiducation.training.flagship_export import export_flagship, open_flagship, quantized_path
from aiducation.training.onnx_model import export_network
from aiducation.training.published_comparison import check_published
from aiducation.training.recipes import read_config, recipe_of

_LIMITS = ("It knows only the four states: even a smile is counted as one of them.",)


def export_any(
    run: Path, out: Path, *, data: Path | None, beside: Path | None = None, force: bool = False
) -> dict[str, Any]:
    """Export a run of ``aiducation train``; a flagship is judged meanwhile and gets its card beside it.

    Args:
        run: the folder that was trained into.
        out: the ``.onnx`` file to write.
        data: the prepared folder; a flagship is evaluated on its test split.
        beside: a study's folder, whose published networks the card compares.
        force: overwrite ``out``, and what else is written beside it.

    Returns:
        What was measured; empty for a plain run.

    Raises:
        OutputExistsError: one of the files is there and ``force`` is not set.
        ConfigError: a flagship run was given without its data.
        RunError: there is nothing to export.
    """
    _check_free(out, force=force)
    is_plain_run = RunFolder(run).info().config.get("recipe") not in ("flagship", "camera")
    card = out.with_suffix(".md")
    if not is_plain_run:
        _check_free(quantized_path(out), force=force)
        _check_free(card, force=force)
    delete_left_behind(out.parent)
    if is_plain_run:
        export_run(RunFolder(run), out)
        return {}
    if data is None:
        raise ConfigError("A flagship is evaluated while it is exported; name the data with --data.")
    if beside is not None:
        check_published(beside)
    flagship = open_flagship(Dataset.load(data), run)
    judged = export_flagship(flagship, out, beside=beside)
    write_card(judged, flagship.info, card)
    tested = judged["test"]
    return {
        "accuracy (four states)": tested["accuracy"]["estimate"],
        "interval": f"{tested['accuracy']['low']} to {tested['accuracy']['high']}",
        "five-way accuracy": tested["five_way_accuracy"]["estimate"],
        "area under the curve, other": tested["other_auc"],
        "calibration error": tested["calibration_error"],
        "threshold": judged["threshold"],
        "answered": tested["answered"],
        "accuracy when answered": tested["accuracy_when_answered"],
        "largest difference to PyTorch": f"{judged['largest_onnx_difference']:.1e}",
        "bytes": judged["file_bytes"],
    }


def _check_free(path: Path, *, force: bool) -> None:
    if path.exists() and not force:
        raise OutputExistsError(
            f"{path} exists already; name another file. --force replaces it, and its content is lost."
        )


def export_run(run: RunFolder, path: Path) -> Path:
    """Export the best weights of a run of ``aiducation train``.

    Raises:
        RunError: the run has no weights yet.
    """
    info = run.info()
    network = recipe_of(read_config(info.config)).network()
    described = checkpoint.load_weights(run.best_path, network)
    scores = {}
    for part in ("valid", "test"):
        if run.has_predictions(part):
            scores[f"{part}_accuracy"] = round(float(run.predictions(part).correct.mean()), 4)
    return export_network(
        network,
        ModelInfo(
            name=info.model,
            outcomes=info.states,
            criteria=info.criteria,
            data_hash=info.data_hash,
            scores=scores,
            limits=_LIMITS if info.states == STATES else (),
            training={
                "split": info.split,
                **({} if info.fold is None else {"fold": info.fold}),
                "images": info.n_train,
                "epoch": described.get("epoch"),
                "epochs": info.epochs_done,
                "epochs_asked_for": info.epochs,
                "seed": info.seed,
                "commit": info.environment.get("commit"),
            },
        ),
        path,
    )

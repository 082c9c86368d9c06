"""Recipes: whole trainings by name, and the export of whatever was trained."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiducation.data.dataset import Dataset
from aiducation.errors import ConfigError, OutputExistsError, unknown_name
from aiducation.runs import RunFolder
from aiducation.temporary import delete_left_behind
from aiducation.training.flagship import Flagship, FlagshipConfig
from aiducation.training.learner import Progress
from aiducation.training.run import check_no_weights

#: Name -> configuration.
RECIPES: dict[str, FlagshipConfig] = {"flagship": FlagshipConfig()}


def train_recipe(
    name: str,
    dataset: Dataset,
    folder: Path,
    *,
    resume: bool = False,
    device: str = "auto",
    progress: Progress | None = None,
    on_epoch: Callable[[dict[str, float]], None] | None = None,
) -> Flagship:
    """Train a recipe into a folder, from the start or from its checkpoint.

    Raises:
        ConfigError: there is no such recipe.
        OutputExistsError: the folder holds a training and ``resume`` is not set.
        RunError: the folder's training had other options.
    """
    if name not in RECIPES:
        raise unknown_name("recipe", name, RECIPES)
    check_no_weights(folder, "recipe.json")
    flagship = Flagship(dataset, folder, RECIPES[name], device=device)
    if (folder / "recipe.json").is_file():
        if not resume:
            raise OutputExistsError(
                f"{folder} holds a training already; pass --resume to go on, or name another folder."
            )
        flagship.resume()
    flagship.train(progress=progress, on_epoch=on_epoch)
    return flagship


def export_any(
    run: Path, out: Path, *, data: Path | None, beside: Path | None = None, force: bool = False
) -> dict[str, Any]:
    """Export a recipe's training or a run of ``aiducation train``; a recipe's model gets its card beside it.

    Args:
        run: the folder that was trained into.
        out: the ``.onnx`` file to write.
        data: the prepared folder; a recipe is judged on its test part.
        beside: a study's folder, whose published networks the card compares.
        force: overwrite ``out``.

    Returns:
        What was measured; empty for a plain run.

    Raises:
        OutputExistsError: the file is there and ``force`` is not set.
        ConfigError: a recipe's run was given without its data.
        RunError: there is nothing to export.
    """
    from aiducation.training.card import write_card
    from aiducation.training.export import export_run
    from aiducation.training.flagship_export import export_flagship, open_flagship

    if out.exists() and not force:
        raise OutputExistsError(
            f"{out} is there already; name another file. --force replaces it, and what it holds is lost."
        )
    delete_left_behind(out.parent)
    if not (run / "recipe.json").is_file():
        export_run(RunFolder(run), out)
        return {}
    if data is None:
        raise ConfigError("A recipe is judged while it is exported; name the data with --data.")
    flagship = open_flagship(Dataset.load(data), run)
    judged = export_flagship(flagship, out, beside=beside)
    write_card(judged, flagship, out.with_suffix(".md"))
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

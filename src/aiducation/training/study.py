"""A study: many runs from one small file, in one folder, by as many processes as share it.

RUNS/<split>/<model>/seed<k>[/fold<j>]/    one run each (see aiducation.runs)
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from aiducation.data.dataset import Dataset
from aiducation.data.splits import parse_split_name
from aiducation.errors import AiducationError, ConfigError, MissingExtraError, RunError, unknown_name
from aiducation.files import subfolder
from aiducation.records import read_bytes
from aiducation.runs import RunFolder
from aiducation.temporary import delete_left_behind
from aiducation.training.claims import claim, holder
from aiducation.training.config import TrainConfig, differing_options
from aiducation.training.kept import has_split
from aiducation.training.learner import Progress
from aiducation.training.models import COMPACT_MODELS, PUBLISHED_MODELS, build_model
from aiducation.training.place import Place
from aiducation.training.train_run import train_run

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

#: Bytes of a study file at most.
_LARGEST = 1 << 20

#: Runs that a study has at most: what asks for more is a mistake, and listing them would take the memory.
_MOST_RUNS = 100_000

_GROUPS = {"published": PUBLISHED_MODELS, "compact": COMPACT_MODELS}


@dataclass(frozen=True, kw_only=True)
class PlannedRun:
    """One run of a study.

    Attributes:
        split: name of the split, or its file.
        fold: fold to validate on, or None.
        config: what to train and how.
    """

    split: str
    fold: int | None
    config: TrainConfig

    @property
    def name(self) -> str:
        """The run's folder below the study's, with forward slashes; a split that is a file gives it its name, wherever it is."""
        fold = "" if self.fold is None else f"/fold{self.fold}"
        return f"{Path(self.split).name}/{self.config.model}/seed{self.config.seed}{fold}"


def read_study(path: Path) -> list[PlannedRun]:
    """The runs that a study file asks for, in its order.

    The file has a table ``[train]`` (fields of ``TrainConfig``) and tables ``[[grid]]``, each with lists ``models`` (names,
    or "published" and "compact" for all of a family), ``splits`` and ``seeds``, and any training option that differs.

    Raises:
        ConfigError: the file is missing, is not TOML, or asks for something unknown.
    """
    try:
        value = tomllib.loads(read_bytes(path, _LARGEST).decode("utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"Cannot read the study {path}: {error.strerror}.") from error
    except RecursionError as error:
        raise ConfigError(f"{path} is not a study file: it is nested too deeply.") from error
    except ValueError as error:  # also TOMLDecodeError, UnicodeDecodeError
        raise ConfigError(f"{path} is not a study file: {error}.") from error
    for name in value:
        if name not in ("train", "grid"):
            raise unknown_name("table in the study file", name, ("train", "grid"))
    grids, common = value.get("grid", []), value.get("train", {})
    if not (isinstance(grids, list) and grids and all(isinstance(grid, dict) for grid in grids)):
        raise ConfigError(f"{path} has no [[grid]] table, so there is nothing to train.")
    if not isinstance(common, dict):
        raise ConfigError(f"{path}: train must be a table [train], not {common!r:.60}.")
    every = (run for grid in grids for run in _expand(dict(grid), common))
    planned = list(islice(every, _MOST_RUNS + 1))
    if len(planned) > _MOST_RUNS:
        raise ConfigError(f"{path} lists more than {_MOST_RUNS:,} runs.")
    if twice := sorted(name for name, times in Counter(run.name for run in planned).items() if times > 1):
        raise ConfigError(f"{path} lists a run twice: {twice[0]}.")
    return planned


def _expand(grid: dict[str, Any], common: dict[str, Any]) -> Iterator[PlannedRun]:
    models = _names(grid.pop("models", []), "models")
    splits = _names(grid.pop("splits", ["official"]), "splits")
    seeds = grid.pop("seeds", [0])
    if not (models and splits and seeds and isinstance(seeds, list)):
        raise ConfigError(
            "A [[grid]] needs a list of models and, if given, lists of splits and of seeds, which must not be empty."
        )
    if one := {"model", "seed"} & {*common, *grid}:
        name = min(one)
        raise ConfigError(f"A study has no option '{name}': write a list, {name}s = [...], into each [[grid]].")
    options = sorted({field.name for field in fields(TrainConfig)} - {"model", "seed"})
    for name in grid:
        if name not in options:
            raise unknown_name("entry of a [[grid]]", name, ["models", "splits", "seeds", *options])
    for split in splits:
        for seed in seeds:
            for model in [name for group in models for name in _GROUPS.get(group, (group,))]:
                config = TrainConfig.from_json({**common, **grid, "model": model, "seed": seed})
                for fold in range(parse_split_name(split).n_folds) or (None,):
                    yield PlannedRun(split=split, fold=fold, config=config)


def _names(value: Any, key: str) -> list[str]:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ConfigError(f"{key} must be a list of names, not {value!r:.60}.")
    return names


def check_study(planned: list[PlannedRun], dataset: Dataset) -> None:
    """Find mistakes before the first hour of training, not after it.

    Raises:
        ConfigError: a model or split is unknown.
    """
    import torch

    for split in {run.split for run in planned}:
        dataset.split(split)
    with torch.device("meta"):
        for model in {run.config.model for run in planned}:
            build_model(model)


def run_study(
    planned: list[PlannedRun],
    dataset: Dataset,
    out: Path,
    *,
    until: int | None = None,
    device: str = "auto",
    on_run: Callable[[PlannedRun, str], None] | None = None,
    progress: Callable[[PlannedRun], Progress] | None = None,
    on_epoch: Callable[[PlannedRun, dict[str, float]], None] | None = None,
) -> int:
    """Train every run that is not done and that no other process works on; gives the number of runs left to others.

    A run that fails is reported, and the others go on.

    Args:
        planned: the runs of ``read_study``.
        dataset: the prepared data.
        out: the study's folder; processes and machines that share it divide the runs among them.
        until: pause each run after this epoch.
        on_run: called with a run and "training", "done", "elsewhere" or "failed: ..." with the reason, while its exception is
            handled.
        progress, on_epoch: make or get what ``train_run`` wants, for each run.

    Raises:
        ConfigError: a model or split is unknown, or the device is not there.
        RunError: runs failed; raised after all others were worked on.
    """
    check_study(planned, dataset)
    sweep_up(planned, out)
    elsewhere, failed, place = 0, 0, None
    for run in planned:
        folder = out / run.name
        tell = on_run or (lambda run, what: None)
        if place:
            place.check()
        try:
            if is_done(folder, run, dataset, until):
                tell(run, "done")
                continue
            with claim(subfolder(out, run.name)) as mine:
                place = place or Place(out)
                if not mine:
                    tell(run, "elsewhere")
                    elsewhere += 1
                    continue
                tell(run, "training")
                train_run(
                    dataset,
                    run.split,
                    run.config,
                    folder,
                    fold=run.fold,
                    until=until,
                    resume=True,
                    claimed=mine,
                    device=device,
                    progress=progress(run) if progress else None,
                    on_epoch=partial(on_epoch, run) if on_epoch else None,
                )
        except (ConfigError, MissingExtraError):  # of all runs alike
            raise
        except Exception as error:
            # Whatever it is, also too little memory or a network of somebody else, the others go on.
            tell(run, f"failed: {why_in_words(error)}")
            failed += 1
    if failed:
        raise RunError(f"{failed} of {len(planned)} runs failed; the reasons are above.")
    return elsewhere


def why_in_words(error: Exception) -> str:
    """What ended a run, with the kind of error where it is none that the program expects."""
    return str(error) if isinstance(error, AiducationError) else f"{type(error).__name__}: {error}"


def sweep_up(planned: Sequence[PlannedRun], out: Path) -> None:
    """Delete what killed commands left beside the runs of a study: results that were not yet whole."""
    for folder in {(out / run.name).parent for run in planned}:
        delete_left_behind(folder)


def check_trained(planned: list[PlannedRun], out: Path) -> None:
    """Make sure that there is something to report.

    Raises:
        RunError: no run of the study has results yet; says who works on them.
    """
    if any((there := RunFolder(out / run.name)).exists() and there.has_predictions("valid") for run in planned):
        return
    why = next((f" ({words})" for run in planned if (words := holder(out / run.name))), "")
    raise RunError(
        f"No run of this study has results yet, and nothing was trained: other processes have claimed all of them{why}. A claim "
        "of a process that died is taken over after five minutes; run the same command again then."
    )


def is_done(folder: Path, run: PlannedRun, dataset: Dataset, until: int | None) -> bool:
    """Whether the folder holds just this run, far enough; one that holds another is left to ``train_run`` to refuse."""
    there = RunFolder(folder)
    if not (there.exists() and there.has_predictions("valid")):
        return False
    info = there.info()
    if info.data_hash != dataset.data_hash or differing_options(info.config, run.config.to_json()):
        return False
    if not has_split(there, dataset.split(run.split)):
        return False
    enough = info.epochs_done >= min(until or run.config.epochs, run.config.epochs)
    needs_test = info.epochs_done >= run.config.epochs and info.n_test > 0
    return enough and (not needs_test or (info.finished and there.current_predictions("test") is not None))

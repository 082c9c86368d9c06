"""The Learner: trains one network, epoch by epoch, and keeps what it measured."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from aiducation.errors import RunError
from aiducation.evaluation.metrics import confusion_matrix, flat_scores
from aiducation.predictions import Predictions
from aiducation.preprocess import to_input
from aiducation.runs import LOG_COLUMNS, METRICS, read_log, write_log
from aiducation.states import STATES
from aiducation.training import checkpoint
from aiducation.training.batches import Part, epoch_seed, plain_batches, training_batches
from aiducation.training.config import TrainConfig
from aiducation.training.device import choose_compute
from aiducation.training.models import build_model

#: Images a step where no gradients are kept.
EVAL_BATCH = 256

#: Called with the images done and the images in the epoch.
Progress = Callable[[int, int], None]


class _Tally:
    """Running sums over an epoch, kept on the device so that no step waits for it."""

    def __init__(self, device: torch.device) -> None:
        self.loss = torch.zeros((), device=device)
        self.cells = torch.arange(len(STATES) ** 2, device=device)  # of the confusion matrix, row by row
        self.confusion = torch.zeros_like(self.cells)

    def add(self, logits: Tensor, targets: Tensor, loss: Tensor) -> None:
        self.loss.add_(loss.detach() * len(targets))
        cells = targets * len(STATES) + logits.detach().argmax(1)
        self.confusion.add_((cells[:, None] == self.cells).sum(0))  # bincount would make the processor wait for a GPU

    def metrics(self) -> dict[str, float]:
        confusion = self.confusion.cpu().numpy().reshape(len(STATES), len(STATES))
        return {"loss": self.loss.item() / max(int(confusion.sum()), 1), **flat_scores(confusion)}


class Learner:
    """Trains one network and evaluates it.

    Same configuration, data, machine and number of threads: same numbers, bit for bit on the CPU. On a GPU some gradients are
    summed in an order that the hardware chooses, so there the last digits may differ.

    Args:
        config: what to train and how.
        device: "auto", "cpu", "cuda", "cuda:1", "mps".

    Attributes:
        log: one row an epoch of ``train_eval``, with the columns ``runs.LOG_COLUMNS``.
        epochs_done: epochs trained so far.
        best_epoch: the epoch with the highest validation accuracy (the first of equals), 0 before the first.
    """

    def __init__(self, config: TrainConfig, *, device: str = "auto") -> None:
        self.config = config
        self.compute = choose_compute(device, config.precision)
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(config.seed)  # weights are drawn on the CPU, alike for every device
            model = build_model(config.model)
        # Channels last suits the convolutions of every processor measured.
        self.model = model.to(self.compute.device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.optimizer = torch.optim.Adam(
            self.model.parameters(),
            lr=config.learning_rate,
            weight_decay=config.weight_decay,
            fused=self.compute.fused_adam,
        )
        self.log: list[dict[str, float]] = []
        self.epochs_done = 0
        self.best_epoch = 0
        self._best: dict[str, Tensor] = {}

    def train_one_epoch(self, train: Part, *, progress: Progress | None = None) -> dict[str, float]:
        """Train on every image once; gives loss, accuracy and the other ``runs.METRICS`` on the augmented images."""
        epoch = self.epochs_done + 1
        tally = _Tally(self.compute.device)
        self.model.train()
        done = 0
        gpus = [self.compute.device] if self.compute.device.type == "cuda" else []
        with torch.random.fork_rng(devices=gpus):
            torch.manual_seed(epoch_seed(self.config.seed, epoch))  # for dropout; the batches have their own
            for images, targets in training_batches(train, self.config, epoch):
                self.optimizer.zero_grad(set_to_none=True)
                with self.compute.autocast():
                    logits = self.model(images.contiguous(memory_format=torch.channels_last))
                    loss = F.cross_entropy(logits, targets)
                loss.backward()
                self.optimizer.step()
                tally.add(logits, targets, loss)
                done += len(targets)
                if progress:
                    progress(done, len(train))
        metrics = tally.metrics()
        if not np.isfinite(metrics["loss"]):
            raise RunError(f"The training loss became {metrics['loss']} in epoch {epoch}; lower the learning rate.")
        self.epochs_done = epoch
        return metrics

    @torch.inference_mode()
    def eval(self, part: Part) -> dict[str, float]:
        """Loss, accuracy and the other ``runs.METRICS`` on unchanged images."""
        self.model.eval()
        tally = _Tally(self.compute.device)
        for images, targets in plain_batches(part, EVAL_BATCH):
            logits = self._logits(images)
            tally.add(logits, targets, F.cross_entropy(logits, targets))
        return tally.metrics()

    def train_eval(
        self,
        train: Part,
        valid: Part,
        *,
        until: int | None = None,
        progress: Progress | None = None,
        on_epoch: Callable[[dict[str, float]], None] | None = None,
    ) -> list[dict[str, float]]:
        """Train and evaluate until ``config.epochs`` (or ``until``) epochs are done; goes on from where it stands.

        The network then has the weights of the last epoch; ``load_best`` gives it those of the best.

        Args:
            train, valid: images to learn from, and images that choose the best epoch.
            until: stop after this epoch.
            progress: see ``Progress``.
            on_epoch: called with each new row of the log.
        """
        while self.epochs_done < (self.config.epochs if until is None else min(until, self.config.epochs)):
            start = time.perf_counter()
            trained = self.train_one_epoch(train, progress=progress)
            train_s = time.perf_counter() - start
            measured = self.eval(valid)
            if not np.isfinite(measured["loss"]):
                raise RunError(
                    f"The validation loss became {measured['loss']} in epoch {self.epochs_done}; lower the learning rate."
                )
            row = {
                "epoch": float(self.epochs_done),
                "learning_rate": self.config.learning_rate,
                "images_per_s": len(train) / train_s,
                "seconds": time.perf_counter() - start,
                **{f"train_{name}": value for name, value in trained.items()},
                **{f"valid_{name}": value for name, value in measured.items()},
            }
            self.log.append(row)
            if not self.best_epoch or row["valid_accuracy"] > self._best_row()["valid_accuracy"]:
                self.best_epoch = self.epochs_done
                self._keep_weights()
            if on_epoch:
                on_epoch(row)
        return self.log

    def _best_row(self) -> dict[str, float]:
        return next(row for row in self.log if row["epoch"] == self.best_epoch)

    def load_best(self) -> None:
        """Fill the network with the weights of the best epoch; does nothing before the first."""
        if self._best:
            self.model.load_state_dict(self._best)

    def _keep_weights(self) -> None:
        """Copy the weights, into the memory of the last copy: for the largest model it is 1.3 GB."""
        weights = self.model.state_dict()
        self._best = self._best or {name: torch.empty_like(tensor) for name, tensor in weights.items()}
        for name, tensor in weights.items():
            self._best[name].copy_(tensor)

    @torch.inference_mode()
    def predict(self, faces: Tensor | np.ndarray) -> np.ndarray:
        """(N, K) float32 probabilities of the states for (N, 48, 48) uint8 faces, by the network as it stands."""
        self.model.eval()
        if isinstance(faces, np.ndarray):
            faces = torch.from_numpy(np.array(faces))  # a copy: memory-mapped faces cannot be written to
        faces = faces.to(self.compute.device)
        probs = [F.softmax(self._logits(to_input(batch)), dim=1).cpu() for batch in faces.split(EVAL_BATCH)]
        return torch.cat(probs).numpy() if probs else np.zeros((0, len(STATES)), np.float32)

    def predictions(self, part: Part, info: dict[str, Any] | None = None) -> Predictions:
        """What the network says about a part, with the truth beside it; ``info`` travels with it."""
        return Predictions(
            ids=part.ids,
            y_true=part.targets.cpu().numpy(),
            probs=self.predict(part.images),
            groups=part.groups,
            info=info or {},
        )

    def _logits(self, images: Tensor) -> Tensor:
        with self.compute.autocast():
            logits: Tensor = self.model(images.contiguous(memory_format=torch.channels_last))
        return logits.float()

    # Files

    def save(self, path: Path | str, **info: object) -> None:
        """Write the best weights (the present ones before the first epoch) with a description inside."""
        weights = self._best or self.model.state_dict()
        checkpoint.save_weights(Path(path), weights, {"model": self.config.model, "states": STATES, **info})

    def load(self, path: Path | str) -> dict[str, object]:
        """Fill the network from ``save``, and take these weights for the best; gives the description.

        Raises:
            RunError: the file is missing or damaged.
            DataMismatchError: it is another model's.
        """
        described = checkpoint.load_weights(Path(path), self.model)
        self._best, self.best_epoch = {}, 0
        return described

    def save_checkpoint(self, path: Path) -> None:
        """Write everything needed to go on later."""
        info = {"config": self.config.to_json(), "log": self.log, "best_epoch": self.best_epoch}
        self.optimizer.zero_grad(set_to_none=True)  # the gradients' memory is wanted for writing
        checkpoint.save_checkpoint(path, self.model, self.optimizer, self._best, info)

    def load_checkpoint(self, path: Path) -> None:
        """Go on from ``save_checkpoint``; the number of epochs may differ, every other option must agree.

        Raises:
            RunError: the file is damaged, or another configuration made it.
        """
        best, info = checkpoint.load_checkpoint(path, self.model, self.optimizer)
        checkpoint.check_progress(path, info)
        mine, theirs = self.config.to_json(), info["config"]
        differing = [name for name in mine if name != "epochs" and mine[name] != theirs.get(name)]
        if any(set(row) != set(LOG_COLUMNS) for row in info["log"]):
            raise RunError(f"{path} has another log than this version writes; name another folder.")
        if differing:
            name = differing[0]
            raise RunError(
                f"{path} was made with {name} = {theirs.get(name)!r}, not {mine[name]!r}; use the same options."
            )
        self.log, self.epochs_done, self.best_epoch = info["log"], len(info["log"]), info["best_epoch"]
        self._best = {name: tensor.to(self.compute.device) for name, tensor in best.items()}

    def save_log(self, path: Path | str) -> None:
        """Write the log as CSV."""
        write_log(Path(path), self.log)

    @staticmethod
    def load_logs(paths: Iterable[Path | str]) -> dict[str, dict[str, np.ndarray]]:
        """Read the logs of several runs: name -> column -> (epochs,) float64.

        A ``log.csv`` is named by its folder, as seen from the folder that all have in common; another file by its own name.
        """
        files = [Path(path) for path in paths]
        runs = {file: (file.parent if file.name == "log.csv" else file.with_suffix("")) for file in files}
        common = Path(os.path.commonpath([run.parent for run in runs.values()])) if runs else Path()
        return {run.relative_to(common).as_posix(): read_log(file) for file, run in runs.items()}

    # What it measured, for people

    def print_metrics(self) -> None:
        """Print the best epoch's scores on training and validation images."""
        if not self.best_epoch:
            raise RunError("Nothing was trained yet: call train_eval first.")
        row = self._best_row()
        print(f"{self.config.model}: epoch {self.best_epoch} of {self.epochs_done}")  # noqa: T201
        for metric in METRICS:
            print(f"  {metric:<18} train {row['train_' + metric]:.4f}   valid {row['valid_' + metric]:.4f}")  # noqa: T201

    def plot_loss(self, path: Path | str) -> list[Path]:
        """Draw training and validation loss by epoch, as ``path`` + ``.svg`` and ``.png``."""
        from aiducation.study_report import study_figures

        return _save_figure(study_figures.losses_figure({self.config.model: [self._log_columns()]}), path)

    def plot_metrics(self, path: Path | str) -> list[Path]:
        """Draw validation accuracy, precision, recall and F1 by epoch, as ``path`` + ``.svg`` and ``.png``."""
        from aiducation.study_report import study_figures

        return _save_figure(study_figures.metrics_figure({self.config.model: [self._log_columns()]}), path)

    def plot_confusion_matrix(self, part: Part, path: Path | str) -> list[Path]:
        """Draw the confusion matrix of the network as it stands on a part, as ``path`` + ``.svg`` and ``.png``."""
        from aiducation.study_report import study_figures

        made = self.predictions(part)
        confusion = confusion_matrix(made.y_true, made.y_pred, len(STATES))
        return _save_figure(study_figures.confusion_figure(confusion, STATES, self.config.model), path)

    def _log_columns(self) -> dict[str, np.ndarray]:
        if not self.log:
            raise RunError("Nothing was trained yet: call train_eval first.")
        return {name: np.array([row[name] for row in self.log]) for name in self.log[0]}


def _save_figure(figure: Any, path: Path | str) -> list[Path]:
    from aiducation.study_report import style

    path = Path(path)
    style.save(figure, path)
    return [path.with_name(f"{path.name}.{kind}") for kind in ("svg", "png")]

"""The Learner: trains one network by its recipe, epoch by epoch, and keeps what it measured."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from aiducation.data.dataset import Dataset
from aiducation.errors import RunError
from aiducation.predictions import Predictions
from aiducation.runs import METRICS, log_columns, read_logs, write_log
from aiducation.training import checkpoint, learner_figures
from aiducation.training.averaging import running_average
from aiducation.training.batches import Part, epoch_seed
from aiducation.training.config import TrainConfig, differing_options
from aiducation.training.device import choose_compute
from aiducation.training.epoch_graph import EpochGraph
from aiducation.training.judge import Judge
from aiducation.training.models import outcome_logits
from aiducation.training.random_draws import draws_random_numbers
from aiducation.training.recipe import Config
from aiducation.training.recipes import recipe_of
from aiducation.training.tally import Tally
from aiducation.training.team import ALONE, Team, share_layers

#: Called with the images done and the images in the epoch.
Progress = Callable[[int, int], None]

#: Before the names of the running average's weights, in a checkpoint of which they are not the best ones.
_AVERAGE = "average."

#: Weights are drawn from the one generator of the process, also where several threads train a network each.
_DRAWING = threading.Lock()


class Learner:
    """Trains one network and evaluates it.

    Same configuration, data, machine and number of threads: same numbers, bit for bit on the CPU. On a GPU some gradients are
    summed in an order that the hardware chooses, so there the last digits may differ.

    Args:
        config: what to train and how.
        device: "auto", "cpu", "cuda", "cuda:1", "mps".
        team: the processes that train this network together; each calls the same methods.
        recorded: go through epochs by ``EpochGraph``; None where that is faster (on a CUDA GPU) and the recipe allows it.
        beside_others: other networks train at the same time in this process.

    Attributes:
        log: one row for each epoch of ``train_eval``, with the columns ``runs.LOG_COLUMNS`` and those of the recipe.
        epochs_done: epochs trained so far.
        best_epoch: the epoch whose weights are kept, 0 before the first: that with the highest validation accuracy (the first of
            equals), or the last one where the recipe says so.
    """

    def __init__(
        self,
        config: Config,
        *,
        device: str = "auto",
        recorded: bool | None = None,
        team: Team = ALONE,
        beside_others: bool = False,
    ) -> None:
        self.config, self.recipe = config, recipe_of(config)
        self.compute = choose_compute(device, config.precision, beside_others=beside_others)
        with _DRAWING, torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(config.seed)  # weights are drawn on the CPU, alike for every device
            model = self.recipe.network()
            self._draws = draws_random_numbers(model)
        # Channels last suits the convolutions of every processor measured.
        self.model = share_layers(model, team).to(self.compute.device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.team, self._trained = team, team.together(self.model)
        self.optimizer = self.recipe.optimizer(self.model, fused=self.compute.fused_adam)
        decay = self.recipe.averaging
        self._average = None if decay is None else running_average(self.model, decay)
        self._judge = Judge(self.judged, self.recipe, self.compute)
        may_record = self.recipe.recordable and not self._draws and team.size == 1
        self._recorded = may_record and (self.compute.device.type == "cuda" if recorded is None else recorded)
        self._graph: EpochGraph | None = None
        self.log: list[dict[str, float]] = []
        self.epochs_done = 0
        self.best_epoch = 0
        self._best: dict[str, Tensor] = {}
        self._rate = config.learning_rate

    @property
    def judged(self) -> nn.Module:
        """The network that is judged and kept: the running average of the weights where the recipe has one."""
        return self.model if self._average is None else self._average.module

    @property
    def replays(self) -> bool:
        """Whether a GPU goes through every step by itself, from a recording."""
        return self._graph is not None and self._graph.replays

    def part(self, dataset: Dataset, ids: np.ndarray) -> Part:
        """Images to judge, on the device."""
        return self.recipe.part(dataset, ids, self.compute.device)

    def training_part(self, dataset: Dataset, ids: np.ndarray) -> Part:
        """Images to learn from, on the device."""
        return self.recipe.training_part(dataset, ids, self.compute.device)

    def train_one_epoch(self, train: Part, *, progress: Progress | None = None) -> dict[str, float]:
        """Train on every image once; gives loss, accuracy and the other ``runs.METRICS`` on the augmented images."""
        epoch, steps = self.epochs_done + 1, self.recipe.steps(len(train))
        if self._recorded:
            return self._ended(epoch, self._recorded_epoch(epoch, train, progress))
        self.recipe.begin_epoch(self.epochs_done, train, self.judged)
        if self._average is not None:
            self._average.n_averaged.fill_(1 + self.epochs_done * steps)
        schedule = self.recipe.schedule(self.optimizer, self.epochs_done, steps)
        tally = Tally(self.compute.device)
        self.model.train()
        done = 0
        gpus = [self.compute.device] if self.compute.device.type == "cuda" else []
        with self.compute.memory(), torch.random.fork_rng(devices=gpus, enabled=self._draws):
            if self._draws:  # the batches have their own
                torch.manual_seed(epoch_seed(self.config.seed, epoch))
            for batch, states, more in self.recipe.batches(train, epoch):
                images, truth, *lesson = self.team.share(batch, states, *more)
                self._rate = self.optimizer.param_groups[0]["lr"]
                self.optimizer.zero_grad(set_to_none=True)
                with self.compute.autocast():
                    outputs = self._trained(images.contiguous(memory_format=torch.channels_last))
                    loss = self._loss(outputs, truth, tuple(lesson))
                # Gradients are averaged over the team, whose shares differ by an image where a batch does not divide.
                (loss * (self.team.size * len(truth) / len(states)) if self.team.size > 1 else loss).backward()
                self.optimizer.step()
                if schedule is not None:
                    schedule.step()
                if self._average is not None:
                    self._average.update_parameters(self.model)
                tally.add(outcome_logits(outputs), truth, loss)
                done += len(states)
                if progress:
                    progress(done, len(train))
        self.team.total(*tally.sums)
        return self._ended(epoch, tally.metrics())

    def _loss(self, outputs: Any, truth: Tensor, lesson: tuple[Tensor, ...]) -> Tensor:
        if not len(truth):  # the share of a last batch that is smaller than the team
            return outcome_logits(outputs).sum()
        return self.recipe.loss(outputs, truth, lesson)

    def _recorded_epoch(self, epoch: int, train: Part, progress: Progress | None) -> dict[str, float]:
        config = self.config
        assert isinstance(config, TrainConfig), "a recordable recipe has the published options"
        if self._graph is None or self._graph.part is not train:
            recipe = self.recipe  # not self: a circle would keep the memory of a network that is done
            self._graph = EpochGraph(
                self.model,
                self.optimizer,
                lambda outputs, truth: recipe.loss(outputs, truth, ()),
                config,
                self.compute,
                train,
            )
        with self.compute.memory():
            return self._graph.run(epoch, on_batch=(lambda done: progress(done, len(train))) if progress else None)

    def _ended(self, epoch: int, metrics: dict[str, float]) -> dict[str, float]:
        """An epoch is over."""
        if not np.isfinite(metrics["loss"]):
            raise RunError(f"The training loss became {metrics['loss']} in epoch {epoch}; lower the learning rate.")
        self.epochs_done = epoch
        return metrics

    def eval(self, part: Part) -> dict[str, float]:
        """Loss, accuracy and the other ``runs.METRICS`` on unchanged images, and the further scores of the recipe."""
        return self._judge.scores(part)

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
        target = self.config.epochs if until is None else min(until, self.config.epochs)
        with self.compute.memory():
            while self.epochs_done < target:
                row = self._train_and_judge(train, valid, progress)
                if on_epoch:
                    on_epoch(row)
        return self.log

    def _train_and_judge(self, train: Part, valid: Part, progress: Progress | None) -> dict[str, float]:
        """One epoch; gives its row of the log."""
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
            "learning_rate": self._rate,
            "images_per_s": len(train) / train_s,
            "seconds": time.perf_counter() - start,
            **{f"train_{name}": value for name, value in trained.items()},
            **{f"valid_{name}": value for name, value in measured.items()},
        }
        self.log.append(row)
        better = not self.best_epoch or row["valid_accuracy"] > self._best_row()["valid_accuracy"]
        if better or self.recipe.keeps_last:
            self.best_epoch = self.epochs_done
            self._keep_weights()
        return row

    def _best_row(self) -> dict[str, float]:
        return next(row for row in self.log if row["epoch"] == self.best_epoch)

    def load_best(self) -> None:
        """Fill the network with the weights of the best epoch; does nothing before the first."""
        if self._best:
            self.judged.load_state_dict(self._best)

    def _keep_weights(self) -> None:
        """Copy the weights, into the memory of the last copy: for the largest model it is 1.3 GB."""
        weights = self.judged.state_dict()
        self._best = self._best or {name: torch.empty_like(tensor) for name, tensor in weights.items()}
        for name, tensor in weights.items():
            self._best[name].copy_(tensor)

    def predict(self, faces: Tensor | np.ndarray) -> np.ndarray:
        """(N, K) float32 probabilities of the states for (N, 48, 48) uint8 faces, by the network as it stands."""
        return self._judge.probs(faces)

    def logits(self, faces: Tensor | np.ndarray, *, mirror: bool = False) -> np.ndarray:
        """(N, K) float32 logits of the states for (N, 48, 48) uint8 faces, or for their mirror images."""
        return self._judge.logits(faces, mirror=mirror)

    def predictions(self, part: Part, info: dict[str, Any] | None = None) -> Predictions:
        """What the network says about a part, with the truth beside it; ``info`` travels with it."""
        return Predictions(
            ids=part.ids,
            y_true=part.targets.cpu().numpy(),
            probs=self.predict(part.images),
            groups=part.groups,
            states=self.recipe.states,
            info=info or {},
        )

    # Files

    def save(self, path: Path | str, **info: object) -> None:
        """Write the best weights (the present ones before the first epoch) with a description inside."""
        weights = self._best or self.judged.state_dict()
        described = {"model": self.config.model, "states": self.recipe.states, **info}
        checkpoint.save_weights(Path(path), weights, described)

    def load(self, path: Path | str) -> dict[str, object]:
        """Fill the network from ``save``, and take these weights for the best; gives the description.

        Raises:
            RunError: the file is missing or damaged.
            DataMismatchError: it is another model's.
        """
        described = checkpoint.load_weights(Path(path), self.model)
        if self._average is not None:
            self._average.module.load_state_dict(self.model.state_dict())
        self._best, self.best_epoch = {}, 0
        return described

    def save_checkpoint(self, path: Path | str) -> None:
        """Write everything needed to go on later."""
        info = {"config": self.config.to_json(), "log": self.log, "best_epoch": self.best_epoch}
        more = dict(self.recipe.state())
        if self._average is not None and self.best_epoch != self.epochs_done:  # otherwise it is what was kept
            more |= {_AVERAGE + name: tensor for name, tensor in self._average.module.state_dict().items()}
        self.optimizer.zero_grad(set_to_none=True)  # the gradients' memory is wanted for writing
        checkpoint.save_checkpoint(Path(path), self.model, self.optimizer, self._best, info, more)

    def load_checkpoint(self, path: Path | str) -> None:
        """Go on from ``save_checkpoint``; the number of epochs may differ, every other option must agree.

        Raises:
            RunError: the file is damaged, or another configuration made it.
        """
        path = Path(path)
        best, more, info = checkpoint.load_checkpoint(path, self.model, self.optimizer)
        checkpoint.check_progress(path, info)
        mine, theirs = self.config.to_json(), info["config"]
        differing = differing_options(theirs, mine)
        if any(set(row) != set(log_columns(self.recipe.more_scores)) for row in info["log"]):
            raise RunError(f"{path} has a log in another form than this version writes; name another folder.")
        if differing:
            name = differing[0]
            raise RunError(
                f"{path} was made with {name} = {theirs.get(name)!r}, not {mine.get(name)!r}; use the same options."
            )
        self.log, self.epochs_done, self.best_epoch = info["log"], len(info["log"]), info["best_epoch"]
        self._best = {name: tensor.to(self.compute.device) for name, tensor in best.items()}
        average = {name.removeprefix(_AVERAGE): more.pop(name) for name in [*more] if name.startswith(_AVERAGE)}
        if self._average is not None:
            if not average and self.best_epoch != self.epochs_done:
                raise RunError(f"{path} lacks the running average of the weights; train again in another folder.")
            if kept := average or self._best:
                self._average.module.load_state_dict(kept)
        self.recipe.restore(more, self.epochs_done, self.compute.device)

    def save_log(self, path: Path | str) -> None:
        """Write the log as CSV."""
        write_log(Path(path), self.log)

    @staticmethod
    def load_logs(paths: Iterable[Path | str]) -> dict[str, dict[str, np.ndarray]]:
        """Read the logs of several runs: name -> column -> (epochs,) float64.

        A ``log.csv`` is named by its folder, as seen from the folder that all have in common; another file by its own name.
        """
        return read_logs(paths)

    # What it measured, for people

    def print_metrics(self) -> None:
        """Print the best epoch's scores on training and validation images."""
        if not self.best_epoch:
            raise RunError("No model was trained yet: call train_eval first.")
        row = self._best_row()
        print(f"{self.config.model}: epoch {self.best_epoch} of {self.epochs_done}")  # noqa: T201
        for metric in METRICS:
            print(f"  {metric:<18} train {row['train_' + metric]:.4f}   valid {row['valid_' + metric]:.4f}")  # noqa: T201

    def plot_loss(self, path: Path | str) -> list[Path]:
        """Draw training and validation loss by epoch, as ``path`` + ``.svg`` and ``.png``."""
        return learner_figures.draw_losses(self.config.model, self._log_columns(), path)

    def plot_metrics(self, path: Path | str) -> list[Path]:
        """Draw validation accuracy and F1 by epoch, as ``path`` + ``.svg`` and ``.png``."""
        return learner_figures.draw_metrics(self.config.model, self._log_columns(), path)

    def plot_confusion_matrix(self, part: Part, path: Path | str) -> list[Path]:
        """Draw the confusion matrix of the network as it stands on a part, as ``path`` + ``.svg`` and ``.png``."""
        return learner_figures.draw_confusion(self.config.model, self.predictions(part), path)

    def _log_columns(self) -> dict[str, np.ndarray]:
        if not self.log:
            raise RunError("No model was trained yet: call train_eval first.")
        return {name: np.array([row[name] for row in self.log]) for name in self.log[0]}

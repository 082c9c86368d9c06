"""What the published protocol changes in accuracy, measured on models that were trained on several splits."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from aiducation.evaluation.differences import RunKey, accuracy_difference
from aiducation.evaluation.intervals import Interval
from aiducation.predictions import Predictions
from aiducation.study_report.page_parts import Table
from aiducation.study_report.study_runs import SPLIT_KINDS, Study, StudyRun, mean_scores

#: How the effects begin that compare the whole published protocol with the test of a kind of split.
_TOGETHER = "all together, compared with the test of "

#: How the splits that keep all duplicates of a photo in one part are drawn.
SPLIT_WORDS = {"official": "the parts that FER2013 came with", "random": "drawn at random, photo by photo"}

#: A model, and for how many epochs it was trained.
Training = tuple[str, int]

#: Predictions of several runs on the same images.
Judged = Mapping[RunKey, Predictions]


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """What the published protocol changes in accuracy, from the same models trained on several splits.

    Attributes:
        models: names of the models behind the numbers, the same on every split; ``epochs`` that each had.
        seeds: runs of each model on each split, the fewest where they differ.
        valid, test: kind of split -> accuracy on the images that chose the epoch, and on those that chose nothing.
        effects: cause -> by how much (differences in accuracy; positive: the accuracy is inflated).
        origin: the earlier report that it comes from; "" if it was measured on the runs at hand.
    """

    models: Sequence[str]
    epochs: Sequence[int]
    seeds: int
    valid: Mapping[str, Interval]
    test: Mapping[str, Interval]
    effects: Mapping[str, Interval]
    origin: str = ""

    @property
    def together(self) -> dict[str, Interval]:
        """Kind of split without duplicates between its parts -> what the whole published protocol adds to its test."""
        return {
            name.removeprefix(_TOGETHER): gained for name, gained in self.effects.items() if name.startswith(_TOGETHER)
        }


def measure_protocol(study: Study) -> Protocol | None:
    """Compare validation and test, and the splits, on models that were trained equally long on every split there.

    Where none was trained on every split, splits are left out until there is one. None without at least one model that has
    predictions on both parts.
    """
    groups: dict[str, dict[Training, list[StudyRun]]] = {}
    for kind in SPLIT_KINDS:
        for run in study.on_kind(kind):
            if run.valid is not None and run.test is not None:
                key = (run.info.model, run.info.epochs_done)
                groups.setdefault(kind, {}).setdefault(key, []).append(run)
    kinds, shared = _comparable(groups)
    if not shared:
        return None
    groups = {kind: groups[kind] for kind in kinds}
    chosen = {kind: [run for key in shared for run in group[key]] for kind, group in groups.items()}
    valid = {kind: _judged(runs, "valid") for kind, runs in chosen.items()}
    test = {kind: _judged(runs, "test") for kind, runs in chosen.items()}
    return Protocol(
        models=[name for name, _ in shared],
        epochs=[epochs for _, epochs in shared],
        seeds=min(len(group[key]) for group in groups.values() for key in shared),
        valid={kind: mean_scores(list(judged.values()))["accuracy"] for kind, judged in valid.items()},
        test={kind: mean_scores(list(judged.values()))["accuracy"] for kind, judged in test.items()},
        effects=_effects(valid, test),
    )


def _comparable(groups: Mapping[str, Collection[Training]]) -> tuple[Sequence[str], list[Training]]:
    """As many kinds of split as have trainings in common, the published one among them if possible, and these trainings."""
    some = [kinds for size in range(len(groups), 0, -1) for kinds in combinations(groups, size)]
    for kinds in sorted(some, key=lambda kinds: (-len(kinds), "published" not in kinds)):
        if shared := sorted(set.intersection(*(set(groups[kind]) for kind in kinds))):
            return kinds, shared
    return (), []


def _judged(runs: Sequence[StudyRun], part: str) -> dict[RunKey, Predictions]:
    found = {(f"{run.info.split}/{run.info.model}", run.info.seed): run.predictions(part) for run in runs}
    return {key: predictions for key, predictions in found.items() if predictions is not None}


def _effects(valid: Mapping[str, Judged], test: Mapping[str, Judged]) -> dict[str, Interval]:
    effects = {
        f"epoch chosen on the scored images ({kind})": accuracy_difference(valid[kind], test[kind]) for kind in valid
    }
    if {"published", "random"} <= set(valid):
        effects["duplicates on both sides (test)"] = accuracy_difference(test["published"], test["random"])
    if "published" in valid:
        for part, judged in (("validation", valid["published"]), ("test", test["published"])):
            if pair := _with_and_without_copy(judged):
                effects[f"a duplicate in train ({part}, published)"] = accuracy_difference(*pair)
        for kind in ("random", "official"):
            if kind in valid:
                effects[f"{_TOGETHER}{kind}"] = accuracy_difference(valid["published"], test[kind])
    return effects


def _with_and_without_copy(judged: Judged) -> tuple[Judged, Judged] | None:
    """The images with a copy in the training part, and the others; None where this is not known or one is empty."""
    first = next(iter(judged.values()))
    if any("has_copy_in_train" not in predictions.info for predictions in judged.values()):
        return None
    copied = np.isin(first.ids, first.info["has_copy_in_train"])
    if copied.all() or not copied.any():
        return None
    return (
        {key: predictions.where(copied) for key, predictions in judged.items()},
        {key: predictions.where(~copied) for key, predictions in judged.items()},
    )


def protocol_table(protocol: Protocol) -> Table:
    """The effects as a table."""
    runs = f"the spread between {protocol.seeds} seeds" if protocol.seeds > 1 else "not the differences between seeds"
    return Table(
        columns=["cause", "difference in accuracy"],
        rows=[[name, interval] for name, interval in protocol.effects.items()],
        note="Epoch chosen on the scored images: validation minus test; validation images may also be easier or harder than "
        "test images. Duplicates on both sides: test of “published” minus test of “random”. A duplicate in train: images "
        "that have one minus images that have none; photos that occur often may also be easier. All together: validation "
        "of “published” minus that test. The intervals include chance between photos (a photo that both sides share is "
        f"drawn for both) and {runs}. Each split was drawn only once, so the intervals do not include what another draw "
        "would have given. If an interval includes 0, no effect is shown.",
    )

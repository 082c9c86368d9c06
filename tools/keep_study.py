"""Bring the trainings of a study into results/study, and what follows from the finished ones into the report and the model card.

    python tools/keep_study.py RUNS DATA

RUNS is a folder of ``aiducation study``, also while it goes on; DATA the prepared data. Three things happen, again and again the
same way whenever one more network is finished:

- results/study/runs gets each run in a small form: a finished one its description, log, predictions as 16-bit numbers and the
  hash of its weights; another one its description and log alone. Runs that are there already and not in RUNS stay.
- results/study gets the report about them. The protocol and the folds of the report before stay where no run replaces them.
- The flagship is compared with the finished published networks, on the same test images: results/flagship/judged.json, and that
  section of MODEL_CARD.md. Nothing else of the card changes.
"""

from __future__ import annotations

import argparse
import dataclasses
import re
import sys
from pathlib import Path

from aiducation.data.dataset import Dataset
from aiducation.data.splits import TEST
from aiducation.files import write_json, write_text
from aiducation.records import read_record
from aiducation.runs import RunFolder, find_runs
from aiducation.study_report.study import write_study_report
from aiducation.study_report.study_runs import StudyRun, load_runs

ROOT = Path(__file__).parents[1]

#: The section of the card that is written anew, up to the next one.
_SECTION = re.compile(r"\n### Compared with the published networks\n.*?(?=\n##)", re.DOTALL)


def is_written(run: StudyRun) -> bool:
    """Whether a run is whole on the disk: the predictions of a training are written some seconds after its last epoch."""
    return not run.finished or (run.valid is not None and (run.test is not None or not run.info.n_test))


def keep(run: StudyRun, there: Path) -> None:
    """One run in its small form."""
    from safetensors.torch import load_file

    from aiducation.training.checkpoint import weights_hash

    there.mkdir(parents=True, exist_ok=True)
    target, source, info = RunFolder(there), RunFolder(run.path), run.info
    if source.log_path.is_file():
        lines = source.log_path.read_text(encoding="utf-8").splitlines(keepends=True)
        write_text(target.log_path, "".join(lines[: 1 + info.epochs_done]))  # a training may be an epoch further by now
    if run.finished:
        for part in ("valid", "test"):
            if source.has_predictions(part):
                source.predictions(part).save(target.predictions_path(part), half=True)
        if info.weights_sha256 is None and source.best_path.is_file():
            info = dataclasses.replace(info, weights_sha256=weights_hash(load_file(source.best_path)))
    target.write_info(info)


def compare(dataset: Dataset, runs: Path, results: Path, card_path: Path) -> None:
    """The flagship beside the finished networks."""
    from judge_weights import predictions

    from aiducation.training.card import beside
    from aiducation.training.flagship import FlagshipConfig
    from aiducation.training.flagship_recipe import FlagshipRecipe
    from aiducation.training.published_comparison import beside_published
    from aiducation.vision.classifier import Classifier, default_model_path

    config = FlagshipConfig.from_json(read_record(results / "recipe.json")["config"])
    split = FlagshipRecipe(config).split(dataset, "official")
    classifier = Classifier(default_model_path().parent / "flagship.onnx")
    ours = predictions(classifier, dataset, split, "flagship").of_four_states()
    judged = read_record(results / "judged.json")
    was = judged["test"]["accuracy"]["estimate"]
    if abs(float(ours.correct.mean()) - was) > 0.002:
        sys.exit(
            f"The packaged flagship is right in {ours.correct.mean():.4f} of the {TEST} images, not in {was}; look why."
        )
    compared = beside_published(ours, runs)
    judged |= {"beside": compared.finished, "beside_unfinished": compared.unfinished}
    write_json(results / "judged.json", judged)
    card = card_path.read_text(encoding="utf-8")
    if not _SECTION.search(card):
        sys.exit(f"{card_path} has no section about the published networks; nothing was changed in it.")
    write_text(card_path, _SECTION.sub(lambda _: beside(judged).rstrip("\n") + "\n", card, count=1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument(
        "--results", type=Path, default=ROOT / "results", help="the folder that holds study and flagship"
    )
    parser.add_argument("--card", type=Path, default=ROOT / "MODEL_CARD.md")
    options = parser.parse_args()
    dataset, study = Dataset.load(options.data), options.results / "study"
    kept = study / "runs"
    for run in load_runs(options.runs):
        if not is_written(run):
            print(f"{run.label}, {run.info.split}: its predictions are not written yet; left for the next time")
            continue
        keep(run, kept / run.path.relative_to(options.runs))
        reached = "finished" if run.finished else f"{run.info.epochs_done} of {run.wanted} epochs"
        print(f"{run.label}, {run.info.split}: {reached}")
    earlier = study / "results.json"
    page = write_study_report(kept, study, data=dataset, earlier=earlier if earlier.is_file() else None, force=True)
    compare(dataset, kept, options.results / "flagship", options.card)
    print(f"{page}, {options.card} and {len(find_runs(kept))} runs in {kept} are written.")


if __name__ == "__main__":
    main()

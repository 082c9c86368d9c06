"""Made-up runs for the tests (real files, numbers drawn at random around chosen accuracies), and a check of pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aiducation import published
from aiducation.data.splits import parse_split_name
from aiducation.evaluation.metrics import confusion_matrix, flat_scores
from aiducation.predictions import Predictions
from aiducation.runs import METRICS, RunFolder, RunInfo

DATA_HASH = "ab" * 32

VOID = {"meta", "link", "br", "hr", "img", "input", "path", "use", "rect", "circle", "image", "line"}


def made_up_predictions(
    accuracy: float, *, n: int, images: int, seed: int, copies: bool = False, fold: int = 0, folds: int = 1
) -> Predictions:
    """Predictions of ``n`` images that are right with that probability; ``images`` seeds which images of the fold they are.

    With ``copies``, a tenth of the images is named as having a copy in the training part, and is always right.
    """
    drawn, rng = np.random.default_rng(images), np.random.default_rng(seed)
    ids = np.sort(drawn.choice(np.arange(fold, 35_887, folds), n, replace=False)).astype(np.int64)
    y_true = drawn.integers(0, 4, n)
    groups = np.where(drawn.random(n) < 0.05, np.roll(ids, 1), ids)
    copied = drawn.random(n) < 0.1 if copies else np.zeros(n, dtype=bool)
    right = (rng.random(n) < accuracy) | copied
    y_pred = np.where(right, y_true, (y_true + rng.integers(1, 4, n)) % 4)
    probs = np.full((n, 4), 0.1, dtype=np.float32)
    probs[np.arange(n), y_pred] = 0.7
    info: dict[str, Any] = {"has_copy_in_train": ids[copied].tolist()} if copies else {}
    return Predictions(ids=ids, y_true=y_true, probs=probs, groups=groups, info=info)


def made_up_log(epochs: int, best: dict[str, float], seed: int) -> list[dict[str, float]]:
    """A log whose validation scores rise towards ``best`` and reach it in the last epoch."""
    rng = np.random.default_rng(seed)
    rows = []
    for epoch in range(1, epochs + 1):
        reached = 1 - 0.5 * np.exp(-epoch / max(1, epochs / 8)) * (epoch < epochs)
        row = {"epoch": epoch, "learning_rate": 1e-3, "images_per_s": 900.0, "seconds": 12.0}
        for part, lead in (("train", 1.15), ("valid", 1.0)):
            row |= {f"{part}_{name}": reached * best.get(name, 0.5) * lead for name in METRICS}
            row[f"{part}_loss"] = (1.4 if part == "valid" else 1.3) - 0.7 * reached * lead + rng.normal(0, 0.02)
        rows.append(row)
    return rows


def write_run(
    runs: Path,
    model: str,
    *,
    split: str = "official",
    seed: int = 0,
    fold: int | None = None,
    epochs_done: int = published.EPOCHS,
    accuracy: float | None = None,
    n: int = 300,
    tested: bool = True,
    data_hash: str = DATA_HASH,
) -> Path:
    """Write the folder of a made-up run, as a study lays it out."""
    accuracy = published.TABLE_2_2[model].accuracy if accuracy is None else accuracy
    number = seed + 1000 * (fold or 0) + sum(model.encode())
    images = {"official": 1, "random": 2, "published": 3}.get(split, 10) + (fold or 0)
    path = runs / split / model / f"seed{seed}"
    folder = RunFolder(path if fold is None else path / f"fold{fold}")
    valid = made_up_predictions(
        accuracy,
        n=n,
        images=images,
        seed=number,
        copies=split == "published",
        fold=fold or 0,
        folds=parse_split_name(split).n_folds or 1,
    )
    scores = flat_scores(confusion_matrix(valid.y_true, valid.y_pred, 4))
    folder.write_info(
        RunInfo(
            model=model,
            config={"batch_size": 64, "learning_rate": 1e-3},
            split=split,
            fold=fold,
            seed=seed,
            data_hash=data_hash,
            criteria="published",
            n_train=3 * n,
            n_valid=n,
            n_test=0 if fold is not None else n,
            epochs=published.EPOCHS,
            parameters=41_000_000,
            epochs_done=epochs_done,
            best_epoch=epochs_done,
            environment={"python": "3.11.2", "packages": {"torch": "2.13.0"}, "cores": 2, "commit": "0123456789ab"},
        )
    )
    if epochs_done:
        folder.write_log(made_up_log(epochs_done, scores, number))
        valid.save(folder.predictions_path("valid"))
        if fold is None and tested:
            made_up_predictions(
                accuracy - 0.01, n=n, images=images + 100, seed=number + 1, copies=split == "published"
            ).save(folder.predictions_path("test"))
    return folder.path


def write_grid(runs: Path, *, models: Sequence[str] = published.MODELS, seeds: int = 1, **options: Any) -> Path:
    """Write made-up runs of many models and seeds; gives the folder."""
    for model in models:
        for seed in range(seeds):
            write_run(runs, model, seed=seed, **options)
    return runs


@pytest.fixture(scope="session")
def full_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All twelve models for all epochs on the official split; the protocol's splits, ten folds and another model."""
    runs = write_grid(tmp_path_factory.mktemp("study") / "runs")
    best = "B16_N8_FC2_K5_AP20"
    write_run(runs, best, split="random")
    write_run(runs, best, split="published")
    for fold in range(10):
        write_run(runs, best, split="folds10", fold=fold)
    write_run(runs, "Compact_W16_D1", accuracy=0.7)
    return runs


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[tuple[str, str]] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name in ("src", "href", "xlink:href", "data"):
                self.links.append((tag, value or ""))
            if name == "id" and value:
                self.ids.append(value)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open and self.open.pop() == tag, f"</{tag}> closes nothing"


def assert_self_contained(html: str) -> None:
    """The page is whole, needs nothing from elsewhere, runs no script, and its links lead somewhere."""
    page = _Page()
    page.feed(html)
    assert not page.open
    assert "<script" not in html and "@import" not in html and "<link" not in html
    assert "url(http" not in html and "url(//" not in html
    for tag, link in page.links:
        assert link.startswith(("#", "data:")), f"<{tag}> needs {link}"
        if link.startswith("#"):
            assert link[1:] in page.ids, f"{link} leads nowhere"


@pytest.fixture(scope="session")
def check_page() -> Callable[[str], None]:
    """Fails unless a page stands alone."""
    return assert_self_contained


@pytest.fixture(scope="session")
def make_grid() -> Callable[..., Path]:
    """Writes made-up runs: ``make_grid(folder, models=..., seeds=..., epochs_done=...)``."""
    return write_grid

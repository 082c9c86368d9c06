"""Single parts of the study report: what captions, tiles and figures say where little is there."""

from __future__ import annotations

import dataclasses
import re
import signal
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from aiducation import published
from aiducation.cli.data import _by_votes
from aiducation.errors import OutputError
from aiducation.evaluation.conclusions import SAME_CHANNELS, Conclusion
from aiducation.evaluation.intervals import Interval
from aiducation.study_report.conclusions_figure import Effect, conclusions_figure
from aiducation.study_report.known import _plainly
from aiducation.study_report.page_parts import FigureFolder, report_folder
from aiducation.study_report.study import _curves, study_numbers, write_study_report
from aiducation.study_report.study_figures import ModelPoint, alike, boxes_figure
from aiducation.study_report.study_runs import Study, load_runs

ROOT = Path(__file__).parents[2]


def _interval(estimate: float, reach: float) -> Interval:
    return Interval(estimate=estimate, low=estimate - reach, high=estimate + reach)


def test_the_caption_of_the_losses_names_the_highest_of_both_parts(tmp_path: Path) -> None:
    """The highest training loss leaves the axis, and the one of validation does not."""
    n = 100
    flat = {name: np.full(n, 0.5) for name in ("valid_accuracy", "valid_f1_macro")}
    log = flat | {"epoch": np.arange(1, n + 1), "train_loss": np.ones(n), "valid_loss": np.ones(n)}
    log["train_loss"][0] = 3.26
    study: Any = SimpleNamespace(main=[SimpleNamespace(info=SimpleNamespace(model="A"), log=log)])
    losses, _ = _curves(FigureFolder(tmp_path), study)
    assert "The axis ends at 1.10; the highest loss of an epoch is 3.26 in training and 1.00 in validation." in (
        losses.caption
    )


def test_figure_of_the_conclusions_has_one_visible_scale_for_each_unit() -> None:
    effects = [
        Effect("Small", _interval(0.02, 0.01), "holds", "share"),
        Effect("Large", _interval(0.2, 0.3), "cannot tell", "share"),
        Effect("Epochs", _interval(4, 2), "holds", "epochs"),
    ]
    figure = conclusions_figure(effects)
    scales = [axes for axes in figure.axes if axes.get_xlabel()]
    assert [axes.get_xlabel() for axes in scales] == ["effect, as a share (0.1: ten in a hundred)", "effect, in epochs"]
    assert all(len(axes.get_xticks()) > 2 for axes in scales)
    points = [line.get_xdata()[0] for line in scales[0].lines if line.get_marker() in ("o", "D")]
    assert points == pytest.approx([0.02, 0.2]), "both stand where they are on the same scale"
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["holds", "cannot tell"], "what occurs"


def test_figure_of_the_architecture_leaves_out_what_is_the_same_in_all() -> None:
    def points(*kinds: tuple[int, int, int]) -> list[ModelPoint]:
        return [ModelPoint(channels=c, blocks=b, kernel_size=k, accuracy=0.5) for c, b, k in kinds]

    def titles(some: list[ModelPoint]) -> list[str]:
        return [axes.get_title(loc="left") for axes in boxes_figure(some, "accuracy").axes]

    few = points((16, 4, 3), (16, 8, 3), (16, 4, 5), (16, 8, 5))
    assert titles(few) == ["kernel size and blocks"] and alike(few) == ["16 channels"]
    every = [*few, *points((32, 4, 3))]
    assert len(titles(every)) == 3 and alike(every) == []
    kernels = points((16, 4, 3), (16, 4, 5))
    assert titles(kernels) == ["kernel size and blocks"] and alike(kernels) == ["16 channels", "4 blocks"]


def test_tiles_of_one_have_no_plural(make_grid: Callable[..., Path], tmp_path: Path) -> None:
    study = Study.of(load_runs(make_grid(tmp_path, models=["Compact_W8_D1"], accuracy=0.6, n=40)))
    tiles = study_numbers(study, {})["headline"]
    assert tiles[0] == ("1", "model") and ("1", "seed") in tiles


def test_prepare_says_how_many_votes_dropped_images_had() -> None:
    assert _by_votes({"10": 20, "1": 15}) == " (20 had 10 votes for it, 15 had 1)"
    assert _by_votes({"1": 3}) == " (3 had 1 vote for it)"
    assert _by_votes({}) == ""


@pytest.mark.slow
def test_the_study_is_named_where_it_is_cited(make_grid: Callable[..., Path], tmp_path: Path) -> None:
    """By its authors and its title, with the same words everywhere."""
    runs = make_grid(tmp_path / "runs", models=["B16_N4_FC1_K3_AP20"], n=40)
    page = write_study_report(runs, tmp_path / "out").read_text(encoding="utf-8")
    assert f"({published.AUTHORS}: <cite>{published.TITLE}</cite>, {published.KIND})" in page
    for name in ("results/README.md", "docs/study.md"):
        words = " ".join((ROOT / name).read_text(encoding="utf-8").split())
        assert published.AUTHORS in words and f"*{published.TITLE}*, {published.KIND}" in words, name
    references = (ROOT / "CITATION.cff").read_text(encoding="utf-8").partition("references:")[2]
    lines = [line.partition(": ")[2].strip('"') for line in references.splitlines() if "-names:" in line]
    assert ", ".join(map(" ".join, zip(lines[::2], lines[1::2], strict=True))) == published.AUTHORS
    assert published.KIND in references and f'title: "{published.TITLE}"' in references


@pytest.mark.slow
def test_what_is_unknown_begins_with_a_plain_sentence(make_grid: Callable[..., Path], tmp_path: Path) -> None:
    """The rest is folded; what would decide several statements together is not."""
    five = [name for name in published.MODELS if name.startswith("B16")][:5]
    runs = make_grid(tmp_path / "runs", models=five, n=400)
    page = write_study_report(runs, tmp_path / "out").read_text(encoding="utf-8")
    unknown = page.partition("What is still unknown")[2].partition("</section>")[0]
    (kernels,) = re.findall(r"<b>Kernels of 5×5 outperform 3×3\.</b> (.*?)</li>", unknown)
    plain, _, folded = kernels.partition("<details><summary>Details</summary>")
    assert re.fullmatch(
        r"It (looks|does not look) so \([+−]0\.\d+\), but 5 finished trainings are too few to tell this from chance\.",
        plain,
    )
    assert "at least 2 more trainings would be needed" in folded
    outside = re.sub(r"<details>.*?</details>", "", unknown)
    assert "What would decide these" in outside and "What would decide it: the weights" not in outside
    assert "degree" not in page and "all comparisons counted" not in page


@pytest.mark.parametrize(
    ("claim", "effect", "says"),
    [
        ("A", (0.1, 0.2), "It looks so (+0.100), but with other images"),
        ("Epochs", (1.2, 2.0), "It looks so (+1.2 epochs), but with other images"),
        ("A", (-0.1, 0.2), "It does not look so (−0.100), but with other images"),
        (SAME_CHANNELS, (0.005, 0.02), "It looks so (+0.005)"),
        (SAME_CHANNELS, (0.02, 0.02), "It does not look so (+0.020)"),
    ],
)
def test_what_an_estimate_looks_like(claim: str, effect: tuple[float, float], says: str) -> None:
    one = Conclusion(
        claim=claim,
        published_evidence="",
        effect="additional epochs" if claim == "Epochs" else "accuracy",
        interval=_interval(*effect),
        verdict="cannot tell",
        reason="",
    )
    assert _plainly(one, 5).startswith(says)
    assert _plainly(dataclasses.replace(one, interval=None), 5) == ""


def test_a_report_of_folds_alone_says_what_was_trained(make_grid: Callable[..., Path], tmp_path: Path) -> None:
    for fold in range(2):
        make_grid(tmp_path / "runs", models=["Compact_W8_D1"], split="folds2", fold=fold, n=40, accuracy=0.6)
    page = write_study_report(tmp_path / "runs", tmp_path / "out").read_text(encoding="utf-8")
    tiles = re.findall(r'<div class="tile"><b>(.*?)</b> <span>(.*?)</span>', page)
    assert tiles == [
        ("1", "model"),
        (f"{published.EPOCHS}", "epochs of training each"),
        ("1", "seed"),
        ("1", "split: folds2"),
        ("2", "training runs"),
    ]
    assert "No epoch is done yet" not in page and "No predictions yet" not in page
    assert page.count("Only folds of cross-validations are finished") == 2


def _report(out: Path, words: str, *names: str) -> None:
    with report_folder(out, force=True) as draft:
        for name in names:
            (draft / name).parent.mkdir(exist_ok=True)
            (draft / name).write_text(words, encoding="utf-8")


def _read(out: Path) -> dict[str, str]:
    return {
        path.relative_to(out).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.name != "files.txt"
    }


def test_a_report_that_cannot_come_leaves_the_earlier_one(tmp_path: Path) -> None:
    _report(tmp_path, "old", "a.csv", "figures/a.svg", "index.html")
    (tmp_path / "b.csv").mkdir()
    with pytest.raises(OutputError, match=r"b\.csv is a folder"):
        _report(tmp_path, "new", "a.csv", "b.csv", "figures/a.svg", "index.html")
    assert _read(tmp_path) == {"a.csv": "old", "figures/a.svg": "old", "index.html": "old"}


def test_ctrl_c_leaves_one_of_two_reports_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _report(tmp_path, "old", "a.csv", "old.csv", "index.html")
    replace = Path.replace

    def pressed(path: Path, to: Path) -> Path:
        signal.raise_signal(signal.SIGINT)
        return replace(path, to)

    monkeypatch.setattr(Path, "replace", pressed)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with pytest.raises(KeyboardInterrupt):
        _report(tmp_path, "new", "a.csv", "b.csv", "index.html")
    signal.signal(signal.SIGINT, before)
    assert set(_read(tmp_path).values()) in ({"old"}, {"new"})
    assert not list(tmp_path.glob("*.tmp"))

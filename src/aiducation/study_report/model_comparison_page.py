"""The page that compares models on the same labelled faces: one figure, a table, and files for further analysis."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from aiducation.files import write_json
from aiducation.study_report.page_parts import FigureFolder, Table, report_folder, write_page
from aiducation.study_report.style import CATEGORIES, FULL, bare, grid, new_figure, styled
from aiducation.tables.dialects import STANDARD, check_dialect
from aiducation.visible import visible
from aiducation.vision.model_comparison import ModelComparison


@styled
def models_figure(found: ModelComparison) -> Figure:
    """Accuracy of each model with its 95 % interval, and balanced accuracy below it."""
    figure = new_figure("Accuracy of each model", FULL, 0.9 + 0.62 * len(found.models))
    axes = figure.subplots()
    for k, one in enumerate(found.models):
        for shift, value, marker in ((-0.15, one.scores["accuracy"], "o"), (0.15, one.balanced, "s")):
            axes.plot([value.low, value.high], [k + shift] * 2, color=CATEGORIES[k % len(CATEGORIES)], linewidth=2)
            axes.plot([value.estimate], [k + shift], marker, color=CATEGORIES[k % len(CATEGORIES)])
    axes.set_yticks(range(len(found.models)), [visible(one.name).replace("$", "\\$") for one in found.models])
    axes.set_ylim(len(found.models) - 0.5, -0.5)
    axes.set_xlim(0, 1)
    grid(axes, "x")
    bare(axes, "left")
    return figure


def write_model_comparison(
    found: ModelComparison, out: Path, *, csv_dialect: str = STANDARD, force: bool = False
) -> Path:
    """Write ``index.html``, ``comparison.json``, ``comparison.csv`` and the figure; gives the path of the page.

    Args:
        found: what was compared.
        out: folder to write to.
        csv_dialect: of ``tables.dialects.DIALECTS``.
        force: write into a folder that is not empty; files of an earlier report go.

    Raises:
        OutputExistsError: ``out`` is not empty and ``force`` is not set.
        ConfigError: there is no such dialect.
    """
    check_dialect(csv_dialect)
    about = found.entry()
    first = visible(found.models[0].name)
    with report_folder(out, force=force) as folder:
        table = Table(
            columns=["model", "score", "estimate", "lead", "p"],
            rows=[[visible(name), visible(what), *values] for name, what, *values in found.rows()],
            note=f"The lead of a model is its score minus that of {first}, on the same faces. If the interval of a lead does "
            f"not contain 0, the lead is larger than differences between people can explain. p: exact test over people, "
            f"adjusted for the number of models.",
        )
        table.write_csv(folder / "comparison.csv", csv_dialect)
        write_json(folder / "comparison.json", about)
        figures = FigureFolder(folder / "figures")
        figure = figures.add(
            "models",
            models_figure(found),
            "Circles: accuracy. Squares below them: balanced accuracy. Lines: 95 % intervals over people.",
        )
        write_page(
            "model_comparison.html",
            folder / "index.html",
            headline=visible(found.headline),
            labels=[visible(one.name) for one in found.models],
            tiles=[(f"{about['faces']:,}", "faces"), (f"{about['people']:,}", "people")],
            notes=[visible(note) for note in found.notes],
            table=table,
            figure=figure,
            first=first,
        )
    return out / "index.html"

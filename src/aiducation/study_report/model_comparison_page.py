"""The page that compares models on the same labelled faces: one figure, a table, and files for further analysis."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from aiducation.files import write_json
from aiducation.signature import GENERATOR
from aiducation.study_report.page_parts import FigureFolder, Table, report_folder, write_page
from aiducation.study_report.style import CATEGORIES, FULL, bare, grid, new_figure, styled
from aiducation.tables.dialects import STANDARD, check_dialect
from aiducation.texts import N_, Texts
from aiducation.visible import visible
from aiducation.vision.model_comparison import ModelComparison


@styled
def models_figure(found: ModelComparison, texts: Texts) -> Figure:
    """Accuracy of each model with its 95 % interval, and balanced accuracy below it."""
    figure = new_figure(texts.gettext("Accuracy of each model"), FULL, 0.9 + 0.62 * len(found.models))
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
    found: ModelComparison,
    out: Path,
    texts: Texts = Texts(),
    *,
    csv_dialect: str = STANDARD,
    force: bool = False,
) -> Path:
    """Write ``index.html``, ``comparison.json``, ``comparison.csv`` and the figure; gives the path of the page.

    Args:
        found: what was compared.
        out: folder to write to.
        texts: the language of the page and its figure; files for programs are the same in every language.
        csv_dialect: of ``tables.dialects.DIALECTS``.
        force: write into a folder that is not empty; files of an earlier report go.

    Raises:
        OutputExistsError: ``out`` is not empty and ``force`` is not set.
        ConfigError: there is no such dialect.
    """
    check_dialect(csv_dialect)
    about = {"generator": GENERATOR, **found.entry()}
    with report_folder(out, force=force) as folder:
        _table(found, Texts()).write_csv(folder / "comparison.csv", csv_dialect)
        write_json(folder / "comparison.json", about)
        figures = FigureFolder(folder / "figures", texts=texts)
        figure = figures.add(
            "models",
            models_figure(found, texts),
            texts.gettext(
                "Circles: accuracy. Squares below them: balanced accuracy. Lines: 95 % intervals over people."
            ),
        )
        write_page(
            "model_comparison.html",
            folder / "index.html",
            texts,
            headline=visible(found.headline(texts)),
            labels=[visible(one.name) for one in found.models],
            tiles=[(about["faces"], texts.gettext("faces")), (about["people"], texts.gettext("people"))],
            notes=[visible(texts.sentence(note)) for note in found.notes],
            table=_table(found, texts),
            figure=figure,
            first=visible(found.models[0].name),
        )
    return out / "index.html"


def _table(found: ModelComparison, texts: Texts) -> Table:
    """A row for each model and score."""
    return Table(
        columns=[texts.gettext(name) for name in (N_("model"), N_("score"), N_("estimate"), N_("lead"), "p")],
        rows=[[visible(name), visible(what), *values] for name, what, *values in found.rows(texts)],
        note=texts.gettext(
            "The lead of a model is its score minus that of {first}, on the same faces. If the interval of a lead does not "
            "contain 0, the lead is larger than differences between people can explain; of twenty leads without a cause, about "
            "one does so by chance. p: exact test over people; that of accuracy is adjusted for the number of models, those of "
            "groups together for all groups and models.",
            first=visible(found.models[0].name),
        ),
    )

"""The command ``groups``: whether a model does worse on some groups of faces."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aiducation.cli.options import CsvDialect, Force, Json, Model, app, refuse
from aiducation.console import note, print_json, print_line, print_table, say
from aiducation.errors import ConfigError, OutputExistsError, unknown_name


@app.command()
def groups(
    context: typer.Context,
    what: Annotated[
        Path,
        typer.Argument(
            help="Your own labelled faces (one folder for each state, or a CSV with the columns file, state and "
            "person); or a folder made by 'aiducation prepare', whose official test split is used."
        ),
    ],
    groups: Annotated[
        Path | None,
        typer.Option(help="CSV with annotated groups: own faces file,group; prepared data id and any attributes."),
    ] = None,
    weights: Annotated[
        Path | None,
        typer.Option(
            help="For prepared data: CSV to write, with weights that make all groups of --by count equally within "
            "each state, for 'train --weights'."
        ),
    ] = None,
    by: Annotated[str, typer.Option(help="With --weights: the attribute, measured or annotated.")] = "",
    view: Annotated[
        str, typer.Option(help="Which states are shown: calm (neutral and focused merged), or states (all four).")
    ] = "calm",
    model: Model = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write: the tables as CSV and JSON.")] = None,
    csv_dialect: CsvDialect = "standard",
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Compare accuracy and calibration between groups of faces: by size, pose, light and sharpness, which are measured, between
    people where it is known who is shown, and by groups that someone annotated."""
    from aiducation.files import new_folder, write_json
    from aiducation.states import VIEWS
    from aiducation.tables.dialects import write_csv
    from aiducation.vision.analyzer import Analyzer
    from aiducation.vision.group_check import HEAD
    from aiducation.vision.grouped_faces import check_own, check_prepared

    if view not in VIEWS:
        raise unknown_name("view", view, VIEWS)
    if out is None and weights is None:
        refuse(context, "csv_dialect", "force", why="is for files: name a folder with --out")
    elif out is not None:
        new_folder(out, force=force)
    prepared = (what / "dataset.json").is_file()
    if weights is not None:
        _write_weights(what, weights, by, groups, model, csv_dialect, force=force, prepared=prepared)
        return
    refuse(context, "by", why="goes with --weights")
    analyzer = Analyzer(model=model, view=view, conditions="training" if prepared else None)
    found, skipped = (check_prepared if prepared else check_own)(analyzer, what, groups=groups, view=view)
    for line in skipped:
        note(f"Skipped {line}")
    about = {"model": analyzer.classifier.info.name, "view": view, **found.entry()}
    if as_json:
        print_json(about)
    else:
        print_table(HEAD, found.rows())
        print_line("")
        for line in found.words():
            print_line(line)
    if out is not None:
        names = [f"{name} of overconfidence" if i == 7 else name for i, name in enumerate(HEAD)]
        write_csv(out / "groups.csv", names, found.rows(), csv_dialect)
        write_json(out / "groups.json", about)
        say(out)


def _write_weights(
    data: Path,
    path: Path,
    by: str,
    groups: Path | None,
    model: Path | None,
    csv_dialect: str,
    *,
    force: bool,
    prepared: bool,
) -> None:
    from aiducation.data.dataset import Dataset
    from aiducation.training.image_weights import weights_by_group, write_weights
    from aiducation.vision.analyzer import Analyzer
    from aiducation.vision.grouped_faces import training_groups

    if not prepared:
        raise ConfigError("Weights are for the training images of a folder made by 'aiducation prepare'.")
    if path.exists() and not force:
        raise OutputExistsError(f"{path} is there already; name another file, or pass --force.")
    dataset = Dataset.load(data)
    members = training_groups(Analyzer(model=model, view="states"), dataset, by, groups=groups)
    found = weights_by_group(members, {image: int(dataset.state[image]) for image in members})
    write_weights(found, path, csv_dialect)
    print_line(f"{len(found):,} training images, weights from {min(found.values()):.2f} to {max(found.values()):.2f}")
    say(path, next_command=f"aiducation train {data} --weights {path} --out run")

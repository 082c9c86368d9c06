"""The command ``groups``: whether a model does worse on some groups of faces."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from aiducation.cli.devices import say_device
from aiducation.cli.group_files import read_group_files
from aiducation.cli.options import CsvDialect, FaceDevice, Force, Json, Language, Model, app, refuse
from aiducation.cli.outputs import check_file, check_out
from aiducation.console import command, note, print_json, print_line, print_table, say, speak
from aiducation.defaults import DEVICE
from aiducation.errors import ConfigError, unknown_name
from aiducation.signature import GENERATOR
from aiducation.tables.dialects import check_dialect
from aiducation.texts import ENGLISH, Texts, texts_of

#: Options that need judged faces.
_OF_FACES = ("groups", "weights", "by", "more", "view", "model", "device", "out", "csv_dialect")


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
        list[Path] | None,
        typer.Option(
            help="File with annotated groups: group labels of the page Label (JSON or CSV), or a CSV with a column for each "
            "attribute and the column file (own faces) or id (prepared data). May be repeated, for several annotators."
        ),
    ] = None,
    weights: Annotated[
        Path | None,
        typer.Option(
            help="For prepared data: CSV to write, with weights that make all groups of --by count equally within "
            "each state, for 'train --weights'."
        ),
    ] = None,
    by: Annotated[str, typer.Option(help="With --weights: the attribute, measured or annotated.")] = "",
    more: Annotated[
        str,
        typer.Option(help="With --weights: the group of --by whose images count more, instead of all groups equally."),
    ] = "",
    times: Annotated[float, typer.Option(help="With --more: how many times as much they count, from 1 to 4.")] = 2.0,
    pictures: Annotated[
        Path | None,
        typer.Option(
            help="For prepared data: folder to write, with random images of the official test for the page Label, so that people "
            "can give them group labels."
        ),
    ] = None,
    number: Annotated[int, typer.Option(help="With --pictures: how many.", min=1)] = 200,
    view: Annotated[
        str, typer.Option(help="Which states are shown: calm (neutral and focused merged), or states (all four).")
    ] = "calm",
    model: Model = None,
    device: FaceDevice = DEVICE,
    out: Annotated[Path | None, typer.Option(help="Folder to write: the tables as CSV and JSON.")] = None,
    csv_dialect: CsvDialect = "standard",
    language: Language = ENGLISH,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Compare accuracy and calibration between groups of faces: by size, pose, light and sharpness, which are measured, between
    people where it is known who is shown, and by groups that someone annotated."""
    speak(language)
    texts = texts_of(language)
    from aiducation.files import new_folder, write_json
    from aiducation.states import VIEWS
    from aiducation.training.image_weights import check_times
    from aiducation.vision.analyzer import Analyzer
    from aiducation.vision.group_check import HEAD
    from aiducation.vision.grouped_faces import check_own, check_prepared

    if view not in VIEWS:
        raise unknown_name("view", view, VIEWS)
    check_dialect(csv_dialect)
    prepared = (what / "dataset.json").is_file()
    if not prepared and (weights is not None or pictures is not None):
        raise ConfigError("--weights and --pictures are for a folder made by 'aiducation prepare'.")
    if not more:
        refuse(context, "times", why="goes with --more")
    check_times(times)
    if pictures is not None:
        refuse(context, *_OF_FACES, why="does nothing with --pictures")
        _write_pictures(what, pictures, number, force=force)
        return
    refuse(context, "number", why="goes with --pictures")
    if weights is not None:
        refuse(context, "device", "view", "out", why="does nothing with --weights")
    elif out is None:
        refuse(context, "csv_dialect", "force", why="is for files: name a folder with --out")
    else:
        check_out(out, force=force)
    if weights is None:
        refuse(context, "by", "more", why="goes with --weights")
    elif not by:
        raise ConfigError("--weights needs the attribute whose groups count equally: name it with --by.")
    files = read_group_files(groups)
    if weights is not None:
        _write_weights(what, weights, _Weighted(by, more, times), files.tables, model, csv_dialect, force=force)
        return
    analyzer = Analyzer(model=model, view=view, conditions="training" if prepared else None, device=device)
    say_device(analyzer.device, packaged=model is None)
    found, notes = (check_prepared if prepared else check_own)(
        analyzer, what, tables=files.tables, annotators=files.annotators, view=view
    )
    for line in notes:
        note(line)
    about = {"generator": GENERATOR, "model": analyzer.classifier.info.name, "view": view, **found.entry()}
    if as_json:
        print_json(about)
    else:
        print_table(HEAD, found.rows(texts))
        print_line("")
        for line in found.words(texts):
            print_line(line)
    if out is not None:
        from aiducation.study_report.groups_page import write_groups_csv, write_groups_page

        new_folder(out, force=force)
        write_groups_csv(found, out / "groups.csv", csv_dialect)
        write_json(out / "groups.json", about)
        subject = _subject(analyzer.classifier.info.name, "" if prepared else what.name, texts)
        page = write_groups_page(found, out / "index.html", texts, subject=subject, view=view, notes=notes)
        say(page, page=page)


def _subject(model: str, name: str, texts: Texts) -> str:
    """Which model on which faces."""
    if not name:
        return texts.gettext("{model} on the official test", model=model)
    return texts.gettext("{model} on {name}", model=model, name=name)


class _Weighted(NamedTuple):
    """Which images count more: all groups of an attribute equally, or one of them so many times as much."""

    by: str
    more: str
    times: float


def _write_pictures(data: Path, folder: Path, number: int, *, force: bool) -> None:
    from aiducation.data.dataset import Dataset
    from aiducation.vision.annotated_groups import write_pictures

    n = write_pictures(Dataset.load(data), folder, n=number, force=force)
    print_line(f"{n:,} pictures of the official test, named by row number; give them group labels on the page Label.")
    say(folder, next_command=command("serve"))


def _write_weights(
    data: Path,
    path: Path,
    wanted: _Weighted,
    tables: Sequence[Path],
    model: Path | None,
    csv_dialect: str,
    *,
    force: bool,
) -> None:
    from aiducation.data.dataset import Dataset
    from aiducation.training.image_weights import weights_by_group, weights_of_group, write_weights
    from aiducation.vision.analyzer import Analyzer
    from aiducation.vision.devices import CPU
    from aiducation.vision.grouped_faces import training_groups

    check_file(path, force=force)
    dataset = Dataset.load(data)
    members = training_groups(Analyzer(model=model, view="states", device=CPU), dataset, wanted.by, tables=tables)
    if wanted.more:
        found = weights_of_group(members, wanted.more, wanted.times)
    else:
        found = weights_by_group(members, {image: int(dataset.state[image]) for image in members})
    write_weights(found, path, csv_dialect)
    print_line(f"{len(found):,} training images, weights from {min(found.values()):.2f} to {max(found.values()):.2f}.")
    say(path, next_command=command("train", data, "--weights", path, "--out", "run"))

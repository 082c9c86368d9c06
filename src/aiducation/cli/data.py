"""Commands about the data: prepare, describe, show, check, list, draw synthetic faces."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from aiducation.cli.options import CsvDialect, Data, Force, Json, app, refuse
from aiducation.cli.outputs import check_out
from aiducation.console import Bars, command, note, print_json, print_line, print_table, say
from aiducation.errors import ConfigError
from aiducation.words import many, people, percent


@app.command()
def prepare(
    context: typer.Context,
    fer2013: Annotated[
        Path,
        typer.Argument(
            help="fer2013.csv, plain or packed (such as Kaggle's fer2013.tar.gz); or a folder of images with FER+ "
            "names. If FERPLUS is left out: your own labelled faces, as one folder for each state or as a CSV with "
            "the columns file, state and person."
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder to write.")],
    ferplus: Annotated[
        Path | None,
        typer.Argument(
            help="fer2013new.csv, plain or packed; for a folder of images, FER+'s label.csv files can be used as well."
        ),
    ] = None,
    criteria: Annotated[
        str, typer.Option(help="The rules that turn votes into states; 'aiducation list criteria' lists them.")
    ] = "published",
    split: Annotated[
        list[str] | None,
        typer.Option(help="Kind of split; may be repeated. Default: official random published folds10."),
    ] = None,
    seed: Annotated[list[int] | None, typer.Option(help="Seed of the splits; may be repeated. Default: 0.")] = None,
    duplicates: Annotated[
        str, typer.Option(help="Search for duplicates: full, or identical (only images whose pixels are identical).")
    ] = "full",
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Prepare FER2013 and FER+ for training: read, clean, label, find duplicates, and split. Or make a data set of
    your own labelled faces."""
    from aiducation.data import prepare as prep

    if ferplus is None:
        refuse(context, "split", "duplicates", why="is for FER2013 and FER+: name both files")
        if len(seeds := seed or [0]) > 1:
            raise ConfigError("Your own faces are split only once; give only one --seed.")
        _prepare_own(fer2013, out, criteria, seeds[0], force=force, as_json=as_json)
        return
    with Bars() as bars:
        dataset = prep.prepare(
            fer2013,
            ferplus,
            out,
            criteria=criteria,
            splits=split or prep.DEFAULT_SPLITS,
            seeds=seed or (0,),
            duplicates=duplicates,
            force=force,
            progress=bars.stage,
        )
    counts = prep.summary(dataset)
    if as_json:
        print_json(counts)
        return
    _print_summary(counts)
    say(out, next_command=command("describe", out, "--out", f"{out}-report"))


def _prepare_own(faces: Path, out: Path, criteria: str, seed: int, *, force: bool, as_json: bool) -> None:
    from aiducation.data import prepare as prep
    from aiducation.data.criteria import get_criteria
    from aiducation.records import check_seed
    from aiducation.vision.analyzer import Analyzer
    from aiducation.vision.devices import CPU
    from aiducation.vision.own_dataset import prepare_own
    from aiducation.vision.own_faces import judge_faces, read_labels

    check_out(out, force=force)
    get_criteria(criteria)
    check_seed(seed)
    seen = judge_faces(Analyzer(device=CPU), read_labels(faces))
    for face, why in seen.skipped:
        note(f"Skipped {face.path}: {why}")
    if not any(face.person for face in seen.judged):
        note(
            "It is not known which faces show the same person, so each face was counted as a different person. If a "
            "person occurs more than once, faces of that person can be in both the training split and the test "
            "split, and scores will be too good."
        )
    elif unknown := sum(not face.person for face in seen.judged):
        note(
            f"Faces of which it is not known who is shown: {unknown:,}. Each of them was counted as a different person; "
            f"if one of these people has more faces, they can be in both the training split and the test split, and scores will "
            f"be too good."
        )
    made = prepare_own(seen, faces, out, criteria=criteria, seed=seed, force=force)
    counts = prep.summary(made.dataset) | {"people": made.people, "duplicate_faces": made.duplicates}
    if as_json:
        print_json(counts)
        return
    _print_summary(counts)
    print_line(f"{people(made.people)}; duplicates of other faces: {made.duplicates:,}")
    say(out, next_command=command("train", out, "--out", "run"))


def _by_votes(counts: dict[str, int]) -> str:
    """For example " (20 had 10 votes for it, 15 had 1)"; "" where nothing was dropped."""
    words = [
        f"{n:,} had {votes}{'' if i else ' vote for it' if votes == '1' else ' votes for it'}"
        for i, (votes, n) in enumerate(counts.items())
    ]
    return f" ({', '.join(words)})" if words else ""


def _print_summary(counts: dict[str, Any]) -> None:
    print_line(many(counts["images"], "image"))
    if lacking := counts["without_image"]:
        print_line(f"  {lacking:,} of {counts['images'] + lacking:,} named votes have no image; they are left out")
    if silent := counts["without_votes"]:
        print_line(f"  nobody voted on {many(silent, 'image')}, which count as other")
    for step in counts["cleaning"]:
        print_line(f"  {step['rule']}: {step['dropped']:,} dropped{_by_votes(step['counts'])}, {step['left']:,} left")
    print_line(f"states by the criteria '{counts['criteria']}'")
    for state, n in (*counts["states"].items(), ("other", counts["other"])):
        print_line(f"  {state:<8} {n:>7,}")
    copies = counts["duplicates"]
    levels = {"identical": "identical", "near": "or nearly identical", "all": "or re-cropped or mirrored"}
    print_table(
        ["duplicates", "groups", "images", "largest group"],
        [
            [f"  {text}", *(copies[f"{level}_{what}"] for what in ("groups", "images", "largest_group"))]
            for level, text in levels.items()
            if f"{level}_groups" in copies
        ],
    )
    for name, parts in counts["splits"].items():
        print_line(f"split {name}: " + ", ".join(f"{part} {n:,}" for part, n in parts.items()))


@app.command()
def describe(
    data: Data,
    out: Annotated[Path, typer.Option(help="Folder to write.")],
    faces: Annotated[
        bool,
        typer.Option(
            help="Show sample faces in the report, or leave them out; leave them out of reports that you publish."
        ),
    ] = True,
    csv_dialect: CsvDialect = "standard",
    force: Force = False,
) -> None:
    """Write a report about a prepared data set: a page with figures and tables."""
    from aiducation.data.dataset import Dataset
    from aiducation.study_report.data_report import write_data_report

    page = write_data_report(Dataset.load(data), out, with_faces=faces, csv_dialect=csv_dialect, force=force)
    say(page, next_command=command("train", data, "--out", "run"))


@app.command()
def table(
    context: typer.Context,
    data: Data,
    out: Annotated[Path | None, typer.Option(help="A .csv or .parquet file to write, instead of showing rows.")] = None,
    rows: Annotated[int, typer.Option(help="Number of rows to show.", min=1)] = 10,
    pixels: Annotated[bool, typer.Option(help="Include the gray levels of the pixels, or leave them out.")] = True,
    csv_dialect: CsvDialect = "standard",
    force: Force = False,
) -> None:
    """Show or export the merged table, with the label, the pixels, the ten votes and the state of each image."""
    import numpy as np

    from aiducation.data.dataset import Dataset
    from aiducation.data.table import export_table, table_rows

    if not out or out.suffix.lower() != ".csv":
        refuse(context, "csv_dialect", why="is for a CSV file: name it with --out")
    dataset = Dataset.load(data)
    if out:
        export_table(dataset, out, pixels=pixels, csv_dialect=csv_dialect, force=force)
        say(out)
        return
    shown = list(table_rows(dataset, np.arange(min(rows, len(dataset)))))
    for row in shown:
        row["pixels"] = row["pixels"][:12] + " ..." if pixels else ""
    print_table(list(shown[0]), [list(row.values()) for row in shown])


@app.command()
def leaks(
    data: Data, split: Annotated[str, typer.Argument(help="Name or file of a split.")], as_json: Json = False
) -> None:
    """Check whether a split has duplicates of one photo in two of its parts (train, valid, test); the exit code is
    1 if so."""
    from aiducation.data.dataset import Dataset
    from aiducation.data.splits import find_leaks

    dataset = Dataset.load(data)
    given = dataset.split(split, may_leak=True)
    found = find_leaks(given, dataset.duplicate_group)
    if as_json:
        rows = [{"part": x.part, "other": x.other, "images": len(x.ids), "groups": x.n_groups} for x in found]
        print_json({"split": given.name, "leaks": rows})
    elif found:
        for x in found:
            share = len(x.ids) / len(given.parts[x.part])
            print_line(
                f"{many(len(x.ids), 'image')} of {x.part} with a duplicate in {x.other} "
                f"({percent(share, 1)}; {many(x.n_groups, 'photo')})"
            )
    else:
        print_line(f"{given.name}: no photo is in two parts")
    if found:
        raise typer.Exit(1)


@app.command(name="list")
def list_(
    what: Annotated[
        str, typer.Argument(help="models, criteria, splits, formats, detectors or annotations.")
    ] = "models",
    as_json: Json = False,
) -> None:
    """List the models, criteria, kinds of split, file formats, annotation formats or detectors that can be chosen."""
    from aiducation import listing

    columns, rows = listing.rows(what)
    if as_json:
        print_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        print_table(columns, rows)


@app.command()
def synthesize(
    out: Annotated[Path, typer.Option(help="Folder to write.")],
    images: Annotated[int, typer.Option(help="Number of faces.", min=100, max=1_000_000)] = 2000,
    seed: int = 0,
    force: Force = False,
) -> None:
    """Draw synthetic faces with votes, in the format of FER2013 and FER+, to try the study's commands without a download."""
    from aiducation.data.synthetic import write_synthetic
    from aiducation.files import new_folder

    fer2013, ferplus = write_synthetic(new_folder(out, force=force), n=images, seed=seed, force=force)
    say(out, next_command=command("prepare", fer2013, ferplus, "--out", "prepared"))

"""The command line: parse, one call, print. Results go to stdout, progress and errors to stderr."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from aiducation import __version__
from aiducation.console import Bars, fail, interrupted, print_table, say
from aiducation.errors import TRAIN_PACKAGES, AiducationError, ConfigError, missing_extra

app = typer.Typer(
    name="aiducation",
    help="Apparent student states from faces, and the open reproduction of the study behind the models.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

Data = Annotated[Path, typer.Argument(help="A folder made by 'aiducation prepare'.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite what is there.")]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1 or mps.")]


def main() -> None:
    """Run the command line. Exit codes: 0 done, 1 could not, 2 wrong use, 130 stopped by Ctrl-C."""
    signal.signal(signal.SIGINT, lambda *_: interrupted())
    try:
        app()
    except ConfigError as error:
        fail(error, 2)
    except AiducationError as error:
        fail(error, 1)
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in TRAIN_PACKAGES:
            raise
        fail(missing_extra(error.name, "train"), 1)
    except OSError as error:
        fail(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}.", 1)
    except (MemoryError, RuntimeError) as error:
        if not _out_of_memory(error):
            raise
        fail("There is not enough memory for this; take a smaller model or batch, or --device cpu.", 1)


def _out_of_memory(error: Exception) -> bool:
    """NumPy raises MemoryError; torch a RuntimeError, which has a type of its own on GPUs only."""
    texts = (type(error).__name__, str(error))
    return isinstance(error, MemoryError) or any("OutOfMemory" in t or "allocate memory" in t for t in texts)


@app.callback(invoke_without_command=True)
def _version(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        print(__version__)
        raise typer.Exit


@app.command()
def prepare(
    fer2013: Annotated[
        Path, typer.Argument(help="fer2013.csv, plain, .gz or .zip; or a folder of images with FER+ names.")
    ],
    ferplus: Annotated[Path, typer.Argument(help="fer2013new.csv, plain, .gz or .zip.")],
    out: Annotated[Path, typer.Option(help="Folder to write.")],
    criteria: Annotated[str, typer.Option(help="Rule set from votes to states; see 'list criteria'.")] = "published",
    split: Annotated[
        list[str] | None,
        typer.Option(help="Kind of split, may be repeated. Default: official random published folds10."),
    ] = None,
    seed: Annotated[list[int] | None, typer.Option(help="Seed of the splits, may be repeated. Default: 0.")] = None,
    duplicates: Annotated[str, typer.Option(help="Search for copies: full, or identical pixels only.")] = "full",
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Read FER2013 and FER+, clean, label, find copies, split."""
    from aiducation.data import prepare as prep

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
        print(json.dumps(counts, indent=2))
        return
    _print_summary(counts)
    say(out, next_command=f"aiducation describe {out} --out {out}-report")


def _print_summary(counts: dict[str, Any]) -> None:
    print(f"{counts['images']:,} images")
    for step in counts["cleaning"]:
        by_votes = ", ".join(f"{n:,} with {votes}" for votes, n in step["counts"].items())
        print(f"  {step['rule']}: {step['dropped']:,} dropped ({by_votes or 'none'}), {step['left']:,} left")
    print(f"states by the criteria '{counts['criteria']}'")
    for state, n in (*counts["states"].items(), ("other", counts["other"])):
        print(f"  {state:<8} {n:>7,}")
    print("copies: " + ", ".join(f"{name.replace('_', ' ')} {n}" for name, n in counts["duplicates"].items()))
    for name, parts in counts["splits"].items():
        print(f"split {name}: " + ", ".join(f"{part} {n:,}" for part, n in parts.items()))


@app.command()
def describe(
    data: Data,
    out: Annotated[Path, typer.Option(help="Folder to write.")],
    faces: Annotated[bool, typer.Option(help="Show sample faces; leave them out of what you publish.")] = True,
    force: Force = False,
) -> None:
    """Write the data report: a page, figures and tables."""
    from aiducation.data.dataset import Dataset
    from aiducation.files import new_folder
    from aiducation.report.data_report import write_data_report

    new_folder(out, force=force)
    say(write_data_report(Dataset.load(data), out, with_faces=faces), next_command=f"aiducation train {data} --out run")


@app.command()
def table(
    data: Data,
    out: Annotated[Path | None, typer.Option(help="Write .csv or .parquet instead of showing rows.")] = None,
    rows: Annotated[int, typer.Option(help="Rows to show.", min=1)] = 10,
    pixels: Annotated[bool, typer.Option(help="With the gray levels.")] = True,
    force: Force = False,
) -> None:
    """Show or export the merged table: labels, pixels, ten votes, state."""
    import numpy as np

    from aiducation.data.dataset import Dataset
    from aiducation.data.table import export_table, table_rows

    dataset = Dataset.load(data)
    if out:
        export_table(dataset, out, pixels=pixels, force=force)
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
    """Check whether a split puts copies of one photo into different parts; exit code 1 if it does."""
    from aiducation.data.dataset import Dataset
    from aiducation.data.splits import find_leaks

    dataset = Dataset.load(data)
    given = dataset.split(split)
    found = find_leaks(given, dataset.duplicate_group)
    if as_json:
        rows = [{"part": x.part, "other": x.other, "images": len(x.ids), "groups": x.n_groups} for x in found]
        print(json.dumps({"split": given.name, "leaks": rows}, indent=2))
    elif found:
        for x in found:
            share = len(x.ids) / len(given.parts[x.part])
            print(f"{len(x.ids):,} images of {x.part} ({share:.1%}) have a copy in {x.other} ({x.n_groups:,} photos)")
    else:
        print(f"{given.name}: no photo stands in two parts")
    if found:
        raise typer.Exit(1)


@app.command(name="list")
def list_(
    what: Annotated[str, typer.Argument(help="models, criteria or splits.")] = "models", as_json: Json = False
) -> None:
    """List the models, criteria or kinds of split there are."""
    from aiducation import listing

    columns, rows = listing.rows(what)
    if as_json:
        print(json.dumps([dict(zip(columns, row, strict=True)) for row in rows], indent=2))
    else:
        print_table(columns, rows)


@app.command()
def train(
    data: Data,
    out: Annotated[Path, typer.Option(help="Folder of the run.")],
    model: Annotated[str, typer.Option(help="See 'list models'.")] = "B16_N4_FC1_K3_AP20",
    split: Annotated[str, typer.Option(help="Name or file of a split.")] = "official",
    fold: Annotated[int | None, typer.Option(help="Fold to validate on, for a split in folds.")] = None,
    epochs: int = 100,
    batch_size: int = 64,
    learning_rate: float = 1e-3,
    weight_decay: float = 1e-4,
    flip: Annotated[float, typer.Option(help="Probability of a mirror image.")] = 0.5,
    rotation: Annotated[float, typer.Option(help="Largest rotation, degrees.")] = 10.0,
    seed: int = 0,
    precision: Annotated[str, typer.Option(help="auto, float32 or bfloat16.")] = "auto",
    device: Device = "auto",
    until_epoch: Annotated[int | None, typer.Option(help="Pause after this epoch.", min=1)] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in the folder.")] = False,
    tensorboard: Annotated[bool, typer.Option("--tensorboard", help="Also write TensorBoard events.")] = False,
    checkpoint_every: Annotated[float, typer.Option(help="Seconds between checkpoints, at least.", min=0)] = 60.0,
) -> None:
    """Train one model."""
    from aiducation.training.config import TrainConfig

    config = TrainConfig(
        model=model,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        weight_decay=weight_decay,
        flip=flip,
        rotation=rotation,
        seed=seed,
        precision=precision,
    )
    from aiducation.data.dataset import Dataset
    from aiducation.training.run import train_run

    with Bars() as bars:
        info = train_run(
            Dataset.load(data),
            split,
            config,
            out,
            fold=fold,
            until=until_epoch,
            resume=resume,
            device=device,
            tensorboard=tensorboard,
            checkpoint_every=checkpoint_every,
            progress=bars.images(model),
            on_epoch=bars.epoch(model, epochs),
        )
    print(f"{info.model}: {info.epochs_done} of {info.epochs} epochs, best {info.best_epoch}")
    say(out, next_command=f"aiducation evaluate {out} --data {data} --split test")


@app.command()
def evaluate(
    run: Annotated[Path, typer.Argument(help="The folder of a run.")],
    data: Annotated[Path, typer.Option(help="A folder made by 'aiducation prepare'.")],
    split: Annotated[str, typer.Option("--split", help="Part to judge: train, valid or test.")] = "test",
    device: Device = "auto",
    as_json: Json = False,
) -> None:
    """Judge the best weights of a run, with intervals."""
    from aiducation.data.dataset import Dataset
    from aiducation.evaluation.intervals import score_intervals
    from aiducation.runs import RunFolder
    from aiducation.training.run import evaluate_run

    folder = RunFolder(run)
    made = evaluate_run(folder, Dataset.load(data), split, device=device)
    scores = score_intervals(made)
    info = folder.info()
    if as_json:
        rows = {name: {"estimate": s.estimate, "low": s.low, "high": s.high} for name, s in scores.items()}
        print(json.dumps({"model": info.model, "part": split, "images": len(made), "scores": rows}, indent=2))
        return
    print(
        f"{info.model}, epoch {info.best_epoch} of {info.epochs_done} (asked for {info.epochs}), {len(made):,} {split} images"
    )
    print_table(["score", "estimate", "95 % interval"], [
        [name, f"{s.estimate:.4f}", f"{s.low:.4f} to {s.high:.4f}"] for name, s in scores.items()
    ])  # fmt: skip
    if split in ("valid", "test"):
        say(folder.predictions_path(split), next_command=f"aiducation report {run} --out report")


@app.command()
def study(
    plan: Annotated[Path, typer.Argument(help="A study file, such as studies/published.toml.")],
    data: Annotated[Path, typer.Option(help="A folder made by 'aiducation prepare'.")],
    out: Annotated[Path, typer.Option(help="Folder of all runs; processes that share it share the work.")],
    until_epoch: Annotated[int | None, typer.Option(help="Pause every run after this epoch.", min=1)] = None,
    jobs: Annotated[int, typer.Option(help="Runs at a time, each in a process of its own.", min=1)] = 1,
    device: Device = "auto",
) -> None:
    """Train all models, seeds and folds of a study; goes on where it stopped."""
    from aiducation.data.dataset import Dataset
    from aiducation.training import jobs as workers
    from aiducation.training.study import read_study, run_study

    planned = read_study(plan)
    if jobs > 1:
        workers.run_jobs(sys.argv[1:], jobs)
    else:
        with Bars() as bars:
            run_study(
                planned,
                Dataset.load(data),
                out,
                until=until_epoch,
                device=workers.own_device(device),
                on_run=lambda run, what: bars.note(f"{run.name}: {what}"),
                progress=lambda run: bars.images(run.name),
                on_epoch=lambda run, row: bars.epoch(run.name, run.config.epochs)(row),
            )
    say(out, next_command=f"aiducation report {out} --out report")


@app.command()
def report(
    runs: Annotated[Path, typer.Argument(help="A folder with runs, at any depth.")],
    out: Annotated[Path, typer.Option(help="Folder to write.")],
    groups: Annotated[Path | None, typer.Option(help="CSV of image number and groups, for accuracy by group.")] = None,
    force: Force = False,
) -> None:
    """Write the study report: one page, tables, figures."""
    from aiducation.report.study_report import write_study_report

    say(write_study_report(runs, out, groups=groups, force=force))


@app.command()
def synthesize(
    out: Annotated[Path, typer.Option(help="Folder to write.")],
    images: Annotated[int, typer.Option(help="Number of faces.", min=100)] = 2000,
    seed: int = 0,
    force: Force = False,
) -> None:
    """Draw synthetic faces with votes, in the format of FER2013 and FER+, to try everything without a download."""
    from aiducation.data.synthetic import write_synthetic
    from aiducation.files import new_folder

    fer2013, ferplus = write_synthetic(new_folder(out, force=force), n=images, seed=seed)
    say(out, next_command=f"aiducation prepare {fer2013} {ferplus} --out prepared")

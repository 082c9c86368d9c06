"""Commands of single runs: train, evaluate, export."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aiducation.cli.devices import say_device
from aiducation.cli.group_files import read_group_files
from aiducation.cli.options import (
    Conditions,
    CsvDialect,
    Data,
    Device,
    Force,
    Json,
    Possible,
    Priors,
    Threshold,
    app,
    model_or_none,
    refuse,
)
from aiducation.cli.own_faces import evaluate_own, show_scores
from aiducation.console import Bars, command, print_json, print_line, print_table, say
from aiducation.defaults import DEVICE, PACKAGED
from aiducation.errors import ConfigError, unknown_name
from aiducation.tables.dialects import check_dialect

if TYPE_CHECKING:
    from aiducation.runs import RunFolder


#: Options of ``train`` that other recipes have settled.
_OF_PUBLISHED = (
    *("model", "epochs", "batch_size", "learning_rate", "weight_decay"),
    *("flip", "rotation", "seed", "precision", "weights"),
)


@app.command()
def train(
    context: typer.Context,
    data: Data,
    out: Annotated[Path, typer.Option(help="Folder to write the run to.")],
    model: Annotated[str, typer.Option(help="Network; see 'aiducation list models'.")] = "B16_N4_FC1_K3_AP20",
    recipe: Annotated[
        str,
        typer.Option(
            help="published: a network of the study; flagship: the model of the package; camera: the same, trained further for "
            "faces as cameras show them, with --from. The last two have options of their own."
        ),
    ] = "published",
    split: Annotated[str, typer.Option(help="Name or file of a split.")] = "official",
    fold: Annotated[int | None, typer.Option(help="Fold to validate on, if the split is made of folds.")] = None,
    epochs: int = 100,
    batch_size: int = 64,
    learning_rate: float = 1e-3,
    weight_decay: float = 1e-4,
    flip: Annotated[float, typer.Option(help="Probability that an image is mirrored.")] = 0.5,
    rotation: Annotated[float, typer.Option(help="Largest rotation in degrees.")] = 10.0,
    seed: int = 0,
    precision: Annotated[str, typer.Option(help="auto, float32 or bfloat16.")] = "auto",
    weights: Annotated[
        Path | None,
        typer.Option(
            help="CSV with image numbers and weights (how much each training image counts); see 'groups --weights'."
        ),
    ] = None,
    device: Device = "auto",
    until_epoch: Annotated[int | None, typer.Option(help="Pause after this epoch.", min=1)] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Continue the run in the folder.")] = False,
    start: Annotated[
        Path | None,
        typer.Option(
            "--from",
            help="Start from other weights: the folder of a run, a .safetensors file, an exported .onnx file, or flagship (the "
            "packaged model).",
        ),
    ] = None,
    tensorboard: Annotated[bool, typer.Option("--tensorboard", help="Also write event files for TensorBoard.")] = False,
    checkpoint_every: Annotated[float, typer.Option(help="Shortest time between checkpoints (seconds).", min=0)] = 60.0,
) -> None:
    """Train one model. '--recipe flagship' trains the model that comes with the package, with its own options."""
    from aiducation.training.config import TrainConfig
    from aiducation.training.recipe import Config

    config: Config
    if recipe != "published":
        from aiducation.training.recipes import default_config

        refuse(context, *_OF_PUBLISHED, why="cannot be chosen: a recipe has its own options")
        config = default_config(recipe)
    else:
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
            weights="" if weights is None else str(weights),
        )
    from aiducation.data.dataset import Dataset
    from aiducation.training.device import choose_compute
    from aiducation.training.processes import own_device
    from aiducation.training.team import joined_team
    from aiducation.training.train_run import train_run

    where = own_device(device)
    with Bars() as bars, joined_team(choose_compute(where, config.precision).device) as team:
        info = train_run(
            Dataset.load(data),
            split,
            config,
            out,
            fold=fold,
            start=start,
            until=until_epoch,
            resume=resume,
            device=where,
            tensorboard=tensorboard,
            checkpoint_every=checkpoint_every,
            progress=bars.images(config.model),
            on_epoch=bars.epoch(config.model, config.epochs),
            note=bars.note,
            team=team,
        )
    if not team.leads:
        return
    print_line(f"{info.model}: {info.epochs_done} of {info.epochs} epochs, best {info.best_epoch}")
    if info.finished and recipe in ("flagship", "camera"):
        say(out, next_command=command("export", out, "--data", data, "--out", f"{recipe}.onnx"))
    elif info.finished:
        say(out, next_command=command("evaluate", out, "--data", data, "--split", "test"))
    else:
        say(out, next_command="the same command with --resume and without --until-epoch")


@app.command()
def evaluate(
    context: typer.Context,
    what: Annotated[
        Path, typer.Argument(help="The folder of a run; or your own labelled faces, as for 'aiducation adapt'.")
    ],
    data: Annotated[
        Path | None, typer.Option(help="For a run: a folder made by 'aiducation prepare', if not evaluated before.")
    ] = None,
    split: Annotated[str, typer.Option("--split", help="For a run: train, valid or test.")] = "test",
    model: Annotated[
        Path | None,
        typer.Option(
            callback=model_or_none,
            help=f"For your own faces: an .onnx file, or {PACKAGED}: the model of the package, which is the default.",
        ),
    ] = None,
    threshold: Threshold = None,
    priors: Priors = None,
    possible: Possible = None,
    conditions: Conditions = None,
    out: Annotated[
        Path | None,
        typer.Option(help="For your own faces: a folder for a page, or a .csv file with a row per picture."),
    ] = None,
    csv_dialect: CsvDialect = "standard",
    groups: Annotated[
        list[Path] | None,
        typer.Option(
            help="For your own faces: file with annotated groups, as for 'aiducation groups'; scores are also given by group."
        ),
    ] = None,
    unfinished: Annotated[
        bool, typer.Option("--unfinished", help="Evaluate on the test split although training is not finished.")
    ] = False,
    device: Annotated[
        str,
        typer.Option(
            help="For a run: auto, cpu, cuda, cuda:1 or mps. For your own faces: auto, or one that 'aiducation devices' lists."
        ),
    ] = DEVICE,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Evaluate a run, or any model on your own labelled faces, with 95 % intervals. For your own faces, the confusion
    matrix, the calibration and the coverage are reported as well."""
    from aiducation.runs import RunFolder

    if data is not None or (what / "run.json").is_file():
        for_own = ("model", "threshold", "priors", "possible", "conditions", "groups", "out", "csv_dialect", "force")
        refuse(context, *for_own, why="is for your own faces, not for a run")
        _evaluate_run(RunFolder(what), data, split, device, as_json, unfinished=unfinished)
    else:
        refuse(context, "split", "unfinished", why="is for a run, not for your own faces")
        if out is None:
            refuse(context, "csv_dialect", why="is for a CSV file: name it with --out")
        check_dialect(csv_dialect)
        from aiducation.vision.analyzer import Analyzer

        analyzer = Analyzer(
            model=model,
            threshold=threshold,
            priors=priors,
            possible=possible,
            conditions=conditions,
            view="states",
            device=device,
        )
        say_device(analyzer.device, packaged=model is None)
        evaluate_own(what, analyzer, read_group_files(groups), out, csv_dialect, as_json, force=force)


def _evaluate_run(
    folder: RunFolder, data: Path | None, split: str, device: str, as_json: bool, *, unfinished: bool
) -> None:
    from aiducation.data.splits import PARTS

    if split not in PARTS:
        raise unknown_name("part", split, PARTS)
    if data is None:
        if not unfinished:
            folder.check_over(split)
        made = folder.current_predictions(split)
    else:
        from aiducation.data.dataset import Dataset
        from aiducation.training.evaluate_run import evaluate_run

        made = evaluate_run(folder, Dataset.load(data), split, unfinished=unfinished, device=device)
    if made is None:
        raise ConfigError(
            f"The run was not evaluated on the {split} split yet: name the data it was trained on with --data."
        )
    info = folder.info()
    if not as_json:
        print_line(
            f"{info.model}, epoch {info.best_epoch} of {info.epochs_done} (asked for {info.epochs}), {len(made):,} "
            f"{split} images"
        )
    four = made.of_four_states()
    if four is not made and not as_json:
        print_line(
            f"Of these, {len(four):,} show one of the four states; among the four, {four.correct.mean():.4f} are right."
        )
    early = {name: made.info[name] for name in ("unfinished",) if name in made.info}
    show_scores(made, {"model": info.model, "part": split, **early}, as_json)
    if made.unseen and not as_json:
        print_line(
            f"No image of the {split} split shows {' or '.join(made.unseen)}, so the scores marked with – cannot be computed."
        )
    if split in ("valid", "test") and not as_json:
        say(folder.predictions_path(split), next_command=command("report", folder.path, "--out", "report"))


@app.command()
def export(
    run: Annotated[Path, typer.Argument(help="The folder of a run.")],
    out: Annotated[Path, typer.Option(help="The .onnx file to write; its model card is written beside it.")],
    data: Annotated[
        Path | None, typer.Option(help="A folder made by 'aiducation prepare'; needed for a flagship run.")
    ] = None,
    beside: Annotated[
        Path | None, typer.Option(help="Folder of a study: the model card also compares its published networks.")
    ] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Export trained weights together with their description, as one .onnx file for 'analyze --model'."""
    from aiducation.training.export import export_any

    scores = export_any(run, out, data=data, beside=beside, force=force)
    if as_json:
        print_json(scores)
    elif scores:
        print_table(["score", "value"], [[name, str(value)] for name, value in scores.items()])
    say(out, next_command=command("analyze", "photo.jpg", "--model", out, "--out", "result"))

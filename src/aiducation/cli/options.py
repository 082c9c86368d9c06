"""What several commands share: the app, and options with their help."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from aiducation.defaults import FACE_DEVICES, MIN_FACE, PACKAGED
from aiducation.errors import ConfigError
from aiducation.texts import LANGUAGES
from aiducation.visible import visible


@contextmanager
def _readable_errors() -> Iterator[None]:
    """What is wrong with a command line is said without control characters, whatever stands in it."""
    try:
        yield
    except Exception as error:
        if hasattr(error, "format_message"):
            for name, value in list(vars(error).items()):
                if isinstance(value, str):
                    setattr(error, name, visible(value))
        raise


class _Commands(TyperGroup):
    """Lists each command with a whole sentence, wrapped instead of cut."""

    def make_context(self, *args: Any, **options: Any) -> Any:
        with _readable_errors():
            return super().make_context(*args, **options)

    def invoke(self, ctx: Any) -> Any:
        with _readable_errors():
            return super().invoke(ctx)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        rows = [(name, " ".join((one.help or "").split("\n\n")[0].split())) for name, one in self.commands.items()]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


class SaveTakesMany(TyperCommand):
    """Every name of a format that follows the value of ``--save`` belongs to it, as in ``--save json csv``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        return super().parse_args(ctx, _with_all_formats(args) if any(w.startswith("--save") for w in args) else args)


def _with_all_formats(words: list[str]) -> list[str]:
    from aiducation.exports.formats import FORMATS

    end = words.index("--") if "--" in words else len(words)
    said: list[str] = []
    saving = False  # whether the last word says what to save
    for word in words[:end]:
        names = word.replace(",", " ").split()
        if saving and names and set(names) <= set(FORMATS):
            said[-1] += f",{word}"
        else:
            saving = said[-1:] == ["--save"] or word.startswith("--save=")
            said.append(word)
    return [*said, *words[end:]]


def refuse(context: typer.Context, *names: str, why: str) -> None:
    """Refuse options that would be ignored.

    Raises:
        ConfigError: one of them was given.
    """
    for option in given(context, *names):
        raise ConfigError(f"{option} {why}.")


def given(context: typer.Context, *names: str) -> list[str]:
    """Those of some options that stand on the command line, as they are written there."""
    sources = {name: context.get_parameter_source(name) for name in names}
    return [
        f"--{name.replace('_', '-')}" for name, source in sources.items() if source and source.name == "COMMANDLINE"
    ]


def model_or_none(model: Path | None) -> Path | None:
    """None, the model of the package, where it is named by its word and no file is called so."""
    return None if model == Path(PACKAGED) and not model.exists() else model


app = typer.Typer(
    name="aiducation",
    cls=_Commands,
    help="Find the apparent states of students' faces, and reproduce the study behind the models.",
    epilog="""
    \b
    Examples:
      aiducation analyze class.jpg --out result      picture, table and report of a photo
      aiducation serve                               a page for photos, recordings and live lessons
    """,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

Data = Annotated[Path, typer.Argument(help="A folder made by 'aiducation prepare'.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite existing output.")]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1 or mps.")]
CsvDialect = Annotated[
    str,
    typer.Option(help="Dialect of CSV files: standard (commas, decimal points) or excel (semicolons, decimal commas)."),
]

Language = Annotated[str, typer.Option(help=f"Language of reports and messages: {', '.join(LANGUAGES)}.")]

# Of whatever analyzes.
MinFace = Annotated[
    float | None, typer.Option(help=f"Smallest face that is judged: its shorter side in pixels. Default: {MIN_FACE:g}.")
]
FaceDevice = Annotated[
    str,
    typer.Option(
        "--device",
        metavar="NAME",
        help="Where the networks run: auto (a graphics card if ONNX Runtime's build for it is installed, or the processor), "
        f"{', '.join(FACE_DEVICES)}; cuda:1 is the second card. 'aiducation devices' lists what works here.",
    ),
]
Threshold = Annotated[
    float | None,
    typer.Option(
        help="Lowest probability at which a state is given; below it the "
        "answer is 'unclear'. Default: the threshold of the model."
    ),
]
MinGroup = Annotated[
    int,
    typer.Option(
        help="Smallest group: if fewer faces can be seen well, neither group figures nor states are "
        "shown; 1 shows everything."
    ),
]
Seed = Annotated[
    int | None,
    typer.Option(
        help="Seed of the random track ids: with the same seed, a recording of the same name gets the same ids "
        "again. Default: different ids each time."
    ),
]
Detector = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="Face detector to use; 'aiducation list detectors' lists them. yunet-accurate also finds heads that lie "
        "on a desk, but is two to four times slower.",
    ),
]
Priors = Annotated[
    str | None,
    typer.Option(
        help="How frequent the states are assumed to be: balanced (all equally frequent), training (as in the images "
        "on which the model was calibrated), or your own shares such as neutral=0.5,focused=0.4,bored=0.1. Default: "
        "the priors of the model."
    ),
]
Possible = Annotated[
    str | None,
    typer.Option(
        help="States that can occur, such as neutral,focused,bored; 'other' is always possible. Default: all."
    ),
]
Conditions = Annotated[
    str | None,
    typer.Option(
        help="Conditions of the pictures: camera (people and cameras that the model was not trained on), or training "
        "(pictures like those it was trained on). Default: camera, if the model was measured under such conditions."
    ),
]
View = Annotated[
    str,
    typer.Option(
        help="Which states are shown: calm (neutral and focused merged into one state, because the model can hardly "
        "distinguish them on other people and cameras), or states (the four published states)."
    ),
]
Model = Annotated[
    Path | None,
    typer.Option(
        callback=model_or_none,
        help=f"An .onnx file written by 'aiducation export', or {PACKAGED}: the model of the package, which is the default.",
    ),
]

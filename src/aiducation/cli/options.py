"""What several commands share: the app, and options with their help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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

# Of whatever analyzes.
MinFace = Annotated[float | None, typer.Option(help="Smallest face that is judged, pixels. Default: 16.")]
Threshold = Annotated[float | None, typer.Option(help="Lowest probability that is answered. Default: the model's.")]
MinGroup = Annotated[int, typer.Option(help="Group figures of fewer faces are withheld; 1 shows all.")]
Accurate = Annotated[bool, typer.Option("--accurate", help="Also find heads that lie on a desk; five times slower.")]
Model = Annotated[Path | None, typer.Option(help="An .onnx file of 'aiducation export'. Default: the package's own.")]

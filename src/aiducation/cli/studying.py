"""Commands of a whole study: study, report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aiducation.cli.options import CsvDialect, Device, Force, app, refuse
from aiducation.cli.outputs import check_out
from aiducation.console import Bars, command, note, print_line, say
from aiducation.tables.dialects import check_dialect

if TYPE_CHECKING:
    from aiducation.data.dataset import Dataset
    from aiducation.training.study import PlannedRun


@app.command()
def study(
    context: typer.Context,
    plan: Annotated[Path, typer.Argument(help="A study file, such as studies/published.toml.")],
    data: Annotated[Path, typer.Option(help="A folder made by 'aiducation prepare'.")],
    out: Annotated[
        Path, typer.Option(help="Folder to write all runs to; several processes with the same folder share the work.")
    ],
    until_epoch: Annotated[int | None, typer.Option(help="Pause every run after this epoch.", min=1)] = None,
    jobs: Annotated[
        int, typer.Option(help="How many runs are trained at the same time, each in its own process.", min=1)
    ] = 1,
    budget: Annotated[
        float | None,
        typer.Option(
            help="Seconds. Trains whole networks only, the smallest and then the largest, as many as the time allows; one "
            "that is interrupted leaves nothing.",
            min=1,
        ),
    ] = None,
    at_once: Annotated[
        int, typer.Option(help="With --budget: how many networks are trained at the same time on one device.", min=1)
    ] = 1,
    small: Annotated[
        bool, typer.Option("--small", help="With --budget: keep no weights, only their hash, and small predictions.")
    ] = False,
    device: Device = "auto",
) -> None:
    """Train all models, seeds and folds of a study. A study that was interrupted is continued."""
    from aiducation.data.dataset import Dataset
    from aiducation.training import processes as workers
    from aiducation.training.study import check_trained, read_study, run_study

    planned = read_study(plan)
    if budget is None:
        refuse(context, "at_once", "small", why="goes with --budget only")
    else:
        refuse(context, "jobs", "until_epoch", why="does not go with --budget: each network is trained to its end")
        _study_within(planned, Dataset.load(data), out, budget, at_once=at_once, small=small, device=device)
        return
    if jobs > 1:
        until = [] if until_epoch is None else ["--until-epoch", until_epoch]
        words = ["study", plan, "--data", data, "--out", out, *until, "--device", device]
        workers.run_jobs([str(word) for word in words], jobs)
    else:
        with Bars() as bars:
            elsewhere = run_study(
                planned,
                Dataset.load(data),
                out,
                until=until_epoch,
                device=workers.own_device(device),
                on_run=lambda run, what: bars.note(f"{run.name}: {what}"),
                progress=lambda run: bars.images(run.name),
                on_epoch=lambda run, row: bars.epoch(run.name, run.config.epochs)(row),
            )
        if workers.is_one_of_several():
            return
        if elsewhere:
            note(f"{elsewhere} of {len(planned)} runs are left to the other processes that are training them.")
    check_trained(planned, out)
    say(out, next_command=command("report", out, "--out", "report"))


def _study_within(
    planned: list[PlannedRun], dataset: Dataset, out: Path, budget: float, *, at_once: int, small: bool, device: str
) -> None:
    from aiducation.training.within import run_within

    with Bars() as bars:
        finished = run_within(
            planned,
            dataset,
            out,
            seconds=budget,
            at_once=at_once,
            small=small,
            device=device,
            on_run=lambda run, what: bars.note(f"{run.name}: {what}"),
            on_epoch=lambda run, row: bars.epoch(run.name, run.config.epochs)(row),
        )
    print_line(f"{len(finished)} of {len(planned)} networks are finished.")
    if finished:
        say(out, next_command=command("report", out, "--out", "report"))


@app.command()
def report(
    runs: Annotated[Path, typer.Argument(help="A folder with runs, directly or in folders below it.")],
    out: Annotated[Path, typer.Option(help="Folder to write.")],
    groups: Annotated[
        Path | None, typer.Option(help="CSV with image numbers and groups, to report the accuracy for each group.")
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(help="A folder made by 'aiducation prepare', to report what the study said about its data, too."),
    ] = None,
    earlier: Annotated[
        Path | None,
        typer.Option(
            help="results.json of an earlier report, for the protocol and the folds if the runs behind them are gone."
        ),
    ] = None,
    csv_dialect: CsvDialect = "standard",
    force: Force = False,
) -> None:
    """Write the study report: one page with tables and figures."""
    from aiducation.data.dataset import Dataset
    from aiducation.study_report.study import write_study_report

    check_dialect(csv_dialect)
    check_out(out, force=force)
    prepared = None if data is None else Dataset.load(data)
    page = write_study_report(
        runs, out, groups=groups, data=prepared, earlier=earlier, csv_dialect=csv_dialect, force=force
    )
    say(page)

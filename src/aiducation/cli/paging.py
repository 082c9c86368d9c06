"""The command page: the page as a folder that needs no server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aiducation.cli.options import (
    Conditions,
    MinFace,
    MinGroup,
    Model,
    Possible,
    Priors,
    Threshold,
    View,
    app,
)
from aiducation.console import note
from aiducation.defaults import MIN_GROUP, VIEW
from aiducation.errors import require


@app.command()
def page(
    static: Annotated[Path, typer.Option("--static", help="Folder to write; an earlier page in it is replaced.")],
    class_server: Annotated[
        str | None,
        typer.Option(
            "--class",
            help="Address of an 'aiducation serve' whose classes visitors can join, such as https://lessons.school.example. "
            "They send numbers, no pictures. The server needs --class-page with the origin of this page.",
        ),
    ] = None,
    min_group: MinGroup = MIN_GROUP,
    min_face: MinFace = None,
    threshold: Threshold = None,
    priors: Priors = None,
    possible: Possible = None,
    conditions: Conditions = None,
    view: View = VIEW,
    model: Model = None,
) -> None:
    """Write the page as files for any web host: faces are found in the browser, and no picture leaves the device."""
    require("fastapi", "serve")
    from aiducation.web.page_folder import check_own, exchange, put_back
    from aiducation.web.settings import ServeSettings
    from aiducation.web.static_page import class_address
    from aiducation.web.static_page import page as made

    put_back(static.resolve())
    check_own(static)  # before the work
    settings = ServeSettings(
        min_group=min_group,
        model=model,
        threshold=threshold,
        priors=priors,
        possible=possible,
        conditions=conditions,
        view=view,
        min_face=min_face,
    )
    content = made(settings, class_server=class_address(class_server) if class_server else None)
    exchange(static.resolve(), content)
    print(static)
    size = sum(map(len, content.values())) / 1e6
    note(
        f"{len(content):,} files, {size:.1f} MB. Copy the folder to any web host that serves HTTPS; browsers give a camera "
        "to no other address but localhost."
    )

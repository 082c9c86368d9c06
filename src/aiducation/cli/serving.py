"""Commands about the page and about data on the disk: serve, privacy."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import webbrowser
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from aiducation.cli.devices import say_device
from aiducation.cli.options import (
    Conditions,
    Detector,
    FaceDevice,
    Json,
    MinFace,
    MinGroup,
    Model,
    Possible,
    Priors,
    Threshold,
    View,
    app,
)
from aiducation.console import command, fail, note, print_json, print_table, speak
from aiducation.defaults import DETECTOR, DEVICE, MIN_GROUP, VIEW
from aiducation.errors import require
from aiducation.temporary import delete_left_behind, temporaries
from aiducation.texts import ENGLISH, LANGUAGES
from aiducation.words import file_size


@app.command()
def serve(
    host: Annotated[
        str,
        typer.Option(
            help="Address to listen at. At any address that other machines can reach, clients must send a token."
        ),
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen at; 0 chooses a free one.")] = 8000,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page in the browser, or do not.")
    ] = True,
    language: Annotated[
        str, typer.Option(help=f"Language of the page: {', '.join(LANGUAGES)}. Default: the browser's.")
    ] = "",
    keep: Annotated[
        float, typer.Option(help="Minutes after which recordings and sessions that nobody has opened are deleted.")
    ] = 60,
    min_group: MinGroup = MIN_GROUP,
    min_face: MinFace = None,
    threshold: Threshold = None,
    priors: Priors = None,
    possible: Possible = None,
    conditions: Conditions = None,
    view: View = VIEW,
    detector: Detector = DETECTOR,
    model: Model = None,
    device: FaceDevice = DEVICE,
    token: Annotated[
        str,
        typer.Option(
            envvar="AIDUCATION_TOKEN",
            help="Token that clients must send. It is safer to set it as the environment variable AIDUCATION_TOKEN, "
            "because command lines can be seen in the list of processes. Default: a random token, if one is needed.",
        ),
    ] = "",
    allow_host: Annotated[
        list[str] | None,
        typer.Option(help="Additional host name under which clients may call the server; may be repeated."),
    ] = None,
    allow_origin: Annotated[
        list[str] | None,
        typer.Option(help="Origin of a web page that may use the API, such as http://localhost:3000; may be repeated."),
    ] = None,
    class_page: Annotated[
        list[str] | None,
        typer.Option(
            help="Origin of a page of 'aiducation page --static' whose visitors may join the classes of this server, such as "
            "https://school.example; may be repeated."
        ),
    ] = None,
    log: Annotated[
        str, typer.Option(help="Form of the log: text (what went wrong), or json (every request too; nobody is named).")
    ] = "text",
    root_path: Annotated[
        str,
        typer.Option(
            help="Path under which a proxy shows the page, such as /faces; needed only if the proxy does not send it."
        ),
    ] = "",
    allow_proxy: Annotated[
        list[str] | None,
        typer.Option(
            help="Address or network of a proxy on another machine whose X-Forwarded headers are trusted, such as "
            "10.0.0.5; may be repeated. Proxies on this machine are always trusted."
        ),
    ] = None,
) -> None:
    """Start the local web page for photos, recordings and live lessons, and the API behind it."""
    speak(language or ENGLISH)
    require("fastapi", "serve")
    require("uvicorn", "serve")
    require("python_multipart", "serve")
    from aiducation.vision.device_choice import choose_device
    from aiducation.web.server import serve as run
    from aiducation.web.settings import Limits, ServeSettings, is_loopback

    settings = ServeSettings(
        host=host,
        port=port,
        token=token,
        hosts=tuple(allow_host or ()),
        origins=tuple(allow_origin or ()),
        class_pages=tuple(class_page or ()),
        root_path=root_path,
        proxies=tuple(allow_proxy or ()),
        min_group=min_group,
        model=model,
        threshold=threshold,
        priors=priors,
        possible=possible,
        conditions=conditions,
        view=view,
        min_face=min_face,
        detector=detector,
        device=device,
        language=language,
        log=log,
        limits=replace(Limits(), keep_s=keep * 60),
    )

    def ready(there: str, here: str) -> None:
        print(there, flush=True)
        say_device(choose_device(device), packaged=model is None)
        note("Open this page in a browser. Stop with Ctrl-C: everything that was uploaded is deleted then.")
        if not is_loopback(host):
            note(
                "Other machines can reach this address. The connection is not encrypted: use it only in networks "
                "that you trust."
            )
        if here != there:
            note(f"On this machine open {here}, because browsers do not allow camera and screen under other addresses.")
        if not settings.token and (settings.root_path or settings.hosts or settings.proxies):
            note(
                "Everyone who can reach the proxy can use this server: set AIDUCATION_TOKEN, or let the proxy ask "
                "people to sign in."
            )
        if browser and _has_browser():
            webbrowser.open(here)

    signal.signal(signal.SIGINT, signal.default_int_handler)
    with suppress(KeyboardInterrupt):  # the usual end
        run(settings, on_ready=ready)
    if left := _left_behind():
        fail(
            f"Stopped, but not everything that was uploaded could be deleted: delete {' and '.join(map(str, left))} yourself.",
            1,
        )
    note("Stopped. Everything that was uploaded is deleted.")


def _left_behind() -> list[Path]:
    """What cannot be deleted of this server's folder, or of another's that was killed meanwhile. Looks twice, because a folder
    that a command makes just now has no lock for an instant."""
    above = Path(tempfile.gettempdir())
    dead = {one.path for one in temporaries(above) if not one.alive}
    delete_left_behind(above)
    return [one.path for one in temporaries(above) if one.path in dead and not one.alive]


def _has_browser() -> bool:
    """Whether there is a screen to open a browser on: a text browser would take over the terminal."""
    if not sys.stdout.isatty():
        return False
    return sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


@app.command()
def privacy(
    folders: Annotated[
        list[Path] | None, typer.Argument(help="Folders in which saved results are searched for as well.")
    ] = None,
    delete: Annotated[
        bool, typer.Option("--delete", help="Delete everything that is listed, except what is in use.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List what this tool has left on the disk: temporary folders and, in the folders that you name, results and
    unfinished files of killed commands."""
    from aiducation.web.traces import traces

    rows, entries, stuck = [], [], 0
    closed: list[OSError] = []
    for one in traces(folders or [], closed.append):
        gone = delete and one.delete()
        stuck += delete and not gone and not one.in_use
        rows.append([one.what, one.files, file_size(one.bytes), "deleted" if gone else "kept", str(one.path)])
        entries.append({**one.entry(), "deleted": gone})
    if as_json:
        print_json(entries)
    elif rows:
        print_table(["what", "files", "size", "", "where"], rows)
        if not delete and not all(entry["in_use"] for entry in entries):
            words = command("privacy", *(folders or []), "--delete")
            kept = ", except what is in use and is kept," if any(entry["in_use"] for entry in entries) else ""
            note(f"To delete everything that is listed{kept} for good, saved results included, run: {words}")
    else:
        note(
            "Nothing was found."
            if folders
            else "Nothing was found. To search for saved results as well, name their folders."
        )
    for error in closed:
        note(f"{error.filename} could not be searched: {error.strerror}.")
    if stuck:
        fail(f"{stuck:,} of these could not be deleted; delete what is listed as kept yourself.", 1)
    if closed:
        fail("Not every folder could be searched, so there may be more.", 1)

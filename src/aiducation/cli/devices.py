"""The command about devices: devices."""

from __future__ import annotations

from aiducation.cli.options import Json, app
from aiducation.console import note, print_json, print_table
from aiducation.texts import N_


@app.command()
def devices(as_json: Json = False) -> None:
    """List the cameras of this machine by name, as 'analyze' takes them: camera:0, or camera:NAME with a part of the name."""
    from aiducation.media.cameras import cameras

    found = cameras()
    if as_json:
        print_json({"cameras": [{"input": f"camera:{one.number}", "name": one.name} for one in found]})
    elif found:
        print_table([N_("input"), N_("name")], [[f"camera:{one.number}", one.name] for one in found])
    else:
        note("This machine has no camera that can be used.")

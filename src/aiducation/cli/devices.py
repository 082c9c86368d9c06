"""The command about devices: devices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiducation.cli.options import Json, app
from aiducation.console import note, print_json, print_line, print_table
from aiducation.texts import N_

if TYPE_CHECKING:
    from aiducation.vision.devices import Device


@app.command()
def devices(as_json: Json = False) -> None:
    """List where the networks can run, as --device takes it, and the cameras of this machine by name, as 'analyze' takes them:
    camera:0, or camera:NAME with a part of the name."""
    from aiducation.media.cameras import cameras
    from aiducation.vision.device_choice import choose_device, why_not
    from aiducation.vision.devices import DEVICES, hardware
    from aiducation.vision.runtime_builds import installed_builds, swap

    auto = choose_device()
    why = {name: why_not(name) for name in DEVICES}
    found = cameras()
    if as_json:
        there = [
            {
                "device": name,
                "usable": not why[name],
                "hardware": "" if why[name] else hardware(name),
                "network": "flagship.onnx" if kind.floats else "flagship-int8.onnx",
                "faces_at_a_time": kind.faces,
                "why_not": why[name],
            }
            for name, kind in DEVICES.items()
        ]
        print_json({
            "devices": there,
            "auto": auto.name,
            "onnx_runtime": installed_builds(),
            "note": auto.note,
            "cameras": [{"input": f"camera:{one.number}", "name": one.name} for one in found],
        })  # fmt: skip
        return
    print_table([N_("device"), N_("usable here"), N_("package"), N_("what it is")], [
        [name, f"no, {why[name]}" if why[name] else f"yes, {hardware(name)}".rstrip(", "), kind.wheel, kind.about]
        for name, kind in DEVICES.items()
    ])  # fmt: skip
    print_line(f"--device auto is {auto.name}.")
    if auto.note:
        note(auto.note)
    note(f"Only one of these packages can be installed at a time. To swap it, for example: {swap('onnxruntime-gpu')}")
    if found:
        print_line()
        print_table([N_("input"), N_("name")], [[f"camera:{one.number}", one.name] for one in found])
    else:
        note("This machine has no camera that can be used.")


def say_device(device: Device, *, packaged: bool) -> None:
    """Tell the user where the networks run, unless that is the processor and nobody could expect anything else.

    Args:
        device: what was chosen.
        packaged: whether the model is the one of the package, of which there are two files.
    """
    if device.note:
        note(device.note)
    if not device.on_cpu:
        note(f"The networks run on {device.words}.")
        if packaged and device.kind.floats:
            note(
                "There the model computes with 32-bit floats: about one answer in fifty differs from the processor's, where it "
                "computes with 8-bit integers."
            )

"""The choice of a device: the one that was asked for, or the best one that is there."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from aiducation.errors import ConfigError, unknown_name
from aiducation.texts import N_
from aiducation.vision.devices import AUTO, CPU, DEVICES, Device
from aiducation.vision.runtime_builds import STANDARD, several_builds, swap
from aiducation.vision.sessions import onnx_runtime, open_session


@lru_cache(maxsize=16)
def choose_device(name: str = AUTO) -> Device:
    """A device on which a network was opened.

    Whoever names a device gets it or an error: a term's recordings would otherwise take days on the processor. ``auto`` falls
    back to the processor; the device's ``note`` says so if a wheel for another one is installed.

    Args:
        name: "auto", a name of ``DEVICES``, or one with a number or name after a colon, such as "cuda:1" or "openvino:GPU".

    Raises:
        ConfigError: there is no such device, or it cannot be used.
    """
    kind, _, which = name.partition(":")
    if kind not in (AUTO, *DEVICES) or (which and kind in (AUTO, CPU, "coreml")):
        raise unknown_name("device", name, (AUTO, *DEVICES))
    if which and kind != "openvino" and not which.isdecimal():
        raise ConfigError(f"The device '{name}' needs a number after the colon, such as {kind}:1.")
    if kind != AUTO:
        return _opened(name)
    notes = [several] if (several := several_builds()) else []
    for one, entry in DEVICES.items():
        if one != CPU and entry.automatic and provider_of(one):
            try:
                return replace(_opened(one), note=" ".join(notes))
            except ConfigError as error:
                notes.append(str(error).partition(" Use --device")[0])
    return Device(note=" ".join((*notes, "The processor is used.")) if notes else "")


def provider_of(name: str) -> str:
    """What of a device's providers the installed build has, "" if none."""
    there = onnx_runtime().get_available_providers()
    return next((one for one in DEVICES[name.partition(":")[0]].providers if one in there), "")


def why_not(name: str) -> str:
    """Why a device cannot be used, "" if it can; ``choose_device`` says it at length."""
    if not provider_of(name):
        return N_("not in the installed build")
    try:
        choose_device(name)
    except ConfigError:
        return N_("could not be started")
    return ""


def _opened(name: str) -> Device:
    if name == CPU:
        return Device()
    provider, wheel = provider_of(name), DEVICES[name.partition(":")[0]].wheel
    if not provider:
        how = "ONNX Runtime has it on macOS only." if wheel == STANDARD else f"To use it, run: {swap(wheel)}"
        raise ConfigError(
            f"The device '{name}' is not in the installed build of ONNX Runtime. Use --device auto or cpu. "
            f"{several_builds(wheel) or how}"
        )
    device = Device(name, provider)
    open_session(_smallest(), threads=1, device=device)
    return device


@lru_cache(maxsize=1)
def _smallest() -> bytes:
    """A network that every device must be able to run: one of the package's own."""
    from aiducation.vision.classifier import default_model_path

    return default_model_path(floats=True).read_bytes()

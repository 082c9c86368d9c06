"""Model trial: a model of others is opened and run in a process of its own before it is used, with bounds on what it may take.

Opening a model already computes with it, and what it asks for stands in no header: a file of 200 bytes can ask for all memory,
never come to an end, or end the process. So that happens to a process that nobody misses.

This module is that process, too: ``python -m aiducation.vision.model_trial``, the model on its standard input.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from aiducation.errors import ModelFileError
from aiducation.preprocess import SIDE
from aiducation.vision.devices import FACES_ON_CPU as MOST_FACES

#: Bytes of memory that a model may take beside ONNX Runtime itself, with its weights, for ``MOST_FACES`` faces at a time.
MEMORY = 2 << 30

#: Seconds of a processor that it may take to be opened and to judge some faces, and seconds on a clock.
PROCESSOR_S, CLOCK_S = 120, 900

#: What a model may give beside its logits, and how many numbers for each face: the votes of FER+, and whether it is covered.
MORE_OUTPUTS = {"votes": 10, "covered": 1}

#: Numbers of faces that are tried.
_TRIED = (1, 3, MOST_FACES)

#: What the process says of itself where it ends well.
_FITS, _WHY = "fits", "why"


def try_model(content: bytes, path: Path) -> None:
    """Try a model whose content is known. Nothing is tried where there is no Python to start, as in some packed programs.

    Raises:
        ModelFileError: it cannot be opened, takes more than it may, or does not give what it must.
    """
    if not sys.executable:
        return
    home = str(Path(__file__).parents[2])
    places = os.pathsep.join(filter(None, (home, os.environ.get("PYTHONPATH"))))
    command = [sys.executable, "-m", __name__, str(MEMORY), str(PROCESSOR_S)]
    with tempfile.TemporaryDirectory() as empty:  # so that no file beside the model is found
        try:
            done = subprocess.run(
                command,
                input=content,
                capture_output=True,
                cwd=empty,
                env={**os.environ, "PYTHONPATH": places},
                timeout=CLOCK_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise ModelFileError(
                f"{path} cannot be used: it does not come to an end within {CLOCK_S:,} seconds."
            ) from error
    answer: dict[str, Any] = {}
    with suppress(ValueError):
        answer = json.loads(done.stdout.splitlines()[-1]) if done.stdout.strip() else {}
    if answer.get(_FITS):
        return
    why = answer.get(_WHY) or (
        f"cannot be used: it needs more than {MEMORY / 2**30:g} GiB of memory or {PROCESSOR_S:,} seconds of a processor for "
        f"{MOST_FACES} faces, or ends the process that uses it"
    )
    raise ModelFileError(f"{path} {why}.")


def wrong_signature(session: Any) -> str:
    """What of a model's inputs and outputs is not as it must be, half a sentence; "" if nothing."""
    inputs, outputs = session.get_inputs(), session.get_outputs()
    if [one.name for one in inputs] != ["faces"]:
        return f"its inputs are {_names(inputs)}, not one named faces"
    if inputs[0].type != "tensor(float)" or inputs[0].shape[1:] != [1, SIDE, SIDE] or len(inputs[0].shape) != 4:
        return f"it takes {inputs[0].type} {_shape(inputs[0])}, not tensor(float) (n, 1, {SIDE}, {SIDE})"
    if isinstance(inputs[0].shape[0], int):
        return f"it takes {inputs[0].shape[0]:,} faces at a time, not any number of them"
    if not outputs or any(one.type != "tensor(float)" for one in outputs):
        return f"its outputs are {_names(outputs)}, not one tensor(float)"
    for one in outputs[1:]:
        if list(one.shape[1:]) != [MORE_OUTPUTS.get(one.name)] or len({o.name for o in outputs}) < len(outputs):
            known = ", ".join(f"{name!r} (n, {width})" for name, width in MORE_OUTPUTS.items())
            return f"its outputs after the first are {_names(outputs[1:])}; they can be {known}"
    return ""


def wrong_answer(answer: Any, faces: int, outcomes: int | None = None) -> str:
    """What of a model's answer is not as it must be, half a sentence; "" if nothing.

    Args:
        answer: what it gave.
        faces: how many it was given.
        outcomes: columns that the answer must have; None for any.
    """
    if not isinstance(answer, np.ndarray) or answer.dtype != np.float32:
        return f"it gives {getattr(answer, 'dtype', type(answer).__name__)} where 32-bit numbers are asked for"
    if answer.ndim != 2 or len(answer) != faces or (outcomes is not None and answer.shape[1] != outcomes):
        columns = "k" if outcomes is None else outcomes
        return f"it gives scores of shape {answer.shape} for {faces} faces, not ({faces}, {columns})"
    return "" if np.isfinite(answer).all() else "it gives scores that are not numbers (NaN or infinite)"


def short_reason(error: Exception) -> str:
    """What ONNX Runtime says, in one short line."""
    text = re.sub(r"^\[ONNXRuntimeError\] : \d+ : \w+ : ", "", " ".join(str(error).split()))
    if any(words in text.lower() for words in ("alloc", "memory")):
        return f"it needs more than {MEMORY / 2**30:g} GiB of memory"
    return (text.rpartition("failed:")[2].strip() or text)[:200].rstrip(". ") or type(error).__name__


def _names(values: list[Any]) -> str:
    return ", ".join(f"{one.name[:40]!r} ({one.type})" for one in values[:5]) or "none"


def _shape(value: Any) -> str:
    return "(" + ", ".join(str(side)[:20] for side in value.shape[:6]) + ")"


def _tried(content: bytes) -> str:
    """What is wrong with a model, to follow its name; "" if nothing. Its description is read later, by others."""
    from aiducation.vision.sessions import open_session

    try:
        session = open_session(content, threads=1)
    except Exception as error:  # ONNX Runtime raises its own classes, which differ between releases
        return f"cannot be opened as an ONNX model: it is damaged or not an ONNX file ({short_reason(error)})"
    if wrong_signature(session):
        return ""
    rng = np.random.default_rng(0)
    for faces in _TRIED:
        for picture in (np.zeros((faces, 1, SIDE, SIDE)), rng.random((faces, 1, SIDE, SIDE))):
            try:
                answers = session.run(None, {"faces": picture.astype(np.float32)})
            except Exception as error:
                return f"cannot be used: it fails for {faces} faces ({short_reason(error)})"
            for answer in answers:
                if why := wrong_answer(answer, faces):
                    return f"cannot be used: {why}"
    return ""


def _bound(memory: int, processor_s: int) -> None:
    """Bound what this process may take from now on, where the system can: Windows does not."""
    from aiducation.vision.sessions import onnx_runtime

    onnx_runtime()
    try:
        import resource

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except (ImportError, OSError, ValueError):
        return
    size = pages * resource.getpagesize() + memory
    for what, most in (
        (resource.RLIMIT_AS, size),
        (resource.RLIMIT_CPU, processor_s),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(OSError, ValueError):
            resource.setrlimit(what, (most, most))


def _main() -> None:
    _bound(int(sys.argv[1]), int(sys.argv[2]))
    try:
        why = _tried(sys.stdin.buffer.read())
    except MemoryError:
        why = f"cannot be used: it needs more than {MEMORY / 2**30:g} GiB of memory"
    sys.stdout.write(json.dumps({_FITS: not why, _WHY: why}) + "\n")
    sys.stdout.flush()
    os._exit(0)  # whatever the model left behind


if __name__ == "__main__":
    _main()

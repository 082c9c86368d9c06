"""The classifier: aligned faces in, probabilities of the five outcomes out, through ONNX Runtime."""

from __future__ import annotations

import os
import stat
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from aiducation.errors import AiducationError, ModelFileError
from aiducation.model_info import METADATA_KEY, ModelInfo
from aiducation.preprocess import to_input
from aiducation.processors import processor_threads
from aiducation.states import EMOTIONS, OUTCOMES
from aiducation.vision.answers import Answers, logit
from aiducation.vision.devices import Device
from aiducation.vision.model_trial import MORE_OUTPUTS, short_reason, try_model, wrong_answer, wrong_signature
from aiducation.vision.sessions import in_threads, onnx_runtime, open_session, threads_here

#: Faces a step: fewer are not worth a thread of their own. How many at most depends on the device.
_LEAST = 4

#: Bytes that a model's file may have.
MOST_BYTES = 1 << 30

#: With which a model names another file that holds its weights (the key of an entry of TensorProto.external_data).
_OTHER_FILE = b"\x0a\x08location"


def default_model_path(*, floats: bool = False) -> Path:
    """The model that the package carries: the flagship with 8-bit integers inside, or its twin in 32-bit floats, for devices that
    compute with those; MODEL_CARD.md compares them."""
    return Path(str(files("aiducation") / "weights" / ("flagship.onnx" if floats else "flagship-int8.onnx")))


class Classifier:
    """A trained model in an ``.onnx`` file that ``aiducation export`` wrote.

    A file that is none of the package's own is tried first, see ``model_trial``: it may take 2 GiB of memory.

    Args:
        path: the file; None takes the model that the package carries.
        threads: processor threads; 0 for as many as the process may keep busy.
        device: where the network runs, what ``choose_device`` gave; None for the processor.

    Attributes:
        info: what the model expects and means.

    Raises:
        ModelFileError: the file is missing, damaged, not one of ours, or takes more than it may.
        ConfigError: the device cannot run it.
    """

    def __init__(self, path: Path | None = None, *, threads: int = 0, device: Device | None = None) -> None:
        self._device = device or Device()
        self.path = path or default_model_path(floats=self._device.kind.floats)
        self._session = _open(self.path, self._device)
        self._threads = threads or processor_threads()
        try:
            text = self._session.get_modelmeta().custom_metadata_map.get(METADATA_KEY)
        except UnicodeDecodeError as error:
            raise ModelFileError(f"{self.path}: the model's description cannot be read: it is not UTF-8.") from error
        if text is None:
            raise ModelFileError(f"{self.path} is not a model of this package: it has no description.")
        try:
            self.info = ModelInfo.from_json(text)
        except ModelFileError as error:
            raise ModelFileError(f"{self.path}: {error}") from error
        _check_shapes(self._session, self.info, self.path)
        self._names = ("logits", *(one.name for one in self._session.get_outputs()[1:]))

    def logits(self, faces: np.ndarray) -> np.ndarray:
        """(N, K) float32 logits of the model's own outcomes for (N, 48, 48) uint8 aligned faces.

        Raises:
            ModelFileError: the model fails, or gives something else.
        """
        return self._outputs(faces)["logits"]

    def vote_logits(self, faces: np.ndarray) -> np.ndarray | None:
        """(N, 10) float32 logits of the votes of FER+ for (N, 48, 48) uint8 aligned faces; None if the model has no votes."""
        return self._outputs(faces).get("votes")

    def answers(self, faces: np.ndarray) -> Answers:
        """Everything that the network says of (N, 48, 48) uint8 aligned faces.

        Raises:
            ModelFileError: see ``logits``.
        """
        made = self._outputs(faces)
        votes, covered = np.full((len(faces), len(EMOTIONS)), np.nan, np.float32), np.zeros(len(faces), dtype=bool)
        if "votes" in made:
            votes = _softmax(made["votes"] / self.info.vote_temperature)[:, : len(EMOTIONS)]
        if "covered" in made and (at := self.info.cover_threshold):
            covered = made["covered"][:, 0] > logit(at)
        return Answers(probs=self.to_probs(made["logits"]), votes=votes, covered=covered)

    def _outputs(self, faces: np.ndarray) -> dict[str, np.ndarray]:
        """Every output of the network by its name; the first is always called "logits" here."""
        inputs = to_input(faces)
        size = self._device.batch(len(inputs), threads_here(self._threads), _LEAST)
        batches = [inputs[i : i + size] for i in range(0, len(inputs), size)]
        made = in_threads(self._threads, self._run, batches)
        widths = {"logits": len(self.info.outcomes), **{name: MORE_OUTPUTS[name] for name in self._names[1:]}}
        if not made:
            return {name: np.zeros((0, width), np.float32) for name, width in widths.items()}
        return {name: np.concatenate(parts) for name, parts in zip(widths, zip(*made, strict=True), strict=True)}

    def _run(self, batch: np.ndarray) -> list[np.ndarray]:
        filled = np.zeros((self._device.filled(len(batch)), *batch.shape[1:]), batch.dtype)
        filled[: len(batch)] = batch
        try:
            answers = [one[: len(batch)] for one in self._session.run(None, {"faces": filled})]
        except AiducationError:
            raise  # the fault of device or process, not the model's
        except Exception as error:  # ONNX Runtime raises its own classes, which differ between releases
            raise ModelFileError(f"{self.path} failed for {len(batch)} faces: {short_reason(error)}.") from error
        for name, answer in zip(self._names, answers, strict=True):
            if why := wrong_answer(answer, len(batch), MORE_OUTPUTS.get(name, len(self.info.outcomes))):
                raise ModelFileError(f"{self.path} cannot be used: {why}.")
        return list(map(np.asarray, answers))

    def probs(self, faces: np.ndarray) -> np.ndarray:
        """(N, 5) float32 probabilities in the order of ``OUTCOMES``; a model without "other" gives it 0.

        Args:
            faces: (N, 48, 48) uint8, as ``alignment.aligned_faces`` gives them.

        Raises:
            ModelFileError: see ``logits``.
        """
        return self.to_probs(self.logits(faces))

    def to_probs(self, logits: np.ndarray) -> np.ndarray:
        """(N, 5) float32 probabilities in the order of ``OUTCOMES`` for what ``logits`` gave."""
        chances = _softmax(logits / self.info.temperature)
        probs = np.zeros((len(logits), len(OUTCOMES)), np.float32)
        probs[:, : chances.shape[1]] = chances
        return probs


def _softmax(logits: np.ndarray) -> np.ndarray:
    chances = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(chances / chances.sum(axis=1, keepdims=True))


@lru_cache(maxsize=4)
def _session(path: Path, state: tuple[int, int], device: Device, process: int) -> Any:
    """One session a file, state of it and process: opening takes longer than a photo."""
    onnx_runtime()  # a model is not blamed for what is missing
    content = path.read_bytes()
    if path.parent != default_model_path().parent:  # the package's own are known
        if _OTHER_FILE in content:
            raise ModelFileError(
                f"{path} keeps its weights in another file; one file must hold all: export it again with 'aiducation export'."
            )
        try_model(content, path)
    try:
        return open_session(content, threads=1, device=device)
    except AiducationError:
        raise
    except Exception as error:  # ONNX Runtime raises its own classes, which differ between releases
        raise ModelFileError(f"{path} cannot be opened as an ONNX model: it is damaged or not an ONNX file.") from error


def _open(path: Path, device: Device) -> Any:
    try:
        state = path.stat()
    except (OSError, ValueError) as error:
        raise ModelFileError(f"There is no model at {path}; name one that 'aiducation export' wrote.") from error
    if not stat.S_ISREG(state.st_mode):
        raise ModelFileError(f"{path} is not a file; name a model that 'aiducation export' wrote.")
    if not 0 < state.st_size <= MOST_BYTES:
        size = f"has {state.st_size:,} bytes, more than the {MOST_BYTES:,} that a model may have"
        raise ModelFileError(
            f"{path} {size if state.st_size else 'is empty'}; name a model that 'aiducation export' wrote."
        )
    try:
        return _session(path.absolute(), (state.st_mtime_ns, state.st_size), device, os.getpid())
    except OSError as error:
        raise ModelFileError(f"{path} cannot be read: {error.strerror or error}.") from error


def _check_shapes(session: Any, info: ModelInfo, path: Path) -> None:
    why, columns = wrong_signature(session), session.get_outputs()[0].shape[1:] if session.get_outputs() else []
    if not why and columns != [len(info.outcomes)]:
        why = f"it gives {columns} scores for {len(info.outcomes)} outcomes"
    if why:
        raise ModelFileError(f"{path}: the network does not fit its description: {why}. Export it again.")

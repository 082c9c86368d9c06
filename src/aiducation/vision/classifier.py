"""The classifier: aligned faces in, probabilities of the five outcomes out, through ONNX Runtime."""

from __future__ import annotations

import stat
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from aiducation.errors import ModelFileError
from aiducation.model_info import METADATA_KEY, ModelInfo
from aiducation.preprocess import to_input
from aiducation.processors import processor_threads
from aiducation.states import OUTCOMES
from aiducation.vision.model_trial import MOST_FACES, short_reason, try_model, wrong_answer, wrong_signature
from aiducation.vision.sessions import in_threads, open_session

#: Faces a step: more gain nothing and take memory, fewer are not worth a thread of their own.
_MOST, _LEAST = MOST_FACES, 4

#: Bytes that a model's file may have.
MOST_BYTES = 1 << 30

#: With which a model names another file that holds its weights (the key of an entry of TensorProto.external_data).
_OTHER_FILE = b"\x0a\x08location"


def default_model_path() -> Path:
    """The model that the package carries: the flagship with 8-bit integers inside. Its twin in floats, ``flagship.onnx``, lies
    beside it; MODEL_CARD.md compares them."""
    return Path(str(files("aiducation") / "weights" / "flagship-int8.onnx"))


class Classifier:
    """A trained model in an ``.onnx`` file that ``aiducation export`` wrote.

    A file that is none of the package's own is tried first, see ``model_trial``: it may take 2 GiB of memory.

    Args:
        path: the file; None takes the model that the package carries.
        threads: processor threads; 0 for as many as the process may keep busy.

    Attributes:
        info: what the model expects and means.

    Raises:
        ModelFileError: the file is missing, damaged, not one of ours, or takes more than it may.
    """

    def __init__(self, path: Path | None = None, *, threads: int = 0) -> None:
        self.path = path or default_model_path()
        self._session = _open(self.path)
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

    def logits(self, faces: np.ndarray) -> np.ndarray:
        """(N, K) float32 logits of the model's own outcomes for (N, 48, 48) uint8 aligned faces.

        Raises:
            ModelFileError: the model fails, or gives something else.
        """
        inputs = to_input(faces)
        size = min(max(-(-len(inputs) // self._threads), _LEAST), _MOST)
        batches = [inputs[i : i + size] for i in range(0, len(inputs), size)]
        made = in_threads(self._threads, self._run, batches)
        return np.concatenate(made) if made else np.zeros((0, len(self.info.outcomes)), np.float32)

    def _run(self, batch: np.ndarray) -> np.ndarray:
        try:
            answer = self._session.run(None, {"faces": batch})[0]
        except Exception as error:  # ONNX Runtime raises its own classes, which differ between releases
            raise ModelFileError(f"{self.path} failed for {len(batch)} faces: {short_reason(error)}.") from error
        if why := wrong_answer(answer, len(batch), len(self.info.outcomes)):
            raise ModelFileError(f"{self.path} cannot be used: {why}.")
        return np.asarray(answer)

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
        logits = logits / self.info.temperature
        chances = np.exp(logits - logits.max(axis=1, keepdims=True))
        chances /= chances.sum(axis=1, keepdims=True)
        probs = np.zeros((len(logits), len(OUTCOMES)), np.float32)
        probs[:, : chances.shape[1]] = chances
        return probs


@lru_cache(maxsize=4)
def _session(path: Path, state: tuple[int, int]) -> Any:
    """One session a file and state of it: opening takes longer than a photo."""
    content = path.read_bytes()
    if path.parent != default_model_path().parent:  # the package's own are known
        if _OTHER_FILE in content:
            raise ModelFileError(
                f"{path} keeps its weights in another file; one file must hold all: export it again with 'aiducation export'."
            )
        try_model(content, path)
    try:
        return open_session(content, threads=1)
    except Exception as error:  # ONNX Runtime raises its own classes, which differ between releases
        raise ModelFileError(f"{path} cannot be opened as an ONNX model: it is damaged or not an ONNX file.") from error


def _open(path: Path) -> Any:
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
        return _session(path.absolute(), (state.st_mtime_ns, state.st_size))
    except OSError as error:
        raise ModelFileError(f"{path} cannot be read: {error.strerror or error}.") from error


def _check_shapes(session: Any, info: ModelInfo, path: Path) -> None:
    why, columns = wrong_signature(session), session.get_outputs()[0].shape[1:] if session.get_outputs() else []
    if not why and columns != [len(info.outcomes)]:
        why = f"it gives {columns} scores for {len(info.outcomes)} outcomes"
    if why:
        raise ModelFileError(f"{path}: the network does not fit its description: {why}. Export it again.")

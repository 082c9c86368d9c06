"""The classifier: aligned faces in, probabilities of the five outcomes out, through ONNX Runtime."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from aiducation.errors import ModelFileError
from aiducation.model_info import METADATA_KEY, ModelInfo
from aiducation.preprocess import to_input
from aiducation.states import OUTCOMES
from aiducation.vision.processors import processor_threads
from aiducation.vision.sessions import in_threads, open_session

#: Faces a step: more gain nothing and take memory, fewer are not worth a thread of their own.
_MOST, _LEAST = 64, 4


def default_model_path() -> Path:
    """The model that the package carries: the flagship with 8-bit integers inside. Its twin in floats, ``flagship.onnx``, lies
    beside it; MODEL_CARD.md compares them."""
    return Path(str(files("aiducation") / "weights" / "flagship-int8.onnx"))


class Classifier:
    """A trained model in an ``.onnx`` file that ``aiducation export`` wrote.

    Args:
        path: the file; None takes the model that the package carries.
        threads: processor threads; 0 for as many as the process may keep busy.

    Attributes:
        info: what the model expects and means.

    Raises:
        ModelFileError: the file is missing, damaged, or not one of ours.
    """

    def __init__(self, path: Path | None = None, *, threads: int = 0) -> None:
        self.path = path or default_model_path()
        self._session = _open(self.path)
        self._threads = threads or processor_threads()
        text = self._session.get_modelmeta().custom_metadata_map.get(METADATA_KEY)
        if text is None:
            raise ModelFileError(f"{self.path} is not a model of this package: it carries no description.")
        try:
            self.info = ModelInfo.from_json(text)
        except ModelFileError as error:
            raise ModelFileError(f"{self.path}: {error}") from error
        _check_shapes(self._session, self.info, self.path)

    def logits(self, faces: np.ndarray) -> np.ndarray:
        """(N, K) float32 logits of the model's own outcomes for (N, 48, 48) uint8 aligned faces."""
        inputs = to_input(faces)
        size = min(max(-(-len(inputs) // self._threads), _LEAST), _MOST)
        batches = [inputs[i : i + size] for i in range(0, len(inputs), size)]
        made = in_threads(self._threads, lambda batch: self._session.run(None, {"faces": batch})[0], batches)
        return np.concatenate(made) if made else np.zeros((0, len(self.info.outcomes)), np.float32)

    def probs(self, faces: np.ndarray) -> np.ndarray:
        """(N, 5) float32 probabilities in the order of ``OUTCOMES``; a model without "other" gives it 0.

        Args:
            faces: (N, 48, 48) uint8, as ``alignment.aligned_faces`` gives them.
        """
        logits = self.logits(faces) / self.info.temperature
        chances = np.exp(logits - logits.max(axis=1, keepdims=True))
        chances /= chances.sum(axis=1, keepdims=True)
        probs = np.zeros((len(faces), len(OUTCOMES)), np.float32)
        probs[:, : chances.shape[1]] = chances
        return probs


@lru_cache(maxsize=4)
def _session(path: str, changed: float) -> Any:
    return open_session(path, threads=1)


def _open(path: Path) -> Any:
    """One session a file: opening takes longer than a photo."""
    try:
        changed = path.stat().st_mtime
    except OSError as error:
        raise ModelFileError(f"There is no model at {path}; name one that 'aiducation export' wrote.") from error
    try:
        return _session(str(path), changed)
    except Exception as error:  # ONNX Runtime raises its own classes, which differ between releases
        raise ModelFileError(f"{path} cannot be opened as an ONNX model: it is damaged or something else.") from error


def _check_shapes(session: Any, info: ModelInfo, path: Path) -> None:
    inputs, outputs = session.get_inputs(), session.get_outputs()
    fits = (
        [i.name for i in inputs] == ["faces"]
        and inputs[0].type == "tensor(float)"
        and inputs[0].shape[1:] == [1, info.side, info.side]
        and len(outputs) == 1
        and outputs[0].shape[1:] == [len(info.outcomes)]
    )
    if not fits:
        raise ModelFileError(f"{path}: the network does not fit its description; export it again.")

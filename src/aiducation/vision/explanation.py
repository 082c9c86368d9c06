"""Explanation: which parts of a face spoke for a state. Class activation maps and occlusion; both say what moved the model, not
whether it is right.

The network sees a face as 6 x 6 places, each of which knows much of its surroundings. A map with 36 values allows no fine claims:
"the region of the mouth" at best, never "this corner of the lip".
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import lru_cache

import numpy as np

from aiducation.errors import ShapeError, unknown_name
from aiducation.preprocess import SIDE
from aiducation.signature import GENERATOR
from aiducation.vision.classifier import Classifier
from aiducation.vision.last_layer import LastLayer

#: Side of the patch that covers part of a face, and how far it moves, in pixels of 48.
_PATCH, _STEP = 12, 6

#: Colours of what speaks against and for a state; both are told apart with any common colour vision.
#: Source: M. Okabe and K. Ito, "Color Universal Design" (2008): blue and vermilion.
AGAINST, FOR = (0, 114, 178), (213, 94, 0)

#: How much of the face is hidden by the strongest colour, and the side of a picture in pixels.
_STRONGEST, _PICTURE_SIDE = 0.6, 192


def explain(
    classifier: Classifier, faces: np.ndarray, *, outcome: str | None = None, method: str = "activation"
) -> np.ndarray:
    """Maps of what spoke for a state, one for each face.

    Args:
        classifier: the model.
        faces: (N, 48, 48) uint8 aligned faces, as ``alignment.aligned_faces`` gives them.
        outcome: one of ``OUTCOMES``; None takes the most probable one of each face.
        method: a name of ``EXPLANATIONS``.

    Returns:
        (N, 48, 48) float32 in logits: above 0 speaks for the outcome, below 0 against it.

    Raises:
        ConfigError: there is no such outcome or method.
        ModelFileError: the model has no maps, see ``last_layer``; "occlusion" works for any model.
        ShapeError: the faces have another shape or type.
    """
    check_wanted(classifier, outcome, method)
    if faces.ndim != 3 or faces.shape[1:] != (SIDE, SIDE) or faces.dtype != np.uint8:
        raise ShapeError(f"Faces must be (N, {SIDE}, {SIDE}) uint8, got {faces.shape} {faces.dtype}.")
    known = classifier.info.outcomes
    which = (
        classifier.logits(faces).argmax(axis=1) if outcome is None else np.full(len(faces), known.index(outcome))
    ).astype(np.int64)
    return EXPLANATIONS[method](classifier, faces, which)


def check_wanted(classifier: Classifier, outcome: str | None, method: str) -> None:
    """Make sure that there are such maps; see ``explain``.

    Raises:
        ConfigError: there is no such outcome or method.
    """
    if method not in EXPLANATIONS:
        raise unknown_name("explanation", method, EXPLANATIONS)
    if outcome is not None and outcome not in classifier.info.outcomes:
        raise unknown_name("state", outcome, classifier.info.outcomes)


def activation_maps(layer: LastLayer, faces: np.ndarray, which: np.ndarray) -> np.ndarray:
    """(N, h, w) float32 class activation maps, exact for a network whose last layer is linear in means over places.

    The mean of a map is what the face adds to the logit of the outcome, above the mean of all outcomes; what all outcomes share
    changes no probability.

    Args:
        layer: the last layer.
        faces: (N, 48, 48) uint8.
        which: (N,) index of the outcome in the model's own outcomes.

    Raises:
        ModelFileError: the network has no maps.

    Source: B. Zhou, A. Khosla, A. Lapedriza, A. Oliva, A. Torralba, "Learning Deep Features for Discriminative Localization",
    CVPR 2016.
    """
    maps = layer.maps(faces)
    apart = (layer.weights - layer.weights.mean(axis=0))[which] / np.float32(layer.info.temperature)
    side = max(one.shape[2] for one in maps)
    total, start = np.zeros((len(faces), side, side), np.float32), 0
    for one in maps:  # adapted models take maps of several stages; the finest says how many places there are
        part = np.einsum("nf,nfhw->nhw", apart[:, start : start + one.shape[1]], one)
        total += np.repeat(np.repeat(part, side // one.shape[2], axis=1), side // one.shape[3], axis=2)
        start += one.shape[1]
    return total


@lru_cache(maxsize=2)
def last_layer(classifier: Classifier) -> LastLayer:
    """The last layer of a classifier; opening it takes longer than a face."""
    return LastLayer.of(classifier)


def _activation(classifier: Classifier, faces: np.ndarray, which: np.ndarray) -> np.ndarray:
    return enlarged(activation_maps(last_layer(classifier), faces, which))


def _occlusion(classifier: Classifier, faces: np.ndarray, which: np.ndarray) -> np.ndarray:
    """How much the outcome loses, in logits above their mean, where a gray patch covers the face.

    Source: M. Zeiler and R. Fergus, "Visualizing and Understanding Convolutional Networks", ECCV 2014.
    """
    starts = range(0, SIDE - _PATCH + 1, _STEP)
    before = _apart(classifier, faces, which)
    lost, times = np.zeros(faces.shape, np.float32), np.zeros((SIDE, SIDE), np.float32)
    gray = faces.mean(axis=(1, 2)).round().astype(np.uint8)
    for top in starts:
        for left in starts:
            covered = faces.copy()
            covered[:, top : top + _PATCH, left : left + _PATCH] = gray[:, None, None]
            less = before - _apart(classifier, covered, which)
            lost[:, top : top + _PATCH, left : left + _PATCH] += less[:, None, None]
            times[top : top + _PATCH, left : left + _PATCH] += 1
    return lost / times


def _apart(classifier: Classifier, faces: np.ndarray, which: np.ndarray) -> np.ndarray:
    logits = classifier.logits(faces) / classifier.info.temperature
    return np.asarray(logits[np.arange(len(faces)), which] - logits.mean(axis=1))


#: Ways to explain: name -> function of classifier, faces (N, 48, 48) and indices of outcomes (N,) that gives (N, 48, 48) maps.
EXPLANATIONS: dict[str, Callable[[Classifier, np.ndarray, np.ndarray], np.ndarray]] = {
    "activation": _activation,
    "occlusion": _occlusion,
}


def enlarged(maps: np.ndarray) -> np.ndarray:
    """(N, 48, 48) of (N, h, w) maps, with straight lines between the centres of the places."""
    made = np.asarray(maps, dtype=np.float32)
    for axis in (1, 2):
        n = made.shape[axis]
        at = np.clip((np.arange(SIDE) + 0.5) * n / SIDE - 0.5, 0, n - 1)
        low = np.minimum(at.astype(int), max(n - 2, 0))
        high = np.minimum(low + 1, n - 1)
        part = (at - low).astype(np.float32)
        part = part[:, None] if axis == 1 else part
        made = np.take(made, low, axis) * (1 - part) + np.take(made, high, axis) * part
    return made


def overlay(face: np.ndarray, values: np.ndarray) -> np.ndarray:
    """A face with its map in colours: vermilion spoke for the state, blue against it.

    Args:
        face: (48, 48) uint8.
        values: (48, 48) of ``explain``; the largest of them gets the full colour.

    Returns:
        (192, 192, 3) uint8 RGB.
    """
    from PIL import Image

    size = (_PICTURE_SIDE, _PICTURE_SIDE)
    gray = np.asarray(Image.fromarray(face).resize(size, Image.Resampling.BICUBIC), dtype=np.float32)
    wide = np.asarray(Image.fromarray(values.astype(np.float32)).resize(size, Image.Resampling.BICUBIC))
    top = float(np.abs(values).max())
    share = np.clip(np.abs(wide) / top, 0, 1)[..., None] * _STRONGEST if top > 0 else np.zeros((*size, 1))
    colour = np.where(wide[..., None] > 0, np.array(FOR, np.float32), np.array(AGAINST, np.float32))
    return np.asarray(np.clip(gray[..., None] * (1 - share) + colour * share, 0, 255).round(), dtype=np.uint8)


def overlay_png(face: np.ndarray, values: np.ndarray) -> bytes:
    """``overlay`` as the content of a PNG file, for pages and reports; its only metadata is the signature."""
    from PIL import Image, PngImagePlugin

    file, about = io.BytesIO(), PngImagePlugin.PngInfo()
    about.add_text("Software", GENERATOR)
    Image.fromarray(overlay(face, values)).save(file, "PNG", pnginfo=about)
    return file.getvalue()

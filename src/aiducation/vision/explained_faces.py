"""Explained faces: the faces of photos with their maps, as pictures and numbers in a folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from aiducation.errors import DataFileError
from aiducation.files import new_folder, write_bytes, write_json
from aiducation.media.inputs import PHOTO, File, Input, LeftOut, Nothing, find_inputs
from aiducation.media.photos import read_photo
from aiducation.observations.decision import decide
from aiducation.observations.faces import Faces
from aiducation.observations.outcomes import merge, outcomes_of
from aiducation.preprocess import SIDE
from aiducation.signature import GENERATOR
from aiducation.states import OUTCOMES, VIEWS
from aiducation.texts import N_
from aiducation.vision.alignment import aligned_faces
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.classifier import Classifier
from aiducation.vision.explanation import explain, overlay_png
from aiducation.vision.own_faces import framed

#: Side of the places whose means a JSON has.
_PLACES = 6

#: Why a photo, or what is none, is left out.
_NO_FACE = N_("no face was found that can be seen well enough")
_RECORDING = N_("a recording; only the faces of photos are explained")
_CAMERA = N_("a camera or a screen; only the faces of photos are explained")


@dataclass(frozen=True, kw_only=True)
class CutFaces:
    """Faces that were cut out of photos.

    Attributes:
        faces: (N, 48, 48) uint8 aligned faces.
        sources: N files, and ``numbers``: N numbers of the face in its photo, as in an analysis.
        probs: (N, 5) probabilities of the analysis, under its assumptions.
        photos: how many photos were read.
        skipped: a line for each input that has no faces, with the reason.
        left_out: what is in folders and not for an analysis, such as own results.
    """

    faces: np.ndarray
    sources: tuple[str, ...]
    numbers: tuple[int, ...]
    probs: np.ndarray
    photos: int
    skipped: tuple[str, ...]
    left_out: tuple[LeftOut, ...]


def faces_of_photos(analyzer: Analyzer, names: Sequence[str]) -> CutFaces:
    """Every face that an analysis of the photos would judge; a picture of 48x48 pixels is a face."""
    faces: list[np.ndarray] = []
    sources: list[str] = []
    numbers: list[int] = []
    probs: list[np.ndarray] = []
    skipped: list[str] = []
    inputs = find_inputs(list(names))
    left_out = tuple(one for one in inputs if isinstance(one, LeftOut))
    photos = 0
    for one in inputs:
        if isinstance(one, LeftOut):
            continue
        if not isinstance(one, File) or one.kind != PHOTO:
            skipped.append(_no_photo(one))
            continue
        try:
            image = read_photo(one.path)
        except DataFileError as error:
            skipped.append(f"{one.path}: {error}")
            continue
        photos += 1
        if image.shape[:2] == (SIDE, SIDE):
            found, which = framed(analyzer, image)[None], [0]
            given = analyzer.assumptions.apply(analyzer.classifier.probs(found))
        else:
            seen = analyzer.photo(image)
            which = [i for i, why in enumerate(seen.reasons) if not why or not np.isnan(seen.probs[i]).any()]
            found, given = aligned_faces(image, seen.detections)[which], seen.probs[which]
            if not which:
                skipped.append(f"{one.path}: {_NO_FACE}")
        faces += list(found)
        probs += list(given)
        sources += [str(one.path)] * len(which)
        numbers += which
    array = np.array(faces) if faces else np.zeros((0, SIDE, SIDE), np.uint8)
    return CutFaces(
        faces=array,
        sources=tuple(sources),
        numbers=tuple(numbers),
        probs=np.array(probs, np.float32).reshape(-1, len(OUTCOMES)),
        photos=photos,
        skipped=tuple(skipped),
        left_out=left_out,
    )


def _no_photo(one: Input) -> str:
    """Why an input other than a photo is passed over."""
    if isinstance(one, Nothing):
        return one.why
    return f"{one.path}: {_RECORDING}" if isinstance(one, File) else f"{one.name}: {_CAMERA}"


def explained_faces(analyzer: Analyzer, image: np.ndarray, faces: Faces) -> dict[int, bytes]:
    """Number of each face of a photo that was given an outcome -> PNG of what spoke for it.

    Where the view merges outcomes, as in "calm", that is the most probable of them.

    Args:
        analyzer: which saw the photo.
        image: (H, W, 3) uint8 RGB, the photo.
        faces: what was seen.
    """
    named = [
        _most_probable(VIEWS[faces.view].get(state, ()), probs, analyzer.classifier)
        for state, probs in zip(faces.states, faces.probs, strict=True)
    ]
    some = [i for i, outcome in enumerate(named) if outcome]
    if not some:
        return {}
    cut = aligned_faces(image, faces.detections)[some]
    made: dict[int, bytes] = {}
    for outcome in sorted({named[i] for i in some}):
        rows = [k for k, i in enumerate(some) if named[i] == outcome]
        maps = explain(analyzer.classifier, cut[rows], outcome=outcome)
        made |= {some[k]: overlay_png(cut[k], values) for k, values in zip(rows, maps, strict=True)}
    return dict(sorted(made.items()))


def write_explanations(
    analyzer: Analyzer,
    cut: CutFaces,
    out: Path,
    *,
    outcome: str | None = None,
    method: str = "activation",
    force: bool = False,
) -> list[dict[str, Any]]:
    """Write a picture for each face, and ``explanations.json`` with the means of each map over 6 x 6 places.

    Returns:
        What the JSON lists as its faces: source, face, state of the analysis ("not sure" below its threshold), probability of
        the most probable outcome in its view, which outcome the map explains, file, method and places in logits.

    Raises:
        OutputExistsError: ``out`` is not empty and ``force`` is not set.
    """
    classifier = analyzer.classifier
    shown = merge(cut.probs, analyzer.view)
    states, causes = decide(cut.probs, [""] * len(cut.faces), analyzer.threshold, analyzer.view)
    explained = [outcome or _to_explain(row, analyzer.view, classifier) for row in cut.probs]
    maps = np.zeros(cut.faces.shape, np.float32)
    for one in sorted(set(explained)):
        which = np.array([name == one for name in explained])
        maps[which] = explain(classifier, cut.faces[which], outcome=one, method=method)
    new_folder(out, force=force)
    size = SIDE // _PLACES
    rows = []
    for i, (face, values) in enumerate(zip(cut.faces, maps, strict=True)):
        name = f"{Path(cut.sources[i]).stem[:80]}-{i:03d}.png"
        write_bytes(out / name, overlay_png(face, values))
        places = values.reshape(_PLACES, size, _PLACES, size).mean(axis=(1, 3))
        rows.append({
            "source": cut.sources[i],
            "face": cut.numbers[i],
            "state": causes[i] or states[i],
            "probability": round(float(shown[i].max()), 4),
            "explained": explained[i],
            "file": name,
            "method": method,
            "places": [[round(float(value), 4) for value in row] for row in places],
        })  # fmt: skip
    write_json(out / "explanations.json", {"generator": GENERATOR, "explanations_version": 1, "faces": rows})
    return rows


def _to_explain(probs: np.ndarray, view: str, classifier: Classifier) -> str:
    """The most probable outcome in a view; of several that the view merges, the most probable one that the network knows."""
    return _most_probable(VIEWS[view][outcomes_of(view)[int(merge(probs, view).argmax())]], probs, classifier)


def _most_probable(names: Sequence[str], probs: np.ndarray, classifier: Classifier) -> str:
    """Of some outcomes the most probable one that the network knows; "" if it knows none of them."""
    known = [name for name in names if name in classifier.info.outcomes]
    return max(known, key=lambda name: float(probs[OUTCOMES.index(name)]), default="")

"""How many faces of pictures from elsewhere do the packaged models call covered, and what does that cost?

    python benchmarks/covers.py SETS --cache CACHE [--data DATA] [--photo FILE=COVERED ...] [--sheets FOLDER] [--json FILE]

SETS and CACHE are those of ``foreign_faces.py``. COVERED is how many covered faces a person counted in the photo FILE; 0 for a
photo without any. With --sheets, the faces that are called covered are written as pictures, to be looked at: which of them really
are covered only a person can say. With --data, a folder of 'prepare', there is which share of made covers is found, by kind, over
the validation images of which enough is hidden. The time of a face is measured with and without the head for covers, in turns.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from foreign_faces import foreign_sets
from PIL import Image

from aiducation.data.dataset import Dataset
from aiducation.data.splits import VALID
from aiducation.environment import environment
from aiducation.media.photos import read_photo
from aiducation.observations.reasons import COVERED
from aiducation.preprocess import to_input
from aiducation.training.camera_recipe import COVERED as COVERED_SHARE
from aiducation.training.covers import KINDS, cover
from aiducation.training.draws import Draw
from aiducation.training.flagship import FlagshipConfig
from aiducation.training.flagship_recipe import FlagshipRecipe
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.classifier import Classifier, default_model_path
from aiducation.vision.onnx_file import OnnxFile
from aiducation.vision.sessions import open_session

#: Faces of a batch, and turns, of which the median counts.
FACES, TURNS = 32, 300

#: Faces in a row of a sheet.
ACROSS = 16


def cost(path: Path) -> dict[str, float]:
    """Milliseconds of a face with and without the head, in turns, on one thread."""
    content = path.read_bytes()
    more = OnnxFile(content)
    sessions = {
        "with": open_session(content, threads=1),
        "without": open_session(more.with_outputs([one for one in more.outputs if one != "covered"]), threads=1),
    }
    given = {"faces": to_input(np.random.default_rng(0).integers(0, 256, (FACES, 48, 48)).astype(np.uint8))}
    taken: dict[str, list[float]] = {name: [] for name in sessions}
    for _ in range(TURNS):
        for name, session in sessions.items():
            start = time.thread_time()
            session.run(None, given)
            taken[name].append(time.thread_time() - start)
    middle = {name: float(np.median(one)) for name, one in taken.items()}
    told = {f"ms_a_face_{name}": round(1000 * one / FACES, 4) for name, one in middle.items()}
    return {**told, "ratio": round(middle["with"] / middle["without"], 4)}


def sheet(faces: np.ndarray, path: Path) -> None:
    """Write faces (N, 48, 48) as one picture."""
    filled = np.zeros((-(-len(faces) // ACROSS) * ACROSS, 48, 48), np.uint8)
    filled[: len(faces)] = faces
    rows = filled.reshape(-1, ACROSS, 48, 48).transpose(0, 2, 1, 3).reshape(-1, ACROSS * 48)
    Image.fromarray(rows).resize((ACROSS * 96, len(rows) * 2)).save(path)


def by_kind(data: Path, models: dict[str, Path]) -> dict[str, Any]:
    """Which share of made covers of each kind is found."""
    dataset = Dataset.load(data)
    ids = FlagshipRecipe(FlagshipConfig()).split(dataset, "official").parts[VALID]
    images = torch.from_numpy(to_input(np.ascontiguousarray(dataset.images[ids])))
    told: dict[str, Any] = {}
    for kind, _ in KINDS:
        draw = Draw(len(images), images.device, torch.Generator().manual_seed(2))
        made, hidden = cover(images, 1.0, draw, ((kind, 1.0),))
        much = hidden.numpy() > COVERED_SHARE
        faces = (made[:, 0] * 255).round().to(torch.uint8).numpy()[much]
        found = {name: Classifier(path, threads=1).answers(faces).covered for name, path in models.items()}
        told[kind.__name__] = {"covers": int(much.sum())} | {n: round(float(o.mean()), 3) for n, o in found.items()}
    return told


def in_photo(path: Path, counted: int, models: dict[str, Path]) -> dict[str, Any]:
    """What each model says of a photo's faces."""
    row: dict[str, Any] = {"covered_by_eye": counted}
    for name, model in models.items():
        seen = Analyzer(model=model, threads=1).photo(read_photo(path))
        judged = sum(reason in ("", "not sure", COVERED) for reason in seen.reasons)
        row[name] = {"faces": len(seen), "judged": judged, "called_covered": seen.reasons.count(COVERED)}
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", type=Path)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--photo", action="append", default=[], metavar="FILE=COVERED")
    parser.add_argument("--sheets", type=Path)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    models = {path.stem: path for path in sorted(default_model_path().parent.glob("flagship*.onnx"))}
    found: dict[str, Any] = {"sets": {}, "photos": {}, "cost": {name: cost(path) for name, path in models.items()}}
    for one in foreign_sets(given.sets, given.cache):
        row: dict[str, Any] = {"faces": len(one.faces)}
        for name, path in models.items():
            covered = Classifier(path, threads=1).answers(one.faces).covered
            row[name] = {"called_covered": int(covered.sum()), "share": round(float(covered.mean()), 4)}
            if given.sheets and covered.any():
                given.sheets.mkdir(parents=True, exist_ok=True)
                sheet(one.faces[covered], given.sheets / f"{one.name}-{name}.png")
        found["sets"][one.name] = row
    if given.data:
        found["made_covers"] = by_kind(given.data, models)
    for text in given.photo:
        path, _, counted = text.rpartition("=")
        found["photos"][Path(path).name] = in_photo(Path(path), int(counted), models)
    print(json.dumps(found, indent=1))
    if given.json:
        given.json.write_text(json.dumps({**found, "environment": environment()}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

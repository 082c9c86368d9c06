"""Give the packaged models heads for votes and for covered faces, without changing what they say of the outcomes.

python tools/add_heads.py DATA [--heads votes covers] [--json results/heads.json]    DATA is a folder of 'aiducation prepare'

The head for votes is linear and takes the features that the last layer takes, in each file its own. It is learned from the votes
on training images as they are, on their mirror images, and as a camera shows them; its temperature comes from validation images.

The head for covers takes maps of an earlier stage and is learned on training images with made covers: once, on the 8-bit file, so
that both files say the same. Its threshold is chosen on validation images, in each file its own.
"""

from __future__ import annotations

import argparse
import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch

from aiducation.data.dataset import Dataset
from aiducation.data.splits import TRAIN, VALID, Split
from aiducation.data.votes import vote_shares
from aiducation.environment import environment
from aiducation.evaluation.calibration import softmax
from aiducation.evaluation.ferplus_benchmark import majority, named
from aiducation.preprocess import to_input
from aiducation.training.camera_pictures import CameraPictures, as_camera
from aiducation.training.cover_head import COVER_LIMIT, CoverHead, Maps, cover_logits, learn_covers
from aiducation.training.flagship import FlagshipConfig
from aiducation.training.flagship_recipe import FlagshipRecipe
from aiducation.training.head_refit import linear_head
from aiducation.training.heads import COVER_SCORES, cover_figures, vote_temperature
from aiducation.training.onnx_heads import cover_nodes, write_head
from aiducation.training.onnx_model import describe
from aiducation.vision.classifier import Classifier, default_model_path
from aiducation.vision.last_layer import LastLayer
from aiducation.vision.onnx_file import OnnxFile
from aiducation.vision.sessions import open_session

#: The heads that can be added, and from which earlier stages covers are seen, the last one first; how often each image is seen.
HEADS = ("votes", "covers")
STAGES, EPOCHS = (1, 2), 12


def with_votes(path: Path, data: Dataset, split: Split) -> dict[str, Any]:
    """Learn the head on the features of a file, write it into the file, and say how good it is on validation images."""
    classifier = Classifier(path, threads=2)
    train, valid = (np.ascontiguousarray(data.images[split.parts[part]]) for part in (TRAIN, VALID))
    before = classifier.logits(valid)
    layer = LastLayer.of(classifier)
    camera, _ = as_camera(
        torch.from_numpy(to_input(train)), CameraPictures(cover=0.0), torch.Generator().manual_seed(0)
    )
    pictures = (camera[:, 0] * 255).round().to(torch.uint8).numpy()
    views = [train, np.ascontiguousarray(train[:, :, ::-1]), pictures]
    shares = torch.from_numpy(vote_shares(data.votes[split.parts[TRAIN]]).astype(np.float32)).repeat(len(views), 1)
    features = torch.cat([torch.from_numpy(layer.features(view)) for view in views])
    learned = linear_head(features, shares, shares.shape[1], features.std(dim=0), steps=3000, decay=1e-3, seed=0)
    weight, bias = (one.numpy() for one in learned)
    said, counted = layer.features(valid) @ weight.T + bias, data.votes[split.parts[VALID]].astype(np.float64)
    temperature, truth = vote_temperature(said, counted), majority(counted)
    (part,) = layer.parts
    taken = [part.features, "votes.weight", "votes.bias"]
    node = onnx.helper.make_node("Gemm", taken, ["votes"], name="votes", transB=1)
    write_head(path, "votes", [node], {"votes.weight": weight, "votes.bias": bias})
    describe(path, replace(classifier.info, vote_temperature=temperature))
    assert np.array_equal(before, Classifier(path, threads=2).logits(valid)), "the outcomes must not change"
    mean = softmax(said, temperature).mean(axis=0)
    return {
        "temperature": temperature,
        "ferplus_on_validation": round(float((named(said) == truth)[truth >= 0].mean()), 4),
        "images": int((truth >= 0).sum()),
        "largest_difference_of_mean_shares": round(float(np.abs(mean - (counted / 10).mean(axis=0)).max()), 4),
    }


def cover_maps(path: Path) -> tuple[list[str], Maps]:
    """The maps that the head for covers takes from a file: their names, and what gives them."""
    layer = LastLayer.of(Classifier(path, threads=1))
    names = [layer.stages[stage].maps for stage in STAGES]
    session = open_session(OnnxFile(path.read_bytes()).with_outputs(names), threads=1)

    def maps(faces: np.ndarray) -> list[np.ndarray]:
        made: list[np.ndarray] = session.run(None, {"faces": to_input(faces)})
        return made

    return names, maps


def with_covers(path: Path, head: CoverHead, valid: np.ndarray) -> dict[str, float]:
    """Write the head into a file, and say how good it is there on validation images."""
    classifier = Classifier(path, threads=1)
    before = classifier.logits(valid), classifier.vote_logits(valid)
    names, maps = cover_maps(path)
    figures = cover_figures(valid, lambda faces: cover_logits(head, maps, faces), seed=1)
    write_head(path, "covered", *cover_nodes(head, names))
    info = replace(
        classifier.info,
        cover_threshold=figures["threshold"],
        scores={**classifier.info.scores, **{name: figures[name] for name in COVER_SCORES}},
        limits=tuple(dict.fromkeys((*classifier.info.limits, COVER_LIMIT))),
    )
    describe(path, info)
    after = Classifier(path, threads=1)
    assert np.array_equal(before[0], after.logits(valid)), "the outcomes must not change"
    assert np.array_equal(before[1], after.vote_logits(valid)), "the votes must not change"
    said = 1 / (1 + np.exp(-cover_logits(head, maps, valid).astype(np.float64)))
    assert np.array_equal(after.answers(valid).covered, said > figures["threshold"]), (
        "the file must say what was measured"
    )
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--heads", nargs="+", choices=HEADS, default=HEADS)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    data = Dataset.load(given.data)
    split = FlagshipRecipe(FlagshipConfig()).split(data, "official")
    paths = sorted(default_model_path().parent.glob("flagship*.onnx"))
    found: dict[str, Any] = json.loads(given.json.read_text("utf-8")) if given.json and given.json.is_file() else {}
    for name in [name for name in found if name not in {path.stem for path in paths}]:
        del found[name]
    if "votes" in given.heads:
        with ProcessPoolExecutor(len(paths)) as processes:
            made = processes.map(with_votes, paths, [data] * len(paths), [split] * len(paths))
            found |= {path.stem: found.get(path.stem, {}) | one for path, one in zip(paths, made, strict=True)}
    if "covers" in given.heads:
        train, valid = (np.ascontiguousarray(data.images[split.parts[part]]) for part in (TRAIN, VALID))
        head = learn_covers(cover_maps(default_model_path())[1], train, epochs=EPOCHS, seed=0)
        for path in paths:
            found[path.stem] = {**found.get(path.stem, {}), "covers": with_covers(path, head, valid)}
    print(json.dumps(found, indent=1))
    if given.json:
        given.json.write_text(json.dumps({**found, "environment": environment()}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

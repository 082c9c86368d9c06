"""Asks one Python tool about many faces; runs in the environment of the tools, without this project.

python worker.py TOOL SQUARES.raw OUT.json SIDE TIMED WARM_UP
"""

# mypy: ignore-errors
from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path

import numpy as np

EMOTIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")


def fer():
    """The tool's own function with the face's place given: the square without the margin of 10 pixels that it adds.

    It rounds probabilities to two digits, after which a face may have none; what its network gave is kept before that.
    """
    from fer.fer import FER

    detector, given = FER(), []
    classify, names = detector._classify_emotions, detector._get_labels()

    def kept(faces: np.ndarray) -> np.ndarray:
        given[:] = classify(faces)
        return np.array(given)

    detector._classify_emotions = kept

    def ask(square: np.ndarray) -> list[float]:
        side = len(square)
        detector.detect_emotions(square[..., ::-1].copy(), face_rectangles=[(10, 10, side - 20, side - 20)])
        found = dict(zip((names[i] for i in range(len(names))), given[0], strict=True))
        return [found[name] for name in EMOTIONS]

    return ask


def facex():
    """The tool's own function for a face that was cut out; it gets gray levels, as the tool hands them over."""
    import cv2
    from facex import core

    model = Path(core.__file__).parent / "assets" / "model_optimized.tflite"
    classifier = core.EmotionClassifier(str(model))
    names = {"angry": "anger", "sad": "sadness", "surprise": "surprised"}

    def ask(square: np.ndarray) -> list[float]:
        gray = cv2.cvtColor(square[..., ::-1].copy(), cv2.COLOR_BGR2GRAY)
        found = classifier.detect_emotion(gray)
        return [float(found[names.get(name, name)]) for name in EMOTIONS]

    return ask


def pyemotion():
    """The tool's network and preparation; its outputs are seven sigmoids, which are divided by their sum."""
    import cv2
    import PyEmotion
    import torch
    from PyEmotion.networks import NetworkV2
    from torchvision import transforms

    torch.set_num_threads(1)
    network = NetworkV2(in_c=1, nl=32, out_f=7)
    file = Path(PyEmotion.__file__).parent / "model" / "main_model.pkl"
    network.load_state_dict(torch.load(file, map_location="cpu", weights_only=True)["network"])
    network.eval()
    prepare = transforms.Compose(
        [
            transforms.ToPILImage(),
            transforms.Resize((48, 48)),
            transforms.ToTensor(),
            transforms.Normalize(mean=[0.5], std=[0.5]),
        ]
    )
    order = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")

    def ask(square: np.ndarray) -> list[float]:
        gray = cv2.cvtColor(square[..., ::-1].copy(), cv2.COLOR_BGR2GRAY)
        with torch.no_grad():
            given = network(prepare(gray)[None])[0].numpy().astype(float)
        found = dict(zip(order, given / given.sum(), strict=True))
        return [found[name] for name in EMOTIONS]

    return ask


def main() -> None:
    tool, given, out, side, timed, warm_up = sys.argv[1:]
    squares = np.fromfile(given, np.uint8).reshape(-1, int(side), int(side), 3)
    ask = {"fer": fer, "facex": facex, "pyemotion": pyemotion}[tool]()
    times, probs = [], []
    for square in squares:
        start = time.process_time()
        probs.append([float(value) for value in ask(square)])
        times.append(time.process_time() - start)
    ms = 1e3 * statistics.median(times[int(warm_up) : int(warm_up) + int(timed)])
    Path(out).write_text(json.dumps({"ms": ms, "probs": probs}))
    print(tool, len(probs), f"faces, {ms:.2f} ms", file=sys.stderr)


if __name__ == "__main__":
    main()

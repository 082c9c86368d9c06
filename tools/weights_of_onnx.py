"""Write the weights of an exported flagship as a file that ``aiducation train --from`` takes.

python tools/weights_of_onnx.py DATA MODEL.onnx OUT.safetensors      DATA is a folder of 'aiducation prepare'

The batch norms, which became part of the convolutions when the model was exported, get the statistics of training images.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch

from aiducation.data.dataset import Dataset
from aiducation.data.splits import TRAIN
from aiducation.preprocess import to_input
from aiducation.training import checkpoint
from aiducation.training.camera_recipe import CameraConfig, CameraRecipe
from aiducation.training.onnx_weights import fill_from_onnx

#: Images from which the statistics are measured.
MEASURED = 2048


def main(data: Path, model: Path, out: Path) -> None:
    dataset, recipe = Dataset.load(data), CameraRecipe(CameraConfig())
    rows = recipe.split(dataset, "official").parts[TRAIN][:MEASURED]
    torch.manual_seed(recipe.config.seed)  # the vote head, which the file lacks, is drawn
    network = recipe.network()
    fill_from_onnx(network, model, torch.from_numpy(to_input(np.ascontiguousarray(dataset.images[rows]))))
    checkpoint.save_weights(out, dict(network.state_dict()), {"model": recipe.config.model})
    print(out)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))

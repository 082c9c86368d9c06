"""The annotated picture: a photo with a box around each face and its state."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from aiducation.exports.annotated_picture import annotate
from aiducation.exports.format import Format, Kind, Material
from aiducation.exports.hiding import Hide, hidden
from aiducation.files import atomic_path
from aiducation.observations.faces import Faces
from aiducation.observations.recording import Recording
from aiducation.signature import GENERATOR
from aiducation.texts import Texts


def drawn(
    image: np.ndarray,
    faces: Faces,
    *,
    hide_faces: Hide,
    enlarge: bool = False,
    texts: Texts = Texts(),
) -> np.ndarray:
    """The annotated picture of what ``for_views`` made, with faces and more hidden if wanted; see ``annotate``."""
    return annotate(hidden(image, faces, hide_faces), faces, enlarge=enlarge, texts=texts)


def plain_jpeg(image: np.ndarray) -> bytes:
    """(H, W, 3) uint8 RGB as a JPEG file, with nothing drawn in it; its only metadata is the signature."""
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(image).save(out, "JPEG", quality=88, comment=GENERATOR)
    return out.getvalue()


def picture_jpeg(material: Material) -> bytes:
    """The annotated picture of a photo as a JPEG file; its only metadata is the signature. Empty for what has no picture."""
    from PIL import Image

    if material.image is None or isinstance(material.shown, Recording):
        return b""
    out = io.BytesIO()
    picture = drawn(material.image, material.shown, hide_faces=material.hide_faces, enlarge=True, texts=material.texts)
    # Colours at full size: letters stay crisp.
    Image.fromarray(picture).save(out, "JPEG", quality=88, subsampling=0, comment=GENERATOR)
    return out.getvalue()


def _write(material: Material, folder: Path, stem: str) -> list[Path]:
    content = picture_jpeg(material)
    if not content:
        return []
    path = folder / f"{stem}.annotated.jpg"
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)
    return [path]


PICTURE = Format(
    name="picture",
    about="the photo with a box around each face and its state",
    photo=(Kind(".annotated.jpg", "image/jpeg"),),
    write=_write,
    default=True,
)

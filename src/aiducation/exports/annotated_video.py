"""The annotated video: drawn during the analysis, because a recording keeps no pictures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np

from aiducation.exports.format import Format, Kind
from aiducation.exports.hiding import Hide
from aiducation.exports.picture import drawn
from aiducation.observations.faces import Faces
from aiducation.texts import Texts
from aiducation.vision.showing import OnFrame

VIDEO = Format(
    name="video",
    about="the recording with a box around each face and its state",
    recording=(Kind(".annotated.mp4", "video/mp4"),),
)


@contextmanager
def annotated_video(
    path: str | Path | None,
    *,
    hide_faces: Hide,
    texts: Texts = Texts(),
) -> Iterator[OnFrame | None]:
    """A callback that draws each frame into a video, which begins with the first frame's size."""
    if path is None:
        yield None
        return
    from aiducation.media.video_writer import VideoWriter

    with ExitStack() as stack:
        writer: list[VideoWriter] = []

        def write(image: np.ndarray, faces: Faces) -> None:
            picture = drawn(image, faces, hide_faces=hide_faces, texts=texts)
            if not writer:
                writer.append(stack.enter_context(VideoWriter(Path(path), picture.shape[1], picture.shape[0])))
            writer[0].write(picture, faces.time_s or 0.0)

        yield write

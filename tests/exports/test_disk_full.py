"""A disk that is full: every format says so in a sentence, and leaves nothing half written, in its folder or elsewhere."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aiducation.errors import OutputError
from aiducation.exports.format import Material
from aiducation.exports.formats import FORMATS
from makers import faces_of, lesson
from needs import UNIX

#: What each format is written of: a photo where it can be.
KINDS = [
    pytest.param(name, "photo" if one.photo else "recording", id=name) for name, one in FORMATS.items() if one.write
]


@UNIX.mark()
@pytest.mark.parametrize("share", [0.05, 0.9])
@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_no_format_leaves_half_a_file(
    name: str, kind: str, share: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A limit on the size of files stands for the disk. Some formats reach it as they begin, some as they end."""
    import resource

    one, out, elsewhere = FORMATS[name], tmp_path / "out", tmp_path / "temporary"
    one.check()
    elsewhere.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(elsewhere))
    photo = replace(faces_of([np.eye(5)[i % 5] * 0.5 + 0.1 for i in range(40)]), source="class.jpg")
    image = np.random.default_rng(0).integers(0, 256, (720, 1280, 3), dtype=np.uint8)
    material = Material(result=photo, image=image) if kind == "photo" else Material(result=lesson())
    assert one.write is not None
    files = [path.stat().st_size for path in one.write(material, tmp_path / "whole", "result")]
    most_bytes = int(share * max(files))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, hard))
    try:
        with pytest.raises(OutputError, match="Is there room on the disk"):
            one.write(material, out, "result")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert all(0 < path.stat().st_size <= most_bytes for path in out.iterdir()), (
        "of several files, whole ones may be there"
    )
    assert not [path for path in out.iterdir() if path.name.startswith(".")] and not list(elsewhere.iterdir())

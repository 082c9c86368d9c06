"""What every entry of FORMATS keeps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aiducation.errors import MissingExtraError
from aiducation.exports.format import Material
from aiducation.exports.formats import FORMATS
from aiducation.observations.faces import Faces
from aiducation.observations.recording import Recording
from aiducation.signature import is_signed
from aiducation.vision.analyzer import Analyzer
from makers import recording_of
from needs import need_package

WRITTEN = [name for name, one in FORMATS.items() if one.write]


@pytest.fixture(scope="module")
def photo(analyzer: Analyzer, meeting: np.ndarray) -> Faces:
    return analyzer.photo(meeting, source="class.jpg")


@pytest.fixture(scope="module")
def recording() -> Recording:
    guess = np.array([0.6, 0.1, 0.1, 0.1, 0.1], np.float32)
    return recording_of([[guess] * 6] * 12)


def written(name: str, material: Material, folder: Path) -> list[Path]:
    one = FORMATS[name]
    try:
        one.check()
    except MissingExtraError as missing:
        need_package(str(missing).split("'")[1])
    assert one.write is not None
    return one.write(material, folder, "result")


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize("anonymize", [False, "all"])
def test_it_writes_the_files_it_promises(
    name: str, anonymize: bool, photo: Faces, recording: Recording, meeting: np.ndarray, tmp_path: Path
) -> None:
    for result, image in ((photo, meeting), (recording, None)):
        folder = tmp_path / type(result).__name__
        folder.mkdir()
        kinds = FORMATS[name].kinds(recording=result is recording)
        if not kinds:
            continue
        files = written(name, Material(result=result, image=image, hide_faces=anonymize, min_group=1), folder)
        assert files == [folder / f"result{kind.ending}" for kind in kinds]
        assert sorted(folder.iterdir()) == sorted(files)
        assert all(is_signed(file) for file in files), "aiducation privacy must know it"


@pytest.mark.parametrize("name", WRITTEN)
def test_nobody_and_nothing(name: str, tmp_path: Path) -> None:
    nothing = Recording(source="x", width=0, height=0, every_s=1, frames=())
    for result in (nothing, recording_of([[]]), recording_of([[], []])):
        written(name, Material(result=result), tmp_path)


@pytest.mark.parametrize("name", FORMATS)
def test_it_is_described(name: str) -> None:
    one = FORMATS[name]
    assert one.name == name and one.about and (one.photo or one.recording)
    for recording in (False, True):
        endings = [kind.ending for kind in one.kinds(recording=recording)]
        assert len(set(endings)) == len(endings) == len(one.downloads(recording=recording))
        assert all(ending.startswith(".") for ending in endings)


def test_endings_tell_formats_apart() -> None:
    endings = [kind.ending for one in FORMATS.values() for kind in {*one.photo, *one.recording}]
    assert len(set(endings)) == len(endings)

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from aiducation.data.criteria import CRITERIA
from aiducation.data.synthetic import COPY_KINDS, MINIMUM, make_synthetic, planted, write_synthetic
from aiducation.data.vote_files import read_votes
from aiducation.data.votes import EMOTIONS, USAGES, VOTE_COLUMNS, VoteTable, vote
from aiducation.errors import InputError, OutputExistsError
from aiducation.states import STATES
from commands import COULD_NOT, RunCli

N = 600


@pytest.fixture(scope="module")
def table() -> VoteTable:
    return make_synthetic(N, seed=0)


def likeness(a: np.ndarray, b: np.ndarray) -> float:
    """Correlation of two images' gray levels."""
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


@pytest.mark.parametrize("n", [MINIMUM, 101])
def test_has_n_images_and_every_kind_of_row(n: int) -> None:
    table, plan = make_synthetic(n), planted(n)
    assert table.pixels.shape == (n, 48, 48)
    assert set(plan.kinds) == set(range(len(COPY_KINDS)))
    assert len(plan.not_face) >= 1
    used = np.concatenate([plan.copies, plan.sources, plan.not_face])
    assert len(np.unique(used)) == len(used)


def test_too_few_images_are_refused() -> None:
    with pytest.raises(InputError, match=f"at least {MINIMUM}"):
        make_synthetic(MINIMUM - 1)


def test_same_seed_gives_the_same_table_and_another_seed_another(table: VoteTable) -> None:
    again, other = make_synthetic(N, seed=0), make_synthetic(N, seed=1)
    for name in ("pixels", "emotion", "usage", "votes", "names"):
        np.testing.assert_array_equal(getattr(table, name), getattr(again, name))
    assert (table.votes != other.votes).any(axis=1).mean() > 0.5
    assert (table.pixels != other.pixels).mean() > 0.9


def test_usages_stand_in_order_in_80_10_10(table: VoteTable) -> None:
    assert (np.diff(table.usage) >= 0).all()
    assert np.bincount(table.usage).tolist() == [480, 60, 60]


def test_every_face_has_ten_votes_and_every_emotion_occurs(table: VoteTable) -> None:
    assert (table.votes.sum(axis=1) == 10).all()
    assert set(table.emotion) == set(range(len(EMOTIONS)))


def test_all_states_and_other_occur_in_plenty(table: VoteTable) -> None:
    readable = (vote(table.votes, "not_face") == 0) & (vote(table.votes, "unknown") < 5)
    state = CRITERIA["published"].assign(table.votes[readable])
    labelled = state[state >= 0]
    assert (np.bincount(labelled, minlength=len(STATES)) / len(labelled) >= 0.05).all()
    assert 0.05 < (state < 0).mean() < 0.5


def test_cleaning_has_something_to_do(table: VoteTable) -> None:
    not_face = vote(table.votes, "not_face")
    np.testing.assert_array_equal(np.flatnonzero(not_face == 10), np.sort(planted(N).not_face))
    assert ((not_face > 0) & (not_face < 10)).any()
    assert (vote(table.votes, "unknown") >= 5).any()


def test_planted_copies_are_copies_and_no_others_are(table: VoteTable) -> None:
    plan = planted(N)
    for row, source, kind in zip(plan.copies, plan.sources, plan.kinds, strict=True):
        image, original = table.pixels[row], table.pixels[source]
        if COPY_KINDS[kind] == "exact":
            np.testing.assert_array_equal(image, original)
        elif COPY_KINDS[kind] == "mirrored":
            np.testing.assert_array_equal(image, original[:, ::-1])
        else:
            assert (image != original).any()
            assert likeness(image[8:-8, 8:-8], original[8:-8, 8:-8]) > 0.3
    assert (table.usage[plan.copies] != table.usage[plan.sources]).any()
    assert len(np.unique(table.pixels, axis=0)) == N - np.sum(plan.kinds == COPY_KINDS.index("exact"))


def test_votes_can_be_read_from_the_pictures() -> None:
    """The face with the most alike mouth has more alike votes than a random face."""
    table = make_synthetic(1000, seed=3)
    plan = planted(1000, seed=3)
    rows = np.setdiff1d(np.arange(1000), np.concatenate([plan.copies, plan.not_face]))
    mouth = table.pixels[rows, 28:42, 14:34].reshape(len(rows), -1).astype(float)
    mouth -= mouth.mean(axis=1, keepdims=True)
    mouth /= np.linalg.norm(mouth, axis=1, keepdims=True)
    alike = mouth @ mouth.T
    np.fill_diagonal(alike, -1)
    votes = table.votes[rows].astype(float)
    nearest = np.abs(votes - votes[alike.argmax(axis=1)]).sum(axis=1).mean()
    chance = np.abs(votes - np.roll(votes, 1, axis=0)).sum(axis=1).mean()
    assert nearest < 0.85 * chance


def test_faces_use_the_gray_scale(table: VoteTable) -> None:
    faces = np.delete(table.pixels, planted(N).not_face, axis=0).astype(float)
    assert 90 < faces.mean() < 165
    assert np.median(faces.std(axis=(1, 2))) > 25
    assert ((faces == 0) | (faces == 255)).mean() < 0.05


def test_files_have_the_real_format_line_by_line(tmp_path: Path) -> None:
    faces, votes = write_synthetic(tmp_path, n=120, seed=5)
    assert (faces, votes) == (tmp_path / "fer2013.csv", tmp_path / "fer2013new.csv")
    face_text, vote_text = faces.read_bytes().decode("ascii"), votes.read_bytes().decode("ascii")
    assert face_text.endswith("\n") and vote_text.endswith("\n") and "\r" not in face_text + vote_text
    face_header, *face_lines = face_text.splitlines()
    vote_header, *vote_lines = vote_text.splitlines()
    assert face_header == "emotion,pixels,Usage"
    assert vote_header == ("Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF")
    assert len(face_lines) == len(vote_lines) == 120
    counter = 0
    for face_line, vote_line in zip(face_lines, vote_lines, strict=True):
        assert re.fullmatch(r"[0-6],\d{1,3}( \d{1,3}){2303},(Training|PublicTest|PrivateTest)", face_line)
        usage, name, *cells = vote_line.split(",")
        assert usage == face_line.rsplit(",", 1)[1]
        assert len(cells) == len(VOTE_COLUMNS) and sum(map(int, cells)) == 10
        assert name == ("" if cells[-1] == "10" else f"fer{counter:07d}.png")
        counter += name != ""
    assert [line.split(",")[0] for line in vote_lines] == [
        u for u, k in zip(USAGES, (96, 12, 12), strict=True) for _ in range(k)
    ]


def test_files_read_back_as_the_same_table(tmp_path: Path) -> None:
    read, made = read_votes(*write_synthetic(tmp_path, n=80, seed=2)), make_synthetic(80, seed=2)
    for name in ("pixels", "emotion", "usage", "votes", "names"):
        np.testing.assert_array_equal(getattr(read, name), getattr(made, name))


def test_files_that_are_there_are_kept_unless_forced(tmp_path: Path) -> None:
    real = tmp_path / "fer2013.csv"
    real.write_text("the real file")
    with pytest.raises(OutputExistsError, match=re.escape(str(real))):
        write_synthetic(tmp_path, n=40)
    assert real.read_text() == "the real file"
    write_synthetic(tmp_path, n=40, force=True)
    assert real.read_text().startswith("emotion,pixels,Usage\n")


def test_the_command_draws_anew_over_its_own_files_if_told_to(tmp_path: Path, run_cli: RunCli) -> None:
    command = ("synthesize", "--out", tmp_path, "--images", 100, "--seed")
    assert run_cli(*command, 0).code == 0
    before = (tmp_path / "fer2013.csv").read_bytes()
    assert run_cli(*command, 1).code == COULD_NOT
    forced = run_cli(*command, 1, "--force")
    assert forced.code == 0, forced.err
    assert (tmp_path / "fer2013.csv").read_bytes() != before

"""xAPI statements: valid for a validator of others, of the group alone, the same when they are made again."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aiducation.exports.format import Material
from aiducation.exports.xapi_file import BASE, TIME, XAPI, statements_of
from aiducation.observations.faces import Faces
from aiducation.observations.recording import Recording
from makers import faces_of, lesson, recording_of
from needs import XAPI_PYTHON, XAPI_VALIDATOR

NEUTRAL = np.array([0.6, 0.1, 0.1, 0.1, 0.1])


def made(result: Faces | Recording, folder: Path) -> list[dict[str, Any]]:
    assert XAPI.write is not None
    (path,) = XAPI.write(Material(result=result), folder, "result")
    return json.loads(path.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def test_statements_follow_the_rules_that_are_easily_broken(tmp_path: Path) -> None:
    statements = made(lesson(), tmp_path)
    ids = [one["id"] for one in statements]
    assert len(set(ids)) == len(ids) and made(lesson(), tmp_path) == statements
    for one in statements:
        assert "members" not in one["actor"] and set(one["actor"]["account"]) == {"homePage", "name"}
        assert None not in one.values() and "version" not in one
        for key in (
            *one["result"]["extensions"],
            *one["context"]["extensions"],
            one["verb"]["id"],
            one["object"]["id"],
        ):
            assert key.startswith((BASE, TIME))
        assert isinstance(one["result"]["extensions"].get(TIME, 0.0), float)
    verbs = [one["verb"]["id"].rpartition("/")[2] for one in statements]
    assert verbs[0] == "was-analyzed" and "was-seen-to-show" in verbs
    assert any("to other" in one["result"].get("response", "") for one in statements)


def test_nothing_is_said_of_single_persons_and_small_groups(tmp_path: Path) -> None:
    assert "track" not in json.dumps(made(lesson(), tmp_path))
    (only,) = made(recording_of([[NEUTRAL] * 3] * 30), tmp_path)
    assert "probability" not in json.dumps(only) and "mean-faces" not in json.dumps(only)
    assert len(list(statements_of(Material(result=recording_of([[NEUTRAL] * 3] * 30), min_group=1)))) > 1


def test_recordings_of_one_name_in_two_folders_are_two(tmp_path: Path) -> None:
    """A store keeps one of two statements with the same id."""
    one, other, plain = (made(lesson(source=f"{folder}zoom_0.mp4"), tmp_path) for folder in ("week1/", "week2/", ""))
    assert not {line["id"] for line in one} & {line["id"] for line in other}
    for place in (("object", "id"), ("actor", "account")):
        assert len({json.dumps(lines[0][place[0]][place[1]]) for lines in (one, other, plain)}) == 3
    assert {lines[0]["object"]["definition"]["name"]["en"] for lines in (one, other, plain)} == {"zoom_0.mp4"}


@pytest.mark.slow
@pytest.mark.parametrize("result", [lesson(), faces_of([NEUTRAL] * 6)], ids=["recording", "photo"])
def test_a_validator_of_others_accepts_them(result: Faces | Recording, tmp_path: Path) -> None:
    XAPI_VALIDATOR.check()
    n = len(made(result, tmp_path))
    script = """
import json, sys
from ralph.models.xapi.base.statements import BaseXapiStatement
for statement in json.load(open(sys.argv[1], encoding="utf-8")):
    BaseXapiStatement(**statement)
    for broken in ({**statement, "actor": {"objectType": "Group"}}, {**statement, "verb": {"id": "no address"}}):
        try:
            BaseXapiStatement(**broken)
        except ValueError:
            continue
        raise SystemExit("It accepts anything.")
    print("valid")
"""
    command = [str(XAPI_PYTHON), "-c", script, str(tmp_path / "result.xapi.json")]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    assert done.stdout.split() == ["valid"] * n

"""BORIS projects, as BORIS itself opens and checks them."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from aiducation.exports.boris_file import BORIS
from aiducation.exports.format import Material
from aiducation.observations.episodes import episodes_of
from makers import lesson
from needs import BORIS_PROGRAM, BORIS_PYTHON


@pytest.fixture
def path(tmp_path: Path) -> Path:
    video = tmp_path / "a b.mp4"
    video.touch()
    assert BORIS.write is not None
    return BORIS.write(Material(result=lesson(), media=video), tmp_path, "result")[0]


@pytest.fixture
def project(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def test_events_are_pairs_of_one_subject_and_behaviour_in_order(project: dict[str, Any]) -> None:
    (observation,) = project["observations"].values()
    events = [event for event in observation["events"] if event[1]]
    assert all(n % 2 == 0 for n in Counter((subject, code) for _, subject, code, *_ in events).values())
    assert observation["events"] == sorted(observation["events"], key=lambda event: event[:3])
    assert len(events) == 2 * len(episodes_of(lesson()))
    codes = {one["code"] for one in project["behaviors_conf"].values()}
    assert {event[2] for event in observation["events"]} <= codes
    names = {one["name"] for one in project["subjects_conf"].values()}
    assert {event[1] for event in observation["events"]} <= {"", *names}


def test_change_points_are_point_events_of_the_group(project: dict[str, Any]) -> None:
    (observation,) = project["observations"].values()
    (change,) = [event for event in observation["events"] if event[2] == "group changed" and "to other" in event[4]]
    assert change[1] == "" and abs(change[0] - 30) <= 1


@pytest.mark.slow
def test_boris_opens_it_and_finds_nothing_wrong(path: Path) -> None:
    """The file, its integrity, the media file, and the seconds of each state as BORIS adds them up."""
    BORIS_PROGRAM.check()
    script = """
import json, sys
from boris import project_functions as functions
path, changed, project, message = functions.open_project_json(sys.argv[1])
wrong = functions.check_project_integrity(project, "hh:mm:ss", path, True)
((name, observation),) = project["observations"].items()
total = {}
pending = {}
for time, subject, code, *_ in observation["events"]:
    if not subject:
        continue
    if (subject, code) in pending:
        total[code] = total.get(code, 0) + float(time - pending.pop((subject, code)))
    else:
        pending[subject, code] = time
print(json.dumps([changed, message, wrong, total, name]))
"""
    done = subprocess.run(
        [str(BORIS_PYTHON), "-c", script, str(path)],
        env={"QT_QPA_PLATFORM": "offscreen", "HOME": str(path.parent), "PATH": "/usr/bin:/bin"},
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    changed, message, wrong, total, name = json.loads(done.stdout.splitlines()[-1])
    assert (changed, message, wrong) == (False, "", "") and name == lesson().source
    want: Counter[str] = Counter()
    for episode in episodes_of(lesson()):
        want[episode.state] += episode.end_s - episode.start_s  # type: ignore[assignment]
    assert total == pytest.approx(dict(want), abs=0.01)

"""What is wrong with an option is told before anything is read: also where the inputs are not even there."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands import COULD_NOT, WRONG_USE, RunCli, check_refused
from needs import need_package

#: Words of a command, where MISSING is not there, DATA looks like prepared data, RUN like a run -> what is told.
WRONG = [
    ("adapt MISSING --out OUT.onnx --states neutral,sleepy", "'sleepy' is not a state of this model"),
    ("adapt MISSING --out OUT.onnx --states neutral", "Name at least two"),
    ("adapt MISSING --out OUT.onnx --seed -1", "A seed is a whole number from 0"),
    ("explain MISSING --out OUT --state sleepy", "Unknown state 'sleepy'"),
    ("explain MISSING --out OUT --method heat", "Unknown explanation 'heat'"),
    ("explain MISSING --check --method heat", "Unknown explanation 'heat'"),
    ("annotations MISSING.csv --to exel --out OUT", "Unknown format of annotations 'exel'"),
    ("annotations MISSING.csv --to csv", "Name both the format (--to) and the file (--out)"),
    ("correct MISSING.json MISSING.csv --out OUT --save jsn", "Unknown format 'jsn'"),
    ("correct MISSING.json MISSING.csv --out OUT --min-group 0", "The smallest group must have 1"),
    ("correct MISSING.json MISSING.csv --out OUT --csv-dialect exel", "Unknown CSV dialect 'exel'"),
    ("correct MISSING.json MISSING.csv --out OUT --code engaged", "--code 'engaged' must be a word"),
    ("groups MISSING --out OUT --csv-dialect exel", "Unknown CSV dialect 'exel'"),
    ("groups MISSING --groups MISSING.csv --by age --out OUT", "--by goes with --weights"),
    ("groups DATA --groups MISSING.csv --weights OUT.csv", "--weights needs the attribute"),
    ("groups DATA --weights OUT.csv --by brightness --more dark --times 9", "A group can count from 1 to 4 times"),
    ("evaluate RUN --split tset", "Unknown part 'tset'"),
    ("report MISSING --out OUT --csv-dialect exel", "Unknown CSV dialect 'exel'"),
    ("analyze MISSING --out OUT --cluster lokal[2]", "--cluster takes local[N]"),
]


@pytest.mark.parametrize(("command", "told"), WRONG, ids=[command for command, _ in WRONG])
def test_a_wrong_option_is_told_before_anything_is_read(
    command: str, told: str, tmp_path: Path, run_cli: RunCli
) -> None:
    if command.startswith("report"):
        need_package("matplotlib")
    for name, file in (("DATA", "dataset.json"), ("RUN", "run.json")):
        (tmp_path / name).mkdir()
        (tmp_path / name / file).write_text("{}", encoding="utf-8")
    names = ("MISSING", "DATA", "RUN", "OUT")
    words = [str(tmp_path / word) if word.startswith(names) else word for word in command.split()]
    check_refused(run_cli(*words), WRONG_USE, told)
    assert not list(tmp_path.glob("OUT*"))


@pytest.mark.parametrize(
    "command",
    [
        "annotations MISSING.csv --to csv --out THERE/file",
        "correct MISSING.json MISSING.csv --out THERE",
        "report MISSING --out THERE",
    ],
)
def test_a_place_that_is_taken_is_told_before_anything_is_read(command: str, tmp_path: Path, run_cli: RunCli) -> None:
    need_package("matplotlib")
    (tmp_path / "THERE").mkdir()
    (tmp_path / "THERE" / "file").touch()
    words = [str(tmp_path / word) if word.startswith(("MISSING", "THERE")) else word for word in command.split()]
    check_refused(run_cli(*words), COULD_NOT, "--force")

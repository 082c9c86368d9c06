"""What the documentation says to R and pandas about tables: its lines give the right numbers, also of missing ones."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
import zipfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aiducation.exports.csv_file import CSV
from aiducation.exports.data_package import DATA_PACKAGE
from aiducation.exports.format import Format, Material
from aiducation.exports.formats import save
from aiducation.observations.annotations import Annotation, Annotations, Target
from aiducation.observations.faces import Faces
from aiducation.observations.ratings import ratings_of
from aiducation.observations.recording import Recording
from aiducation.study_report.agreement_units import unit_rows
from aiducation.tables.dialects import write_csv
from makers import faces_of, lesson, recording_of
from needs import R_READR, R, need_package

DOCS = Path(__file__).parents[2] / "docs"


def block(language: str) -> str:
    """The tutorial's block of a language, which is its only one."""
    (found,) = re.findall(
        rf"^```{language}\n(.*?)^```", (DOCS / "tutorials/researcher.md").read_text("utf-8"), re.M | re.S
    )
    return str(found)


def reading(reader: str) -> str:
    """How docs/exports.md reads a table with a function."""
    (found,) = set(
        re.findall(rf'`({re.escape(reader)}\("lesson\.csv".*?\))`', (DOCS / "exports.md").read_text("utf-8"))
    )
    return str(found).replace("lesson.csv", "result/meeting.csv")


@pytest.fixture
def tutorial(tmp_path: Path) -> tuple[Path, Counter[tuple[str, str]]]:
    """The folder of the tutorial at its end, and how often Anna and Ben say which; each leaves out some of the moments."""

    def said(name: str, *spans: tuple[int, float, float, str]) -> Annotations:
        return Annotations(
            tuple(
                Annotation(target=Target(source="meeting.mp4", track=t, from_s=a, to_s=b), state=state, annotator=name)
                for t, a, b, state in spans
            )
        )

    raters = {
        "anna": said("anna", (100, 0, 10, "neutral"), (101, 0, 4, "bored")),
        "ben": said("ben", (100, 0, 6, "neutral"), (101, 0, 10, "bored")),
        "NA": said("NA", (100, 0, 10, "neutral"), (101, 2, 10, "angry")),
    }
    header, rows = unit_rows(ratings_of(raters))
    (tmp_path / "agreement").mkdir()
    write_csv(tmp_path / "agreement" / "units.csv", header, rows)
    (tmp_path / "result").mkdir()
    save(lesson(source="meeting.mp4"), tmp_path / "result", ["csv"])
    at = header.index("anna"), header.index("ben")
    pairs = Counter((str(row[at[0]]), str(row[at[1]])) for row in rows)
    assert any("" in pair for pair in pairs)
    return tmp_path, Counter({pair: n for pair, n in pairs.items() if all(pair)})


def means(folder: Path) -> list[float]:
    sums: dict[str, list[float]] = {}
    with (folder / "result/meeting.csv").open(newline="", encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            if row["p_other"]:
                sums.setdefault(row["track_id"], []).append(float(row["p_other"]))
    return sorted(float(np.mean(some)) for some in sums.values())


def run_r(script: str, folder: Path) -> list[str]:
    done = subprocess.run(
        ["Rscript", "-e", script], cwd=folder, check=True, capture_output=True, text=True, timeout=300
    )
    return done.stdout.splitlines()


def test_the_tutorial_counts_no_missing_rating_in_pandas(tutorial: tuple[Path, Counter[tuple[str, str]]]) -> None:
    need_package("pandas")
    folder, pairs = tutorial
    code = (
        block("python").replace("print(pd.crosstab(", "print((table := pd.crosstab(").replace('["ben"]))', '["ben"])))')
    )
    code += (
        "\nimport json\n"
        'assert not units["NA"].isna().all()\n'
        "print(json.dumps([{f'{a} {b}': int(n) for (a, b), n in table.stack().items() if n}, "
        'sorted(faces.groupby("track_id")["p_other"].mean().dropna())]))\n'
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, check=True, capture_output=True, text=True)
    counted, found = json.loads(done.stdout.splitlines()[-1])
    assert counted == {" ".join(pair): n for pair, n in pairs.items()}
    assert found == pytest.approx(means(folder))


@pytest.mark.slow
def test_the_tutorial_counts_no_missing_rating_in_r(tutorial: tuple[Path, Counter[tuple[str, str]]]) -> None:
    R.check()
    folder, pairs = tutorial
    script = block("r") + (
        "\nt <- as.data.frame(table(units$anna, units$ben)); t <- t[t$Freq > 0, ]\n"
        'cat("=", paste(t$Var1, t$Var2, t$Freq), sep = "\\n")\n'
        'cat("=", class(units[["NA"]]), sum(is.na(faces$reason)), "\\n")\n'
        'cat(aggregate(p_other ~ track_id, data = faces, FUN = mean)$p_other, "\\n")\n'
    )
    *_, counted, others = "\n".join(run_r(script, folder)).split("=")
    assert sorted(counted.split("\n")[1:-1]) == sorted(f"{a} {b} {n}" for (a, b), n in pairs.items())
    about, found = others.strip().split("\n")
    kind, missing = about.split()
    judged = sum(state != "unclear" for frame in lesson().frames for state in frame.states)
    assert kind == "character" and int(missing) == judged, "who has a state has no reason"
    assert sorted(map(float, found.split())) == pytest.approx(means(folder), abs=1e-6)


@pytest.mark.slow
def test_readr_keeps_what_is_rare_in_a_long_recording(tmp_path: Path) -> None:
    """It guesses from a thousand rows, and a column of which it saw nothing would be logical, its texts thrown away."""
    R_READR.check()
    plain = faces_of([np.eye(5)[0] * 0.5 + 0.1] * 10)
    smiling = faces_of([np.eye(5)[4] * 0.5 + 0.1] + [np.eye(5)[0] * 0.5 + 0.1] * 9)
    smiling = replace(smiling, votes=np.tile(np.float32([0.1, 0.9, 0, 0, 0, 0, 0, 0]), (10, 1)))
    frames = [replace(smiling if i == 333 else plain, time_s=float(i)) for i in range(600)]
    recording = replace(recording_of([]), source="NA", frames=tuple(frames))
    (tmp_path / "result").mkdir()
    written(CSV, recording, tmp_path / "result").rename(tmp_path / "result/meeting.csv")
    line = reading("readr::read_csv")
    found = run_r(
        f'f <- suppressMessages({line}); cat(class(f$expression), sum(!is.na(f$expression)), sum(is.na(f$source)), "\\n")',
        tmp_path,
    )
    assert found[-1].split() == ["character", "1", "0"]


def test_a_data_package_says_what_it_is_in_both_versions(tmp_path: Path) -> None:
    """R's frictionless knows tables by the profile of version 1 alone."""
    with zipfile.ZipFile(written(DATA_PACKAGE, lesson(), tmp_path)) as archive:
        description = json.loads(archive.read("datapackage.json"))
    kinds = {(one["type"], one["profile"]) for one in description["resources"]}
    assert kinds == {("table", "tabular-data-resource")}


def written(one: Format, result: Faces | Recording, folder: Path) -> Path:
    assert one.write is not None
    (path,) = one.write(Material(result=result), folder, "result")
    return path

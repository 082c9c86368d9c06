"""The purpose record: read from TOML, refused until it is filled in, printed by reports."""

from __future__ import annotations

from pathlib import Path

import pytest

from aiducation.errors import ConfigError
from aiducation.exports.format import Material
from aiducation.exports.report import report_html
from aiducation.kit.facts import facts
from aiducation.kit.kit import PURPOSE, write_kit
from aiducation.kit.purpose import read_purpose
from aiducation.texts import LANGUAGES, texts_of
from aiducation.vision.classifier import Classifier
from commands import WRONG_USE, RunCli, check_refused
from makers import lesson

FILLED = "\n".join(
    f'{name} = "{name} <of> Example School"'
    for name in ("purpose", "responsible", "people", "basis", "told", "not_for")
)


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / PURPOSE
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_kit_writes_must_be_filled_in(tmp_path: Path, language: str) -> None:
    texts = texts_of(language)
    record = write_kit(tmp_path / language, facts(Classifier().info, texts), texts)[-1]
    with pytest.raises(ConfigError, match="'purpose' is not filled in"):
        read_purpose(record)
    filled = record.read_text(encoding="utf-8").replace('"[', '"').replace(']"', '"')
    assert read_purpose(written(tmp_path, filled)).rows()[-1][1]


def test_a_date_may_be_a_date(tmp_path: Path) -> None:
    assert read_purpose(written(tmp_path, f"{FILLED}\nkept_until = 2027-07-31")).kept_until == "2027-07-31"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("purpose = ", "is not a purpose record"),
        (FILLED, "'kept_until' is not filled in"),
        (f'{FILLED}\nkept_till = "2027"', "Did you mean 'kept_until'"),
        (f'{FILLED}\nkept_until = "{"x" * 2001}"', "2,001 letters; 2,000 are allowed"),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        read_purpose(written(tmp_path, text))


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Cannot read the purpose record"):
        read_purpose(tmp_path / "none.toml")


def test_the_report_prints_it(tmp_path: Path) -> None:
    purpose = read_purpose(written(tmp_path, f"{FILLED}\nkept_until = 2027-07-31"))
    page = report_html(Material(result=lesson(), purpose=purpose, texts=texts_of("de")))
    assert "Wozu dies gemacht wurde" in page and "purpose &lt;of&gt; Example School" in page and "2027-07-31" in page
    assert "Wozu dies gemacht wurde" not in report_html(Material(result=lesson(), texts=texts_of("de")))


def test_it_needs_a_report(tmp_path: Path, run_cli: RunCli) -> None:
    record = written(tmp_path, f"{FILLED}\nkept_until = 2027-07-31")
    done = run_cli("analyze", tmp_path, "--purpose", record, "--save", "csv", "--out", tmp_path / "out")
    check_refused(done, WRONG_USE, "--purpose adds to the report")

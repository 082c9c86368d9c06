"""A transcript beside a recording: found by its name, shown in the report, joined in a table by time."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from aiducation.batch.transcripts import beside, read_transcript
from aiducation.errors import DataFileError
from aiducation.exports.format import Material
from aiducation.exports.report import report_html
from aiducation.exports.speech_file import SPEECH
from aiducation.observations.transcript import Transcript, cues_of, transcript_of
from commands import WRONG_USE, RunCli
from makers import lesson
from needs import LINUX
from video_makers import make_video

#: As Zoom writes it: numbered cues, the speaker's name in front.
ZOOM = """WEBVTT

1
00:00:02.000 --> 00:00:05.000
Anna Schmidt: Good morning. Today: fractions.

2
00:00:05.500 --> 00:00:09.000
Anna Schmidt: Who knows 1 &lt; 2?

3
00:00:09.200 --> 00:00:12.000
Ben O'Neill (he/him): I do.

4
00:00:40.000 --> 00:00:44.000
Anna Schmidt: Then let us begin.

5
00:00:44.100 --> 00:00:45.000
(laughter)
"""

#: As Teams writes it: voice spans, ids, several voices in a cue.
TEAMS = """\ufeffWEBVTT\r
\r
8f6b1c1e-0000-4f3e-9f5e-2f1b/12-0\r
00:00:02.000 --> 00:00:05.000\r
<v Anna Schmidt>Good morning.\r
Today: fractions.</v>\r
\r
8f6b1c1e-0000-4f3e-9f5e-2f1b/13-0\r
00:00:05.500 --> 00:00:09.000 align:start\r
<v.loud Ben O&apos;Neill>I do.</v> <v Anna Schmidt>Good.</v>\r
"""


def test_zoom() -> None:
    cues = cues_of(ZOOM)
    assert [cue.speaker for cue in cues] == ["Anna Schmidt", "Anna Schmidt", "Ben O'Neill (he/him)", "Anna Schmidt", ""]
    assert cues[0].text == "Good morning. Today: fractions." and cues[1].text == "Who knows 1 < 2?"
    assert (cues[2].start_s, cues[2].end_s) == (9.2, 12.0)


def test_teams() -> None:
    cues = cues_of(TEAMS)
    assert [(cue.speaker, cue.text) for cue in cues] == [
        ("Anna Schmidt", "Good morning. Today: fractions."),
        ("Ben O'Neill", "I do."),
        ("Anna Schmidt", "Good."),
    ]


def test_captions_without_speakers_have_none() -> None:
    text = "WEBVTT - made by hand\n\nNOTE nothing\n\nSTYLE\n::cue { color: red }\n\n"
    text += "00:01.000 --> 00:02.000\nRemember: <i>read</i> it\n\n"
    text += "00:03.000 --> 00:04.000\nand write\n\n01:00:05.000 --> 01:00:06.000\nmore\n"
    cues = cues_of(text)
    assert [cue.speaker for cue in cues] == ["", "", ""] and cues[0].text == "Remember: read it"
    assert cues[2].start_s == 3605.0


@pytest.mark.parametrize("text", ["", "1\n00:00:01,000 --> 00:00:02,000\nsrt\n", "<html>", "WEBVTTX\n"])
def test_what_is_no_webvtt_is_refused(text: str) -> None:
    with pytest.raises(DataFileError, match="WEBVTT"):
        cues_of(text)


def test_turns_end_where_another_speaks_or_nobody_for_long() -> None:
    found = transcript_of(cues_of(ZOOM), show="names")
    about = [
        (turn.speaker.split()[0] if turn.speaker else "", turn.start_s, turn.end_s, turn.words) for turn in found.turns
    ]
    assert about == [("Anna", 2.0, 9.0, 9), ("Ben", 9.2, 12.0, 2), ("Anna", 40.0, 44.0, 4), ("", 44.1, 45.0, 1)]
    first = found.speakers[0]
    assert (first.name, first.turns, first.seconds) == ("Anna Schmidt", 2, 11.0)


def test_by_default_neither_names_nor_words_are_kept() -> None:
    found = transcript_of(cues_of(ZOOM))
    assert [turn.speaker for turn in found.turns] == ["speaker 1", "speaker 2", "speaker 1", ""]
    assert "Anna" not in repr(found) and "fractions" not in repr(found)
    assert "fractions" in repr(transcript_of(cues_of(ZOOM), show="words"))


@pytest.mark.parametrize(
    ("recording", "transcript"),
    [
        ("GMT20261128-101500_Recording_1920x1080.mp4", "GMT20261128-101500_Recording.transcript.vtt"),
        ("GMT20261128-101500_Recording_gallery_1280x720.mp4", "GMT20261128-101500_Recording.transcript.vtt"),
        ("Mathe 7b-20261128_101500-Meeting Recording.mp4", "Mathe 7b-20261128_101500-Meeting Recording-en-US.vtt"),
        ("Mathe 7b.mp4", "Mathe 7b.vtt"),
        ("lesson.mkv", "Lesson.DE.VTT"),
        ("lesson.mp4", "lesson_captions.vtt"),
    ],
)
def test_the_transcript_beside_a_recording(recording: str, transcript: str, tmp_path: Path) -> None:
    (tmp_path / transcript).write_text(ZOOM, encoding="utf-8")
    (tmp_path / "another lesson.vtt").write_text(ZOOM, encoding="utf-8")
    found = beside(tmp_path / recording)
    assert found is not None and found.name == transcript


def test_the_transcript_is_preferred_to_captions_and_own_captions_are_none(tmp_path: Path) -> None:
    for name in ("x_Recording.cc.vtt", "x_Recording.transcript.vtt"):
        (tmp_path / name).write_text(ZOOM, encoding="utf-8")
    found = beside(tmp_path / "x_Recording_1280x720.mp4")
    assert found is not None and found.name == "x_Recording.transcript.vtt"
    assert beside(tmp_path / "other.mp4") is None and beside(tmp_path / "missing" / "a.mp4") is None
    from aiducation.exports.captions import CAPTIONS

    assert CAPTIONS.write is not None
    (own,) = CAPTIONS.write(Material(result=lesson(source="a.mp4")), tmp_path, "a")
    assert own.suffix == ".vtt" and beside(tmp_path / "a.mp4") is None


def test_a_transcript_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.vtt").write_bytes(b"WEBVTT\n\n\xff\xfe")
    with pytest.raises(DataFileError, match=r"The transcript a\.vtt cannot be read"):
        read_transcript(tmp_path / "a.vtt", show="turns")
    assert read_transcript(tmp_path / "a.vtt", show="no") is None


def material(show: str = "turns", *, people: int = 8, **options: object) -> Material:
    return Material(result=lesson(people=people), transcript=transcript_of(cues_of(ZOOM), show=show), **options)  # type: ignore[arg-type]


def rows(of: Material, folder: Path) -> list[dict[str, str]]:
    assert SPEECH.write is not None
    (path,) = SPEECH.write(of, folder, "lesson")
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


@LINUX.mark()
def test_a_transcript_that_fails_while_it_is_read_does_not_stop_the_analysis(tmp_path: Path, run_cli: RunCli) -> None:
    make_video(tmp_path / "lesson.mp4", "libx264", stamps=range(3))
    (tmp_path / "lesson.vtt").symlink_to("/proc/self/mem")  # a regular file, from which nothing can be read
    answer = run_cli("analyze", tmp_path / "lesson.mp4", "--out", tmp_path / "out", "--save", "json")
    assert answer.code == 0 and "The transcript lesson.vtt cannot be read" in answer.err


def test_turns_are_joined_with_the_group_by_time(tmp_path: Path) -> None:
    one, two, three, _ = rows(material(), tmp_path)
    assert (one["speaker"], one["from_s"], one["to_s"], one["words"], one["text"]) == (
        "speaker 1",
        "2.0",
        "9.0",
        "9",
        "",
    )
    assert float(one["calm" if "calm" in one else "neutral"]) > float(three["calm" if "calm" in three else "neutral"])
    assert float(three["other"]) > float(one["other"]) + 0.2, "most turned to other from 0:30 to 1:00"
    assert two["speaker"] == "speaker 2"
    (said, *_) = rows(material("words"), tmp_path)
    assert said["speaker"] == "Anna Schmidt" and "fractions" in said["text"]


def test_small_groups_are_withheld(tmp_path: Path) -> None:
    found = rows(material(people=3), tmp_path)
    assert {row["other"] for row in found} == {""} and found[0]["faces"]
    assert rows(material(people=3, min_group=1), tmp_path)[0]["other"]


def test_the_report_shows_who_spoke_and_escapes_names() -> None:
    page = report_html(material())
    assert "Who spoke" in page and "speaker 2" in page and page.count("<rect") == 4 and "Anna" not in page
    named = transcript_of(cues_of(ZOOM.replace("Anna Schmidt", 'Anna "X" & Co')), show="names")
    page = report_html(Material(result=lesson(), transcript=named))
    assert "Anna &#34;X&#34; &amp; Co" in page or "Anna &quot;X&quot; &amp; Co" in page
    assert "Who spoke" not in report_html(Material(result=lesson()))
    assert "Who spoke" not in report_html(Material(result=lesson(), transcript=Transcript(())))


def test_many_speakers_share_the_last_row() -> None:
    text = "WEBVTT\n\n" + "".join(
        f"00:00:{2 * i:02}.000 --> 00:00:{2 * i + 1:02}.000\nPupil {chr(65 + i)}: yes\n\n" for i in range(12)
    )
    page = report_html(Material(result=lesson(), transcript=transcript_of(cues_of(text))))
    assert "others" in page and "5 turns" in page


@pytest.mark.slow
def test_on_the_command_line(tmp_path: Path, samples: Path, run_cli: RunCli) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "meeting.mp4").write_bytes((samples / "meeting.mp4").read_bytes())
    path = tmp_path / "in" / "meeting.vtt"
    path.write_text(ZOOM, encoding="utf-8")
    options = ("--out", tmp_path / "out", "--save", "report", "speech", "--every", "2", "--min-group", "1")
    answer = run_cli("analyze", tmp_path / "in" / "meeting.mp4", *options)
    assert answer.code == 0 and "read with its transcript meeting.vtt" in answer.err
    report = (tmp_path / "out" / "meeting.report.html").read_text(encoding="utf-8")
    assert "speaker 1" in report and "Anna" not in report and (tmp_path / "out" / "meeting.speech.csv").is_file()
    again = run_cli("analyze", tmp_path / "in" / "meeting.mp4", *options, "--resume", "--transcript", "names")
    assert again.code == 0 and "changed since then: transcript" in again.err
    assert "Anna" in (tmp_path / "out" / "meeting.report.html").read_text(encoding="utf-8")
    same = run_cli("analyze", tmp_path / "in" / "meeting.mp4", *options, "--resume", "--transcript", "names")
    assert "was analyzed before and is skipped" in same.err
    alone = run_cli("analyze", samples / "meeting.mp4", "--every", 4, "--save", "speech", "--out", tmp_path / "out4")
    assert (
        "meeting.mp4: its table of speech has no rows, because no transcript of its name lies beside it." in alone.err
    )
    wrong = run_cli("analyze", path, "--out", tmp_path / "out3", "--transcript", "all")
    assert wrong.code == WRONG_USE and "Unknown way to show a transcript 'all'" in wrong.err

"""``/api/recordings``: from the upload to the results, and every way in which it ends earlier."""

from __future__ import annotations

import asyncio
import errno
import io
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from fastapi.testclient import TestClient
from PIL import Image

from aiducation.media.video_writer import VideoWriter
from aiducation.vision.analyzer import Analyzer
from aiducation.web import formats
from aiducation.web.settings import Limits, ServeSettings
from commands import RunCli
from needs import need_package
from waiting import PATIENCE_S, until
from web_makers import client_of, error_of, fits, send, wait_for


@pytest.fixture(scope="module")
def meeting(samples: Path) -> bytes:
    return (samples / "meeting.mp4").read_bytes()


@pytest.fixture(scope="module")
def long_video(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Ten minutes of noise: it takes seconds to look through."""
    path = tmp_path_factory.mktemp("long") / "long.mp4"
    pictures = [np.random.default_rng(i).integers(0, 255, (180, 320, 3)).astype(np.uint8) for i in range(4)]
    with VideoWriter(path, 320, 180) as writer:
        for i in range(1200):
            writer.write(pictures[i // 100 % 4], i / 2)
    return path.read_bytes()


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> None:
    """No recording gets further than its first picture until it is stopped, however slow the rest of a test is."""
    analyze = Analyzer.video

    def video(*given: Any, progress: Any, **options: Any) -> Any:
        def first(done_s: float, total_s: float | None) -> None:
            for _ in range(round(2 * PATIENCE_S / 0.02)):
                progress(done_s, total_s)
                time.sleep(0.02)
            raise AssertionError("nobody stopped it")

        return analyze(*given, progress=first, **options)

    monkeypatch.setattr(Analyzer, "video", video)


@pytest.fixture(scope="module")
def done(client: TestClient, meeting: bytes) -> dict[str, Any]:
    return wait_for(client, send(client, meeting, every_s=1, video=True), "done", "failed")


def test_the_result_is_that_of_the_command(
    client: TestClient, samples: Path, done: dict[str, Any], tmp_path: Path, run_cli: RunCli
) -> None:
    assert done["state"] == "done" and done["source"] == "lesson 1.mp4" and done["complete"] is True
    assert run_cli("analyze", samples / "meeting.mp4", "--every", 1, "--out", tmp_path, "--save", "json").code == 0
    expected = json.loads((tmp_path / "meeting.json").read_text(encoding="utf-8"))
    got = client.get(done["links"]["json"]).json()
    assert got["source"] == "lesson 1.mp4"
    assert [face["state"] for face in got["faces"]] == [face["state"] for face in expected["faces"]]
    for name in ("times_s", "group", "model", "every_s", "complete", "notes"):
        assert got[name] == expected[name]
    need_package("jsonschema").Draft202012Validator(client.get("/api/schema").json()).validate(got)


@pytest.mark.parametrize(
    ("format", "start"),
    [
        ("csv", b"source,frame"),
        ("parquet", b"PAR1"),
        ("report", b"<!doctype html>"),
        ("timeline.svg", b"<svg"),
        ("timeline.png", b"\x89PNG"),
        ("timeline.csv", b"start_s,faces"),
        ("video", b"\0\0\0"),
    ],
)
def test_every_format_is_a_download(client: TestClient, done: dict[str, Any], format: str, start: bytes) -> None:
    answer = client.get(done["links"][format])
    assert answer.status_code == 200 and answer.content.startswith(start)
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''lesson%201.")


@pytest.mark.parametrize("format", ["csv", "timeline.csv"])
def test_csv_with_decimal_commas(client: TestClient, done: dict[str, Any], format: str) -> None:
    """Both dialects hold the same, whichever was asked for before, and keep apart."""
    link = done["links"][format]
    standard, excel, again = (client.get(link, params=params) for params in ({}, {"csv_dialect": "excel"}, {}))
    assert excel.status_code == 200 and standard.content == again.content
    assert excel.content.startswith(b"\xef\xbb\xbf") and excel.headers["content-type"] == "text/csv; charset=utf-8"
    assert excel.headers["content-disposition"] == standard.headers["content-disposition"]
    first, second = standard.text.splitlines(), excel.content.decode("utf-8-sig").splitlines()
    assert len(first) == len(second) > 1
    for a, b in zip(first[1:], second[1:], strict=True):
        assert [cell.replace(",", ".") for cell in b.split(";")][1:] == a.split(",")[1:]
    assert "," in second[1] and error_of(client.get(link, params={"csv_dialect": "tabs"}))[0] == "invalid"


def test_the_recording_itself_comes_in_parts(client: TestClient, done: dict[str, Any], meeting: bytes) -> None:
    part = client.get(done["links"]["source"], headers={"range": "bytes=100-199"})
    assert part.status_code == 206 and part.content == meeting[100:200]
    assert part.headers["content-type"] == "video/mp4"


def test_the_page_gets_pieces(client: TestClient, done: dict[str, Any]) -> None:
    summary, whole = fits(client, "Summary", done["links"]["summary"]), client.get(done["links"]["json"]).json()
    assert "faces" not in summary and summary["group"] == whole["group"]
    tracks = {track["track_id"]: track for track in summary["tracks"]}
    views = [face for face in whole["faces"] if face["track_id"] is not None]
    assert set(tracks) == {face["track_id"] for face in views}
    assert sum(track["views"] for track in tracks.values()) == len(views)
    for track in tracks.values():
        assert track["first_s"] == track["spans"][0][0] and track["last_s"] == track["spans"][-1][1]
    pieces = [client.get(done["links"]["faces"], params={"from_s": t, "to_s": t + 2.999}).json() for t in (0, 3, 6, 9)]
    assert [face for piece in pieces for face in piece["faces"]] == whole["faces"]
    assert fits(client, "Faces", done["links"]["faces"]) == {"times_s": whole["times_s"], "faces": whole["faces"]}
    for options in ({"from_s": 5, "to_s": 1}, {"to_s": 700}, {"upto_s": 3}):
        assert error_of(client.get(done["links"]["faces"], params=options))[0] == "invalid"


@pytest.mark.slow
def test_events_tell_of_every_change_until_the_end(client: TestClient, meeting: bytes) -> None:
    job = send(client, meeting, every_s=0.5, video=True)
    with client.stream("GET", job["links"]["events"]) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        told = [json.loads(line[6:]) for line in answer.iter_lines() if line.startswith("data: ")]
    assert told[-1]["state"] == "done"
    assert [one["done_s"] for one in told] == sorted(one["done_s"] for one in told)
    assert told[-1]["done_s"] == told[-1]["total_s"] == 8, "the video is drawn once everything is known"
    assert client.get(job["links"]["events"]).text.count("event: job") == 1  # one who comes late hears the end


@pytest.mark.usefixtures("held")
def test_head_does_not_wait_for_events(client: TestClient, long_video: bytes) -> None:
    job = wait_for(client, send(client, long_video), "running")
    head = client.head(job["links"]["events"])
    assert head.status_code == 200 and head.headers["content-type"].startswith("text/event-stream")
    assert client.get(job["links"]["self"]).json()["state"] == "running"
    part = client.head(job["links"]["source"])
    assert part.headers["accept-ranges"] == "bytes" and int(part.headers["content-length"]) == len(long_video)
    client.delete(job["links"]["self"])


def test_deleting_leaves_nothing(client: TestClient, meeting: bytes) -> None:
    folder = client.app.state.services.folder  # type: ignore[attr-defined]
    job = wait_for(client, send(client, meeting, every_s=2), "done")
    assert (folder / job["id"]).is_dir()
    assert client.delete(job["links"]["self"]).status_code == 204
    assert not (folder / job["id"]).exists()
    for link in job["links"].values():
        assert error_of(client.get(link))[0] == "not_found"


@pytest.mark.usefixtures("held")
def test_a_running_recording_is_cancelled(client: TestClient, long_video: bytes) -> None:
    folder = client.app.state.services.folder  # type: ignore[attr-defined]
    job = wait_for(client, send(client, long_video, every_s=0.5, video=True), "running")
    assert client.get(job["links"]["self"] + "/csv").status_code == 409
    assert error_of(client.get(job["links"]["self"] + "/csv"))[0] == "not_ready"
    assert client.delete(job["links"]["self"]).status_code == 204
    until(lambda: not (folder / job["id"]).exists())  # the files go when the analysis has let go of them


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"no video at all", "lesson 1.mp4 is not a video"), (b"\0\0\0\x18ftypmp42" + bytes(500), "lesson 1.mp4")],
)
def test_what_is_no_video_fails_with_a_reason(client: TestClient, content: bytes, words: str) -> None:
    job = wait_for(client, send(client, content), "failed")
    assert job["error"]["code"] == "unreadable" and words in job["error"]["message"]
    assert "/" not in job["error"]["message"]
    assert error_of(client.get(job["links"]["self"] + "/json"))[0] == "not_ready"


@pytest.mark.slow
def test_a_truncated_video_gives_what_can_be_seen(client: TestClient, tmp_path: Path, samples: Path) -> None:
    import av

    whole = tmp_path / "whole.mkv"  # a container that can be cut
    with av.open(str(samples / "meeting.mp4")) as source, av.open(str(whole), "w") as out:
        stream = out.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                out.mux(packet)
    content = whole.read_bytes()
    job = wait_for(client, send(client, content[: len(content) * 2 // 3], "cut.mkv", every_s=1), "done", "failed")
    assert job["state"] == "done" and job["complete"] is False
    result = client.get(job["links"]["json"]).json()
    assert 0 < len(result["times_s"]) < 12 and result["complete"] is False
    for said in (result["notes"], client.get(job["links"]["summary"]).json()["notes"]):
        assert "breaks off" in said[0] and "are missing" in said[0]


@pytest.mark.slow
def test_limits(client: TestClient, meeting: bytes, long_video: bytes) -> None:
    answer = client.post("/api/recordings", files={"file": ("a.mp4", bytes(8_100_000))})
    assert answer.status_code == 413 and error_of(answer)[0] == "too_large"
    for options in ({"every_s": 0}, {"every_s": "often"}, {"min_group": -1}):
        assert (
            error_of(client.post("/api/recordings", files={"file": ("a.mp4", meeting)}, params=options))[0] == "invalid"
        )
    with client_of(ServeSettings(limits=Limits(seconds=60))) as strict:
        job = wait_for(strict, send(strict, long_video), "failed")
        assert job["error"]["code"] == "too_large" and "longer" in job["error"]["message"]
    with client_of(ServeSettings(limits=Limits(faces=2))) as strict:
        job = wait_for(strict, send(strict, meeting), "failed")
        assert job["error"]["code"] == "too_large" and "faces" in job["error"]["message"]


def film(*sizes: tuple[int, int]) -> bytes:
    """An MKV file of a second a frame, each of its own size."""
    import av

    def jpeg(size: tuple[int, int]) -> bytes:
        out = io.BytesIO()
        Image.new("RGB", size, (90, 90, 90)).save(out, "JPEG")
        return out.getvalue()

    made = io.BytesIO()
    with av.open(io.BytesIO(jpeg(sizes[0])), format="jpeg_pipe") as first, av.open(made, "w", format="matroska") as out:
        stream = out.add_stream_from_template(first.streams.video[0])
        for second, size in enumerate(sizes):
            packet = av.Packet(jpeg(size))
            packet.stream, packet.time_base, packet.pts, packet.dts = stream, Fraction(1), second, second
            out.mux(packet)
    return made.getvalue()


def test_frames_of_too_many_pixels_are_refused_before_they_are_decoded(client: TestClient) -> None:
    job = wait_for(client, send(client, film((2000, 1500)), "poster.mkv"), "failed", "done")
    assert job["error"]["code"] == "too_large" and "/" not in job["error"]["message"]
    assert job["error"]["message"].startswith(
        "poster.mkv has frames of 2,000 x 1,500 pixels, more than the limit of 2,000,000"
    )


def test_frames_that_grow_on_the_way_are_passed_over(client: TestClient) -> None:
    job = wait_for(client, send(client, film((320, 240), (2000, 1500), (320, 240))), "failed", "done")
    result = client.get(job["links"]["json"]).json()
    assert result["times_s"] == [0.0, 0.5, 2.0, 2.5]  # the first picture stands until the damaged one should have come
    assert result["standing_s"] == [0.5, 2.0, 2.5]
    assert result["notes"][0] == "One damaged part of the file could not be read."
    assert result["notes"][1].startswith("4 samples were taken; with one every 0.5 s there would be 6 in 3 s.")


def test_a_video_track_can_be_chosen(client: TestClient, meeting: bytes) -> None:
    job = wait_for(client, send(client, meeting, every_s=4, track=0), "done")
    assert job["track"] == 0 and client.get(job["links"]["summary"]).json()["decoding"]["track"] == 0
    failed = wait_for(client, send(client, meeting, track=3), "failed")
    assert failed["error"]["code"] == "unreadable" and "there is no track 3" in failed["error"]["message"]


@pytest.mark.slow
def test_files_are_made_once_however_many_ask(client: TestClient, meeting: bytes) -> None:
    job = wait_for(client, send(client, meeting, every_s=2), "done")
    names = ["timeline.svg", "timeline.png", "timeline.csv"] * 4
    with ThreadPoolExecutor(len(names)) as pool:
        answers = list(pool.map(lambda name: client.get(job["links"][name]), names))
    assert [answer.status_code for answer in answers] == [200] * len(names)
    assert len({answer.content for answer in answers}) == 3


@pytest.mark.parametrize("fails", [False, True])
def test_a_recording_that_is_deleted_while_a_file_is_made(
    client: TestClient, meeting: bytes, fails: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = client.app.state.services.folder  # type: ignore[attr-defined]
    job = wait_for(client, send(client, meeting, every_s=4), "done")
    whole = formats.write

    def slow(*arguments: Any) -> Path:
        client.delete(job["links"]["self"])
        made = whole(*arguments)
        if fails:
            raise OSError(errno.ENOSPC, "No space left on device")
        return made

    monkeypatch.setattr(formats, "write", slow)
    assert error_of(client.get(job["links"]["csv"]))[0] == "not_found"
    assert not (folder / job["id"]).exists()


@pytest.fixture
def narrow() -> Iterator[TestClient]:
    with client_of(ServeSettings(limits=Limits(waiting=2, finished=1, keep_s=3600.0))) as client:
        yield client


@pytest.mark.usefixtures("held")
def test_the_queue_is_bounded_and_in_order(narrow: TestClient, long_video: bytes) -> None:
    jobs = [wait_for(narrow, send(narrow, long_video), "running")]
    jobs += [send(narrow, long_video) for _ in range(2)]
    assert [job["before"] for job in jobs[1:]] == [1, 2]
    full = narrow.post("/api/recordings", files={"file": ("a.mp4", long_video)})
    assert full.status_code == 503 and error_of(full)[0] == "too_many_requests" and int(full.headers["retry-after"]) > 0
    narrow.delete(jobs[1]["links"]["self"])
    assert narrow.get(jobs[2]["links"]["self"]).json()["before"] == 1
    assert narrow.get("/health").json()["recordings"] == {
        "queued": 1,
        "running": 1,
        "done": 0,
        "failed": 0,
        "cancelled": 0,
    }
    for job in (jobs[2], jobs[0]):
        narrow.delete(job["links"]["self"])


@pytest.mark.usefixtures("held")
def test_each_client_has_its_share_of_the_queue(long_video: bytes) -> None:
    """Who sends many recordings is served in turn with who sends one, and leaves a quarter of the places."""
    with client_of(ServeSettings(limits=Limits(waiting=4))) as first:
        many, few = (
            TestClient(first.app, base_url="http://127.0.0.1:8000", client=(host, 1))
            for host in ("10.0.0.1", "10.0.0.2")
        )
        jobs = [wait_for(many, send(many, long_video), "running")]
        jobs += [send(many, long_video) for _ in range(3)]
        full = many.post("/api/recordings", files={"file": ("a.mp4", long_video)})
        assert full.status_code == 503 and "of your recordings" in error_of(full)[1]
        jobs.append(send(few, long_video))
        assert few.get(jobs[-1]["links"]["self"]).json()["before"] == 1, "next after the one that is analyzed"
        assert many.get(jobs[1]["links"]["self"]).json()["before"] == 2
        for job in reversed(jobs):
            many.delete(job["links"]["self"])


@pytest.mark.slow
def test_what_nobody_asks_for_is_deleted_in_time(narrow: TestClient, meeting: bytes) -> None:
    folder = narrow.app.state.services.folder  # type: ignore[attr-defined]
    job = wait_for(narrow, send(narrow, meeting, every_s=3), "done")
    narrow.app.state.services.jobs.get(job["id"]).touched -= 3600  # type: ignore[attr-defined]
    until(lambda: not (folder / job["id"]).exists())
    assert narrow.get(job["links"]["self"]).status_code == 404


def test_other_requests_go_on_while_a_recording_is_analyzed(
    client: TestClient, long_video: bytes, gallery: bytes
) -> None:
    job = wait_for(client, send(client, long_video), "running")
    assert client.post("/api/photo", files={"file": ("a.jpg", gallery)}).status_code == 200
    assert client.get("/health").json()["status"] == "ok"
    client.delete(job["links"]["self"])


def test_a_client_that_is_gone_before_it_hears_an_id_leaves_no_recording(client: TestClient, meeting: bytes) -> None:
    """Only who knows the id can delete a recording."""
    address = "http://127.0.0.1:8000/api/recordings"
    asked = requests.Request("POST", address, files={"file": ("lesson.mp4", meeting)}).prepare()
    headers = [(b"host", b"127.0.0.1:8000")] + [
        (name.lower().encode(), value.encode()) for name, value in asked.headers.items()
    ]
    scope = {"type": "http", "http_version": "1.1", "method": "POST", "scheme": "http", "headers": headers}
    scope |= {"path": "/api/recordings", "query_string": b"", "server": ("127.0.0.1", 8000), "client": ("127.0.0.1", 1)}

    def sent_by(messages: list[dict[str, Any]]) -> int:
        waiting, statuses = iter(messages), []

        async def receive() -> dict[str, Any]:
            for message in waiting:
                return message
            await asyncio.Event().wait()  # the client is there, and listens
            raise AssertionError

        async def answer(message: dict[str, Any]) -> None:
            statuses.append(message.get("status"))

        client.portal.call(client.app, scope, receive, answer)  # type: ignore[union-attr, arg-type]
        return statuses[0]

    known = client.app.state.services.jobs  # type: ignore[attr-defined]
    before = known.counts()
    whole = {"type": "http.request", "body": asked.body, "more_body": False}
    assert sent_by([whole, {"type": "http.disconnect"}]) == 400 and known.counts() == before
    assert sent_by([whole]) == 202

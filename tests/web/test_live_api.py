"""``WS /api/live``: frames in, faces out; junk, oversized and slow clients."""

from __future__ import annotations

import io
import itertools
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image
from starlette.websockets import WebSocketDisconnect

from aiducation.web.kept_sessions import KeptSession
from aiducation.web.settings import Limits, ServeSettings
from waiting import until
from web_makers import client_of, error_of, fits, picture_of

LIVE = "ws://127.0.0.1:8000/api/live"


def hello(socket: Any) -> dict[str, Any]:
    message: dict[str, Any] = socket.receive_json()
    assert message["type"] == "hello" and message["model"]["name"] == "flagship"
    return message


@pytest.fixture(scope="module")
def frame() -> bytes:
    return picture_of(3, 2)


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes to a session comes a tenth of a second after what came before, however slow the machine is. A clock that is
    started anew begins anew."""
    counts: dict[float, Iterator[int]] = {}
    monkeypatch.setattr(
        KeptSession, "now_s", lambda self: next(counts.setdefault(self._started, itertools.count(1))) / 10
    )


@pytest.mark.usefixtures("steps")
def test_frames_in_faces_out(client: TestClient, frame: bytes) -> None:
    with client.websocket_connect(LIVE) as socket:
        session = hello(socket)["session"]
        answers = []
        for _ in range(3):
            socket.send_bytes(frame)
            answers.append(socket.receive_json())
        assert [a["type"] for a in answers] == ["frame"] * 3 and [a["number"] for a in answers] == [1, 2, 3]
        assert answers[0]["width"] == 640 and len(answers[0]["faces"]) == 6
        assert answers[0]["time_s"] < answers[1]["time_s"] < answers[2]["time_s"]
        tracks = [{face["track_id"] for face in a["faces"]} for a in answers]
        assert tracks[0] == tracks[1] == tracks[2] and None not in tracks[0]
        assert answers[0]["low_confidence"] == []
        assert set(answers[0]["group"]) == {
            "min_group",
            "view",
            "found",
            "judged",
            "withheld",
            "states_withheld",
            "counts",
            "expressions",
            "shares",
        }
        socket.send_text(json.dumps({"type": "mark", "note": "  group\nwork "}))
        assert socket.receive_json()["note"] == "group work"
        socket.send_text('{"type": "stop"}')
        summary = socket.receive_json()
        assert summary["type"] == "summary" and summary["frames"] == 3 and summary["faces_at_a_time"] == 6
        assert [mark["note"] for mark in summary["marks"]] == ["group work"]
    assert client.get(f"/api/live/{session}").json()["session"] == session
    assert client.delete(f"/api/live/{session}").status_code == 204
    assert error_of(client.get(f"/api/live/{session}/json"))[0] == "not_found"


@pytest.mark.usefixtures("steps")
def test_a_session_is_saved_in_every_format(client: TestClient, frame: bytes) -> None:
    with client.websocket_connect(f"{LIVE}?source=screen&min_group=1") as socket:
        session = hello(socket)["session"]
        socket.send_bytes(frame)
        assert socket.receive_json()["group"]["shares"] is not None
        socket.send_text('{"type": "mark", "note": "begin"}')
        socket.receive_json()
    here = f"/api/live/{session}"  # still there: the connection broke without a stop
    result = fits(client, "Result", f"{here}/json")
    assert [mark["note"] for mark in fits(client, "LiveSession", here)["marks"]] == ["begin"]
    assert fits(client, "Summary", f"{here}/summary")["group"] == result["group"]
    assert (
        result["source"] == "screen:live" and len(result["faces"]) == 6 and result["notes"] == ["0:00 marked: begin."]
    )
    starts = {
        "csv": b"source",
        "parquet": b"PAR1",
        "report": b"<!doctype",
        "timeline.svg": b"<svg",
        "timeline.csv": b"start_s",
    }
    for format, start in {**starts, "timeline.png": b"\x89PNG"}.items():
        answer = client.get(f"{here}/{format}")
        assert answer.status_code == 200 and answer.content.startswith(start)
        assert b"data:image" not in answer.content, "what is saved has no pictures"
    excel = client.get(f"{here}/csv?csv_dialect=excel").content
    assert excel.startswith(b"\xef\xbb\xbfsource;frame;") and b"0," in excel
    assert error_of(client.get(f"{here}/picture"))[0] == "invalid"


def test_times_are_marked_afterwards_and_taken_back(client: TestClient, frame: bytes) -> None:
    with client.websocket_connect(LIVE) as socket:
        session = hello(socket)["session"]
        socket.send_bytes(frame)
        socket.receive_json()
        socket.send_text('{"type": "mark", "note": "begins"}')
        first = socket.receive_json()
        socket.send_text('{"type": "stop"}')
        socket.receive_json()
    address = f"/api/live/{session}"
    marks = [{"time_s": 70.0, "note": "ends"}, {"time_s": first["time_s"], "note": "begins"}]
    told = client.put(f"{address}/marks", json={"marks": marks}).json()
    assert [mark["note"] for mark in told["marks"]] == ["begins", "ends"]
    assert "1:10 marked: ends." in client.get(f"{address}/summary").json()["notes"]
    long = {"marks": [{"time_s": 1.0, "note": "x" * 5000}]}
    assert error_of(client.put(f"{address}/marks", json=long))[0] == "too_large"
    assert len(client.get(address).json()["marks"]) == 2, "what was refused changes nothing"
    assert client.put(f"{address}/marks", json={"marks": []}).json()["marks"] == []
    assert error_of(client.put(f"{address}/marks", json={"marks": [{"note": "when"}]}))[0] == "invalid"
    client.delete(address)


def test_what_is_kept_has_no_holes(client: TestClient) -> None:
    """However frames fall, each step of the timeline has one while they come."""
    services = client.app.state.services  # type: ignore[attr-defined]
    session = services.live.connect(None, source="camera", min_group=1)
    frame = picture_of(1, 1, width=160, height=120)
    for k in range(60):
        session.look(frame, 0.53 * k)
    services.live.delete(session)
    assert [int(time_s / 2) for time_s in session.recording().times] == list(range(16))


def test_unknown_parameters_are_refused(client: TestClient) -> None:
    with client.websocket_connect(f"{LIVE}?min_gruop=10") as socket:
        assert "min_gruop: there is no such parameter" in socket.receive_json()["error"]["message"]
    assert error_of(client.get("/api/live/x/json?min_group=10"))[0] == "invalid"


def test_small_groups_are_told_when_asked_for(client: TestClient) -> None:
    two = picture_of(2, 1)
    with client.websocket_connect(LIVE) as socket:
        hello(socket)
        for value, told in ((5, False), (1, True), (5, False)):
            socket.send_text(json.dumps({"type": "min_group", "value": value}))
            socket.send_bytes(two)
            assert (socket.receive_json()["group"]["shares"] is not None) == told
        for value in (0, True, 1.0, "1", None):
            socket.send_text(json.dumps({"type": "min_group", "value": value}))
            assert socket.receive_json()["error"]["code"] == "bad_request"
        socket.send_bytes(two)
        assert socket.receive_json()["group"]["min_group"] == 5


@pytest.mark.usefixtures("steps")
def test_a_group_that_was_too_small_stays_withheld_for_a_moment(
    client: TestClient, frame: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else states that come and go with one face would say which face it was."""
    four = picture_of(2, 2)

    def shown(socket: Any, picture: bytes) -> str | None:
        socket.send_bytes(picture)
        return socket.receive_json()["group"]["withheld"]

    with client.websocket_connect(LIVE) as socket:
        hello(socket)
        assert shown(socket, frame) is None
        assert "fewer than 5 faces were seen well enough, so" in str(shown(socket, four))
        assert "in the last seconds" in str(shown(socket, frame))
    monkeypatch.setattr("aiducation.web.kept_sessions._WITHHELD_S", 0.0)
    with client.websocket_connect(LIVE) as socket:
        hello(socket)
        assert "so they would reveal" in str(shown(socket, four)) and shown(socket, frame) is None


@pytest.mark.usefixtures("steps")
def test_a_broken_connection_goes_on(client: TestClient, frame: bytes) -> None:
    with client.websocket_connect(LIVE) as socket:
        session = hello(socket)["session"]
        socket.send_bytes(frame)
        before = socket.receive_json()
    with client.websocket_connect(f"{LIVE}?session={session}") as socket:
        assert hello(socket)["session"] == session
        with client.websocket_connect(f"{LIVE}?session={session}") as newer:  # the server has not noticed the break yet
            assert hello(newer)["session"] == session
            assert socket.receive_json()["error"]["code"] == "not_allowed"
            with pytest.raises(WebSocketDisconnect):
                socket.receive_json()
            newer.send_bytes(frame)
            after = newer.receive_json()
            assert client.app.state.services.live.counts()["connected"] == 1  # type: ignore[attr-defined]
    assert after["time_s"] > before["time_s"]
    assert {f["track_id"] for f in after["faces"]} == {f["track_id"] for f in before["faces"]}


def test_a_window_that_changes_its_size(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is saved has one size, and every face at its place in it."""
    monkeypatch.setattr("aiducation.web.live_sessions.KEEP_EVERY_S", 0.001)
    sizes = ((640, 360), (1280, 720), (640, 360))
    with client.websocket_connect(LIVE) as socket:
        session = hello(socket)["session"]
        for width, height in sizes:
            socket.send_bytes(picture_of(3, 2, width=width, height=height))
            told = socket.receive_json()
            assert (told["width"], told["height"]) == (width, height), "the answer is about the frame as it was sent"
    result = client.get(f"/api/live/{session}/json").json()
    summary = client.get(f"/api/live/{session}/summary").json()
    assert summary.pop("tracks")
    assert summary == {key: value for key, value in result.items() if key != "faces"}
    assert (result["width"], result["height"]) == (1280, 720)
    first, second, last = (result["faces"][k : k + 6] for k in (0, 6, 12))
    assert len(last) == 6 and {f["time_s"] for f in first} & {f["time_s"] for f in second + last} == set()
    for small, large in zip(sorted(first, key=place), sorted(second, key=place), strict=True):
        assert small["left"] == pytest.approx(large["left"], abs=40)
        assert small["bottom"] == pytest.approx(large["bottom"], abs=40)
        assert small["landmarks"][2] == pytest.approx(large["landmarks"][2], abs=40)
        assert small["size"] == pytest.approx(large["size"] / 2, abs=20), "how it was seen stays what it was"


def place(face: dict[str, Any]) -> tuple[int, int]:
    """Row and column of a face in a gallery of 1280 x 720."""
    return round(face["top"] / 360), round(face["left"] / 427)


def test_photos_end_nobodys_session(frame: bytes) -> None:
    with client_of(ServeSettings(limits=Limits(photos=0))) as client, client.websocket_connect(LIVE) as socket:
        hello(socket)
        assert client.post("/api/photo", files={"file": ("a.jpg", frame)}).status_code == 503
        for _ in range(25):
            socket.send_bytes(frame)
            assert socket.receive_json()["type"] == "frame"


@pytest.mark.usefixtures("steps")
def test_faces_stay_covered_for_a_moment_after_they_are_lost(client: TestClient, frame: bytes) -> None:
    out = io.BytesIO()
    Image.new("RGB", (640, 360), (90, 90, 90)).save(out, "JPEG")
    with client.websocket_connect(LIVE) as socket:
        hello(socket)
        for _ in range(2):
            socket.send_bytes(frame)
            seen = socket.receive_json()
        socket.send_bytes(out.getvalue())
        lost = socket.receive_json()
    assert len(seen["faces"]) == 6 and lost["faces"] == [] and len(lost["low_confidence"]) == 6


def test_late_frames_are_dropped_not_queued(client: TestClient) -> None:
    many = 60
    frames = [picture_of(3, 3, width=1280, height=720, shift=i / 10) for i in range(3)]
    with client.websocket_connect(LIVE) as socket:
        hello(socket)
        for i in range(many):
            socket.send_bytes(frames[i % 3])
        answers = [socket.receive_json()]
        while answers[-1]["number"] < many:
            answers.append(socket.receive_json())
    numbers = [a["number"] for a in answers]
    assert numbers == sorted(set(numbers)) and numbers[-1] == many
    assert answers[-1]["dropped"] == many - len(answers) > 0


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("source=webcam", "invalid"),
        ("min_group=0", "invalid"),
        ("min_group=x", "invalid"),
        ("language=xx", "invalid"),
        ("session=no", "not_found"),
    ],
)
def test_wrong_parameters(client: TestClient, query: str, code: str) -> None:
    with client.websocket_connect(f"{LIVE}?{query}") as socket:
        assert socket.receive_json()["error"]["code"] == code
        with pytest.raises(WebSocketDisconnect):
            socket.receive_json()


def test_too_many_sessions_at_once(client: TestClient) -> None:
    open_ = client.websocket_connect
    with open_(LIVE), open_(LIVE), open_(LIVE), open_(LIVE) as fourth:
        assert fourth.receive_json()["error"]["code"] == "too_many_requests"
    live = client.app.state.services.live  # type: ignore[attr-defined]
    until(lambda: not any(one.connected for one in live._sessions.values()))
    with client.websocket_connect(LIVE) as again:
        hello(again)


def test_a_silent_session_gives_its_place_to_a_new_one(frame: bytes) -> None:
    """The one that was silent for longest; it goes on when there is a place again."""
    with client_of(ServeSettings(limits=Limits(live=2, silent_s=0.0))) as client:
        open_ = client.websocket_connect
        with open_(LIVE) as silent, open_(LIVE) as other:
            first = hello(silent)["session"]
            hello(other)
            other.send_bytes(frame)
            assert other.receive_json()["type"] == "frame"
            with open_(LIVE) as new:
                hello(new)
                with pytest.raises(WebSocketDisconnect):
                    silent.receive_json()
                new.send_bytes(frame)
                assert new.receive_json()["type"] == "frame"
                other.send_bytes(frame)
                assert other.receive_json()["type"] == "frame"
        live = client.app.state.services.live  # type: ignore[attr-defined]
        until(lambda: not any(one.connected for one in live._sessions.values()))
        with open_(f"{LIVE}?session={first}") as again:
            assert hello(again)["session"] == first


def test_forgetting_a_session_ends_its_connection(client: TestClient) -> None:
    with client.websocket_connect(LIVE) as socket:
        session = hello(socket)["session"]
        assert client.delete(f"/api/live/{session}").status_code == 204
        with pytest.raises(WebSocketDisconnect):
            socket.receive_json()
    assert client.get(f"/api/live/{session}").status_code == 404


def junk(random_: random.Random, frame: bytes) -> bytes | str:
    """A message as nobody should send it."""
    flipped = bytearray(frame)
    for _ in range(random_.randrange(1, 40)):
        flipped[random_.randrange(len(flipped))] = random_.randrange(256)
    return random_.choice(
        [
            b"",
            random_.randbytes(random_.randrange(1, 5000)),
            frame[: random_.randrange(len(frame))],
            bytes(flipped),
            b"\x89PNG\r\n\x1a\n" + random_.randbytes(200),
            "",
            "{",
            "[" * 3000,
            "null",
            '{"type": 7}',
            '{"type": "mark", "note": 5}',
            '{"type": "mark", "note": "' + "x" * 9000 + '"}',
            '{"type": "' + "y" * 20000 + '"}',
            '{"type": "stop", "x": ' + "9" * 5000 + "}",
            "\ud7ff\x00",
        ]
    )


def test_junk_is_answered_and_harms_nobody(client: TestClient, frame: bytes) -> None:
    random_ = random.Random(0)
    with client.websocket_connect(LIVE) as good:
        hello(good)
        for _ in range(12):
            with client.websocket_connect(LIVE) as socket:
                hello(socket)
                for _ in range(25):
                    message = junk(random_, frame)
                    (socket.send_bytes if isinstance(message, bytes) else socket.send_text)(message)  # type: ignore[operator]
            good.send_bytes(frame)
            assert good.receive_json()["type"] == "frame"
    for session in list(client.app.state.services.live._sessions.values()):  # type: ignore[attr-defined]
        assert not session.connected
        client.app.state.services.live.delete(session)  # type: ignore[attr-defined]


def test_one_bad_frame_is_told_and_the_next_is_looked_at(client: TestClient, frame: bytes) -> None:
    big = io.BytesIO()
    Image.new("L", (2000, 2000)).save(big, "PNG")
    with client.websocket_connect(LIVE) as socket:
        hello(socket)
        for content, code in ((b"junk", "unreadable"), (bytes(1_000_500), "too_large"), (big.getvalue(), "too_large")):
            socket.send_bytes(content)
            answer = socket.receive_json()
            assert answer["type"] == "error" and answer["error"]["code"] == code and answer["number"] >= 1
        socket.send_bytes(frame)
        assert socket.receive_json()["type"] == "frame"


def test_nobody_may_send_junk_for_ever(client: TestClient) -> None:
    with client.websocket_connect(LIVE) as socket:
        hello(socket)
        with pytest.raises(WebSocketDisconnect):
            for _ in range(40):
                socket.send_text("junk")
                assert socket.receive_json()["error"]["code"] == "bad_request"


def test_sessions_are_forgotten_in_time(frame: bytes) -> None:
    with client_of(ServeSettings(limits=Limits(keep_s=0.6))) as client:
        with client.websocket_connect(LIVE) as socket:
            session = hello(socket)["session"]
            socket.send_bytes(frame)
            socket.receive_json()
            live = client.app.state.services.live  # type: ignore[attr-defined]
            live.get(session).touched -= 60
            live.sweep()
            assert client.get(f"/api/live/{session}").status_code == 200, "as long as it is connected it stays"
        until(lambda: session not in live._sessions)
        assert client.get(f"/api/live/{session}").status_code == 404


def test_a_session_that_rests_keeps_no_pictures_and_goes_on(client: TestClient, frame: bytes) -> None:
    """Half a minute after its connection ended; what was seen stays, and who comes back gets new tracks."""
    with client.websocket_connect(LIVE) as socket:
        session = hello(socket)["session"]
        socket.send_bytes(frame)
        before = {face["track_id"] for face in socket.receive_json()["faces"]}
    live = client.app.state.services.live  # type: ignore[attr-defined]
    until(lambda: not live.get(session).connected)
    held = live.get(session)
    followed = held._looks
    live.sweep()
    assert held._looks is followed, "a connection that broke a moment ago may go on with the same faces"
    held.heard -= 60
    live.sweep()
    assert held._looks is not followed and followed.gi_frame is None
    with client.websocket_connect(f"{LIVE}?session={session}") as socket:
        hello(socket)
        socket.send_bytes(frame)
        after = {face["track_id"] for face in socket.receive_json()["faces"]}
    assert len(before) == len(after) == 6 and not before & after
    assert client.get(f"/api/live/{session}").json()["frames"] == 2

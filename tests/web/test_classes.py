"""Classes: students' pages send numbers, the teacher gets figures of the group. No browser here: see test_class_page.py."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from aiducation.vision.analyzer import Analyzer
from aiducation.web import class_rooms
from aiducation.web.class_rooms import FRESH_S, ClassRoom, judge_of
from aiducation.web.problems import Problem
from aiducation.web.settings import Limits, ServeSettings
from aiducation.web.static_page import about
from waiting import until
from web_makers import client_of, error_of, fits

JOIN = "ws://127.0.0.1:8000/api/class/join"
BORED = [0.1, 0.0, 0.1, 0.75, 0.05]
FOCUSED = [0.1, 0.0, 0.8, 0.05, 0.05]


@pytest.fixture(scope="module")
def judge() -> str:
    return judge_of(about(Analyzer()))


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with client_of(ServeSettings(limits=Limits(class_people=12, classes=100))) as client:
        yield client


@pytest.fixture
def another() -> Iterator[TestClient]:
    """A server of one test alone."""
    with client_of(ServeSettings(limits=Limits(classes=2))) as client:
        yield client


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that classes read in the place of their own; tests move it on."""
    now = [0.0]
    monkeypatch.setattr(ClassRoom, "now_s", lambda _: now[0])
    return now


def opened(client: TestClient) -> dict[str, Any]:
    answer = client.post("/api/class", json={"agreed": True})
    assert answer.status_code == 201
    return answer.json()


def in_time(client: TestClient, room: dict[str, Any], many: int, time_s: float) -> dict[str, Any]:
    """The class, once numbers of so many members have arrived at a time."""
    members = client.app.state.services.live.get(room["session"])._members  # type: ignore[attr-defined]
    until(lambda: sum(one.told_s == time_s for one in members.values()) == many)
    now: dict[str, Any] = client.get(f"/api/class/{room['session']}").json()
    return now


class Students:
    """Pages that have joined a class."""

    def __init__(self, client: TestClient, stack: ExitStack, code: str, judge: str) -> None:
        self.client, self.stack, self.code, self.judge = client, stack, code, judge
        self.sockets: list[Any] = []

    def join(self, **other: Any) -> dict[str, Any]:
        socket = self.stack.enter_context(self.client.websocket_connect(JOIN))
        asked = {"type": "join", "code": self.code, "agreed": True, "judge": self.judge, "member": None, **other}
        socket.send_text(json.dumps(asked))
        self.sockets.append(socket)
        return socket.receive_json()

    def tell(self, probs: Any, *which: int) -> None:
        for i in which or range(len(self.sockets)):
            self.sockets[i].send_text(json.dumps({"type": "numbers", "probs": probs}))


@pytest.fixture
def students(client: TestClient, judge: str) -> Iterator[Callable[[str], Students]]:
    with ExitStack() as stack:
        yield lambda code: Students(client, stack, code, judge)


def seen(client: TestClient, room: dict[str, Any], faces: int) -> dict[str, Any]:
    """The class, once its numbers have arrived."""

    def now() -> dict[str, Any] | None:
        one: dict[str, Any] = client.get(f"/api/class/{room['session']}").json()
        return one if one["group"]["found"] == faces else None

    return until(now)  # type: ignore[return-value]


def test_a_class_becomes_the_figures_of_a_group(
    client: TestClient, students: Callable[[str], Students], clock: list[float]
) -> None:
    room = opened(client)
    class_ = students(room["code"])
    for n in range(1, 7):
        told = class_.join()
        assert told["type"] == "joined" and told["people"] == n, "students are told how many pages are in the class"
    for time_s in range(0, 200, 2):
        clock[0] = float(time_s)
        class_.tell(BORED if time_s >= 100 else FOCUSED)
        now = in_time(client, room, 6, time_s)
    assert now["people"] == 6 and now["group"]["withheld"] is None
    assert now["group"]["counts"]["bored"] == 6 and now["group"]["shares"]["bored"]["share"] == pytest.approx(0.75)
    fits(client, "ClassNow", f"/api/class/{room['session']}")
    summary = client.post(f"/api/class/{room['session']}/end").json()
    assert summary["source"] == "class" and summary["faces_at_a_time"] > 5.5
    for socket in class_.sockets:
        assert socket.receive_json() == {"type": "over"}
    here = f"/api/live/{room['session']}"
    result = fits(client, "Result", f"{here}/json")
    assert result["faces"] == [] and result["width"] == 0, "nobody's own numbers are given away"
    timeline = result["group"]["timeline"]
    assert timeline["bored"][2] == pytest.approx(0.05) and timeline["bored"][-2] == pytest.approx(0.75)
    assert 90 <= result["group"]["changes"][0]["from_s"] <= 110
    assert fits(client, "Summary", f"{here}/summary")["tracks"] == []
    for format in ("report", "timeline.png", "timeline.csv", "csv", "parquet"):
        answer = client.get(f"{here}/{format}")
        assert answer.status_code == 200, format
    assert client.get(f"{here}/csv").text.count("\n") == 1, "the heading alone"
    report = client.get(f"{here}/report").text
    assert "no picture came to this machine" in report
    assert client.delete(here).status_code == 204
    assert error_of(client.get(f"/api/class/{room['session']}"))[0] == "not_found"


def test_fewer_than_five_are_withheld_everywhere(
    students: Callable[[str], Students], clock: list[float], judge: str
) -> None:
    with client_of(ServeSettings(min_group=1)) as client, ExitStack() as stack:
        room = opened(client)
        class_ = Students(client, stack, room["code"], judge)
        for _ in range(4):
            assert class_.join()["min_group"] == 5, "a class is told five, whatever the server shows elsewhere"
        for time_s in range(0, 30, 2):
            clock[0] = float(time_s)
            class_.tell(BORED)
            now = in_time(client, room, 4, time_s)
        assert now["group"]["withheld"] and now["group"]["shares"] is None and now["group"]["counts"] is None
        here = f"/api/live/{room['session']}"
        result = client.get(f"{here}/json").json()
        assert result["group"]["shares"] is None and result["faces"] == []
        assert set(result["group"]["timeline"]["bored"]) == {None}
        assert "0.75" not in client.get(f"{here}/timeline.csv").text
        class_.join()
        clock[0] = 30.0
        class_.tell(BORED)
        assert in_time(client, room, 5, 30)["group"]["withheld"], "who comes and goes must not show in the figures"
        clock[0] = 35.0
        class_.tell(BORED)
        assert in_time(client, room, 5, 35)["group"]["shares"]


def test_students_leave_come_back_and_lose_the_network(
    client: TestClient, students: Callable[[str], Students], clock: list[float]
) -> None:
    room = opened(client)
    class_ = students(room["code"].lower().replace("-", " "))
    keys = [class_.join()["member"] for _ in range(7)]
    class_.tell(FOCUSED)
    seen(client, room, 7)
    class_.sockets[0].send_text('{"type": "leave"}')
    assert seen(client, room, 6)["people"] == 6
    class_.sockets[1].close()  # the network, or a reload
    assert seen(client, room, 5)["people"] == 5
    assert class_.join(member=keys[1])["member"] == keys[1]
    class_.tell(FOCUSED, 7)
    assert seen(client, room, 6)["people"] == 6
    class_.join(
        member=keys[2]
    )  # the same page in a second window: the first one ends, and does not come back by itself
    assert class_.sockets[2].receive_json()["error"]["code"] == "not_allowed"
    with pytest.raises(WebSocketDisconnect):
        class_.sockets[2].receive_json()
    assert class_.join(member=keys[0])["member"] != keys[0], "who left for good begins anew"
    clock[0] = FRESH_S + 1
    now = seen(client, room, 0)
    assert now["people"] == 7 and now["group"]["withheld"] == "No face was found."
    class_.tell(None, 3, 4)
    assert seen(client, room, 0)["people"] == 7


def test_who_may_not_join_is_told_why(client: TestClient, students: Callable[[str], Students]) -> None:
    room = opened(client)
    class_ = students(room["code"])

    def refused(**other: Any) -> str:
        told = class_.join(**other)
        assert told["type"] == "error" and told["error"]["message"].endswith(".")
        with pytest.raises(WebSocketDisconnect):
            class_.sockets[-1].receive_json()
        return told["error"]["code"]

    assert refused(code="AAAA-AAAA") == "not_found"
    assert refused(agreed=False) == "invalid" and refused(judge="another") == "invalid"
    assert refused(type="numbers") == "bad_request" and refused(code=7) == "bad_request"
    for _ in range(12):
        assert class_.join()["type"] == "joined"
    assert refused() == "too_many_requests"
    client.post(f"/api/class/{room['session']}/end")
    told = class_.join()
    assert told["error"] == {"code": "not_found", "message": "This class is over."}


def test_a_class_has_no_more_people_than_places_and_always_a_place_again() -> None:
    """Whoever joins, goes away without leaving and comes back, again and again."""
    room = ClassRoom(Limits(class_people=3), Analyzer(), 5)
    away = []
    for _ in range(40):
        members = [room.join(None) for _ in range(3)]
        for member in members:
            room.leave(member)
        away += members
    assert len(room._members) <= 31
    for member in away[-3:]:
        assert room.join(member.key) is member
    for key in (away[-4].key, None):
        with pytest.raises(Problem, match="full"):
            room.join(key)
    assert room.join(away[-1].key) is away[-1] and room.people == 3, "who reconnects before the old connection ends"
    room.leave(away[-1])
    assert room.join(away[0].key) is not away[0], "who was away longest is a new member"


@pytest.mark.slow
def test_codes_cannot_be_tried_out(another: TestClient, judge: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(class_rooms, "time", SimpleNamespace(monotonic=lambda: 90.0))  # all within one minute
    room = opened(another)
    with ExitStack() as stack:
        guess(Students(another, stack, "AAAAAAAA", judge), room)


def guess(class_: Students, room: dict[str, Any]) -> None:
    codes = [class_.join()["error"]["code"] for _ in range(70)]
    assert codes[0] == "not_found" and codes[-1] == "too_many_requests"
    class_.code = room["code"]
    assert class_.join()["error"]["code"] == "too_many_requests"


@pytest.mark.parametrize(
    "message",
    [
        "x" * 2000,
        "[",
        "[1]",
        '{"type": "numbers"}',
        '{"type": "numbers", "probs": [0.2, 0.2, 0.2, 0.2]}',
        '{"type": "numbers", "probs": [1, 1, 1, 1, 1]}',
        '{"type": "numbers", "probs": [1e999, 0, 0, 0, 0]}',
        '{"type": "numbers", "probs": [true, false, false, false, false]}',
        '{"type": "numbers", "probs": [0.2, 0.2, 0.2, 0.2, 0.2], "picture": "data:"}',
    ],
)
def test_a_page_that_sends_something_else_is_cut_off(
    client: TestClient, students: Callable[[str], Students], message: str
) -> None:
    class_ = students(opened(client)["code"])
    class_.join()
    class_.sockets[0].send_text(message)
    assert class_.sockets[0].receive_json()["error"]["code"] == "bad_request"
    with pytest.raises(WebSocketDisconnect):
        class_.sockets[0].receive_json()


def test_pictures_and_floods_are_cut_off(
    client: TestClient, students: Callable[[str], Students], clock: list[float]
) -> None:
    """The clock stands: on a slow machine two hundred messages may take as long as they may."""
    class_ = students(opened(client)["code"])
    class_.join()
    class_.sockets[0].send_bytes(b"\xff\xd8\xff")
    assert "no picture" in class_.sockets[0].receive_json()["error"]["message"]
    class_.join()
    for _ in range(200):
        class_.tell(BORED, 1)
    assert class_.sockets[1].receive_json()["error"]["code"] == "too_many_requests"


def test_the_teacher_must_say_that_everybody_knows(another: TestClient) -> None:
    client = another
    assert error_of(client.post("/api/class", json={"agreed": False}))[0] == "invalid"
    assert error_of(client.post("/api/class", json={}))[0] == "invalid"
    room = opened(client)
    opened(client)
    assert error_of(client.post("/api/class", json={"agreed": True}))[0] == "too_many_requests"
    client.post(f"/api/class/{room['session']}/end")
    opened(client)


def test_a_class_that_everybody_left_ends_and_is_forgotten(client: TestClient) -> None:
    room = opened(client)
    live = client.app.state.services.live  # type: ignore[attr-defined]
    session = live.get(room["session"])
    live.sweep()
    assert session.open
    session.touched = session.heard = session.touched - class_rooms.LEFT_S - 1
    live.sweep()
    assert not session.open
    session.touched -= 3601
    live.sweep()
    assert error_of(client.get(f"/api/class/{room['session']}"))[0] == "not_found"


def test_a_live_socket_cannot_take_over_a_class(client: TestClient) -> None:
    room = opened(client)
    with client.websocket_connect(f"ws://127.0.0.1:8000/api/live?session={room['session']}") as socket:
        assert socket.receive_json()["error"]["code"] == "not_found"


def test_students_need_no_token_and_other_pages_no_more_than_the_socket(judge: str) -> None:
    settings = ServeSettings(token="secret", class_pages=("https://school.example",))
    foreign = {"origin": "https://school.example"}
    with client_of(settings) as client:
        assert client.post("/api/class", json={"agreed": True}).status_code == 401
        assert error_of(client.get("/join/"))[0] == "not_found", "the page is there while a class is open"
        teacher = {"authorization": "Bearer secret"}
        room = client.post("/api/class", json={"agreed": True}, headers=teacher).json()
        page = client.get("/join/static/api.js")
        assert page.status_code == 200 and page.headers["cache-control"] == "private, no-cache"
        again = client.get("/join/static/api.js", headers={"if-none-match": page.headers["etag"]})
        assert again.status_code == 304 and not again.content, "a new version is asked for at each visit"
        assert client.get(f"/api/class/{room['session']}").status_code == 401
        asked = {"type": "join", "code": room["code"], "agreed": True, "judge": judge}
        with client.websocket_connect(JOIN, headers=foreign) as socket:
            socket.send_text(json.dumps(asked))
            assert socket.receive_json()["type"] == "joined"
        other = {"origin": "https://evil.example"}
        with pytest.raises(WebSocketDisconnect), client.websocket_connect(JOIN, headers=other):
            pass
        for path in ("/api/model", "/health", f"/api/class/{room['session']}"):
            refused = client.get(path, headers={**foreign, **teacher, "sec-fetch-site": "cross-site"})
            assert error_of(refused)[0] == "not_allowed", path


def test_a_class_is_as_long_as_it_was_also_when_nobody_is_seen_at_its_end(
    client: TestClient, clock: list[float]
) -> None:
    room = opened(client)
    for time_s in (0.0, 2.0, 4.0):
        clock[0] = time_s
        client.get(f"/api/class/{room['session']}")
    assert client.post(f"/api/class/{room['session']}/end").json()["seconds"] == 4


def test_the_figures_are_those_of_the_numbers() -> None:
    room = ClassRoom(Limits(), Analyzer(), 5)
    draw = np.random.default_rng(3)
    rows = draw.dirichlet(np.ones(5), 8)
    for row in rows:
        room.tell(room.join(None), row.astype(np.float32))
    shares = room.answer()["group"]["shares"]
    for k, outcome in enumerate(room._now(0.0).outcomes):
        assert shares[outcome]["share"] == pytest.approx(room._now(0.0).shown_probs[:, k].mean(), abs=1e-4)

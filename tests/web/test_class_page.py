"""A class of ten real browser pages: numbers reach the teacher's server, pictures reach nobody."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from needs import BROWSER, CHROMIUM, WEB_RUNTIME
from page_makers import PATIENCE, expect, record, save
from static_pages import host_of, hosted, write_page
from waiting import until_shown
from web_makers import Server, browser_options, camera_file, start_server

pytestmark = [BROWSER.mark(), WEB_RUNTIME.mark()]


class School:
    """A teacher's server, a host of static files, and everything that students' pages ask for and send."""

    def __init__(self, browser: Any, server: Server, static: str) -> None:
        self.server, self.static = server, static
        self.teachers = browser.new_context()
        self.students = browser.new_context(permissions=["camera"])
        for context in (self.teachers, self.students):
            context.set_default_timeout(PATIENCE)
        self.asked: list[Any] = []
        self.sent: list[Any] = []
        self.wrong: list[str] = []
        self.students.on("request", lambda request: self.asked.append(request))

    def page(self, context: Any, address: str) -> Any:
        page = context.new_page()
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("websocket", lambda socket: socket.on("framesent", lambda frame: self.sent.append(frame)))
        page.goto(address)
        return page

    def student(self, address: str, code: str) -> Any:
        page = self.page(self.students, address)
        join(page, code)
        return page


def join(page: Any, code: str) -> None:
    page.get_by_label("Code", exact=True).fill(code)
    expect(page.get_by_role("button", name="Join", exact=True)).to_be_disabled()
    page.get_by_label("I agree that these numbers are sent.").check()
    page.get_by_role("button", name="Join", exact=True).click()


def in_class(page: Any) -> None:
    expect(page.locator("main").get_by_text("You are in the class")).to_be_visible()


@pytest.fixture
def small_browser(browser: Any, tmp_path: Path) -> Iterator[Any]:
    """One whose camera shows one face in a small picture: ten pages of it cost little."""
    camera = camera_file(tmp_path / "camera.mjpeg", seconds=4, across=1, width=320, height=180, rate=2)
    made = browser.browser_type.launch(executable_path=CHROMIUM, args=browser_options(camera), timeout=PATIENCE)
    yield made
    made.close()


@pytest.fixture
def school(small_browser: Any, tmp_path: Path) -> Iterator[School]:
    folder = tmp_path / "page"
    folder.mkdir()
    host, static = host_of(folder)
    server = start_server("--class-page", static.rstrip("/"))
    write_page(folder, "--class", server.address)
    made = School(small_browser, server, static)
    yield made
    made.students.close()
    made.teachers.close()
    server.stop()
    host.shutdown()
    assert not made.wrong


def _cut(page: Any) -> Callable[[], None]:
    """Lets a page's sockets pass; gives a function that breaks them, as a lost network does."""
    open_: list[Any] = []

    def passing(route: Any) -> None:
        there = route.connect_to_server()
        route.on_message(there.send)
        open_.append(route)

    page.route_web_socket("**/api/class/join*", passing)
    return lambda: open_[-1].close(code=3000)


@pytest.mark.slow
def test_ten_pages_are_a_class(school: School) -> None:
    teacher = school.page(school.teachers, f"{school.server.address}#class")
    opens = teacher.get_by_role("button", name="Open a class")
    expect(opens).to_be_disabled()
    teacher.get_by_label("Everybody who is asked to join").check()
    opens.click()
    code = teacher.locator(".room-code").inner_text()
    expect(teacher.locator("main").get_by_text("0 people have joined")).to_be_visible()

    pages = [school.student(f"{school.static}#class", code.lower()) for _ in range(3)]
    pages.append(school.student(f"{school.server.address}join/", code))
    for page in pages:
        in_class(page)
    expect(teacher.locator("main").get_by_text("4 people have joined")).to_be_visible()
    expect(teacher.locator("main").get_by_text("4 faces seen")).to_be_visible()
    expect(teacher.locator("main").get_by_text("fewer than 5 faces were seen well enough")).to_be_visible()
    expect(teacher.locator(".shares")).to_have_count(0)

    pages += [school.student(f"{school.static}#class", code) for _ in range(4)]
    pages += [school.student(f"{school.server.address}join/", code) for _ in range(2)]
    for page in pages:
        in_class(page)
    expect(teacher.locator("main").get_by_text("10 people have joined")).to_be_visible()
    expect(teacher.locator("main").get_by_text("10 faces seen")).to_be_visible()
    expect(teacher.locator(".shares .share").first).to_be_visible()

    pages[0].get_by_role("button", name="Leave the class").click()
    expect(pages[0].locator("main").get_by_text("You have left the class.")).to_be_visible()
    join(pages[0], "AAAA-AAAA")
    expect(pages[0].locator("main").get_by_text("There is no class with this code")).to_be_visible()
    expect(teacher.locator("main").get_by_text("9 people have joined")).to_be_visible()
    pages[1].reload()
    expect(teacher.locator("main").get_by_text("8 people have joined")).to_be_visible()
    pages[1].get_by_role("button", name="Join it again").click()
    in_class(pages[1])
    expect(teacher.locator("main").get_by_text("9 people have joined")).to_be_visible()
    cut = _cut(pages[0])
    pages[0].reload()  # from here on its sockets can be cut
    join(pages[0], code)
    in_class(pages[0])
    expect(teacher.locator("main").get_by_text("10 people have joined")).to_be_visible()
    record(pages[0], "main p[role=status]")
    cut()
    until_shown(
        pages[0], lambda: pages[0].evaluate("said.some((words) => words.startsWith('The connection is broken'))")
    )
    in_class(pages[0])
    expect(teacher.locator("main").get_by_text("10 people have joined")).to_be_visible()
    until_shown(teacher, lambda: len(school.sent) > 30)

    teacher.reload()  # the class goes on
    expect(teacher.locator(".room-code")).to_have_text(code)
    teacher.get_by_role("button", name="End the class").click()
    for page in pages:
        expect(page.locator("main").get_by_text("The class is over")).to_be_visible()
    expect(teacher.locator("main").get_by_text("The session has ended")).to_be_visible()
    result = json.loads(save(teacher, "JSON"))
    assert result["faces"] == [] and result["source"] == "class" and len(result["times_s"]) > 2
    assert any(share is not None for share in result["group"]["timeline"]["bored"])
    assert b"no picture came to this machine" in save(teacher, "Report")
    join(pages[0], code)  # which is an old one by now
    expect(pages[0].locator("main").get_by_text("This class is over.")).to_be_visible()
    _only_numbers(school)


def _only_numbers(school: School) -> None:
    """Everything that left the students' pages: files were asked for, and numbers were sent."""
    for request in school.asked:
        assert request.url.startswith((school.static, school.server.address + "join/", "blob:")), request.url
        assert request.method == "GET" and request.post_data is None
        assert len(request.url) < 200, "nothing is hidden in an address"
    assert len(school.sent) > 30
    kinds = set()
    for frame in school.sent:
        assert isinstance(frame, str) and len(frame) < 200
        said = json.loads(frame)
        kinds.add(said["type"])
        if said["type"] == "numbers":
            assert set(said) == {"type", "probs"}
            assert said["probs"] is None or (len(said["probs"]) == 5 and all(0 <= one <= 1 for one in said["probs"]))
        elif said["type"] == "join":
            assert set(said) == {"type", "code", "judge", "member", "agreed"} and said["agreed"] is True
        else:
            assert said == {"type": "leave"}
    assert kinds == {"join", "numbers", "leave"}


#: A server that asks for messages every EVERY seconds; it counts connections, and tells when numbers came.
_GREEDY = """Object.assign(window, { sockets: 0, sent: [], WebSocket: class {
  static OPEN = 1;
  readyState = 1;
  constructor() { window.sockets += 1; setTimeout(() => this.onopen()); }
  send(text) {
    const said = { type: "joined", member: "m", every_s: EVERY, min_group: 5, keep_s: null };
    if (JSON.parse(text).type === "join") setTimeout(() => this.onmessage({ data: JSON.stringify(said) }));
    else window.sent.push(performance.now());
  }
  close() {}
} })"""


#: Long waits take a quarter of it; what is too long for a browser stays so. A second stays a second.
_RARELY = """{
  const later = setTimeout;
  window.setTimeout = (then, ms, ...rest) => later(then, ms > 5000 ? ms / 4 : ms, ...rest);
}"""


@pytest.mark.slow
@pytest.mark.parametrize("every", ["0.01", "'often'", "1e9"])
def test_no_page_sends_more_than_was_agreed_to(every: str, small_browser: Any, class_folder: Path) -> None:
    """However often Join is pressed, and whatever the server asks for; browsers take a very long time for none."""
    with hosted(class_folder) as static:
        page = small_browser.new_context(permissions=["camera"]).new_page()
        page.set_default_timeout(PATIENCE)
        page.add_init_script(_GREEDY.replace("EVERY", every))
        page.add_init_script(_RARELY)
        page.goto(f"{static}#class")
        page.get_by_label("Code", exact=True).fill("AAAA-AAAA")
        page.get_by_label("I agree that these numbers are sent.").check()
        page.get_by_role("button", name="Join", exact=True).dblclick()
        in_class(page)
        until_shown(page, lambda: page.evaluate("sent.length > 2"))
        times = page.evaluate("sent")
        assert page.evaluate("sockets") == 1
        assert min(later - one for one, later in pairwise(times)) > 990


def test_the_policy_names_the_server_of_the_class_alone(tmp_path: Path) -> None:
    write_page(tmp_path / "page", "--class", "https://lessons.school.example/faces")
    for name in ("index.html", "_headers", "service_worker.js"):
        text = (tmp_path / "page" / name).read_text(encoding="utf-8").replace("&#39;", "'")
        assert "connect-src 'self' wss://lessons.school.example;" in text, name
        assert "https://lessons.school.example" not in text.replace("wss", ""), name
    place = (tmp_path / "page" / "static" / "place.js").read_text(encoding="utf-8")
    assert '"classServer": "https://lessons.school.example/faces/"' in place

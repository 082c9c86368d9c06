"""Live lessons in which something goes wrong: the server is away or forgets, a camera is taken away, somebody leaves early."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from needs import BROWSER
from page_makers import HURRY, expect, ids_kept, to_tab
from waiting import painted, until_shown

pytestmark = [BROWSER.mark(), pytest.mark.slow]

#: Keeps every stream that the page is given.
STREAMS = """
  window.streams = [];
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (what) => { const one = await ask(what); streams.push(one); return one; };
  const ended = ({ readyState }) => readyState === "ended";
  window.isDark = () => streams.length > 0 && streams.every((one) => one.getTracks().every(ended));
"""


@pytest.fixture
def page(new_page: Any) -> Any:
    page = new_page("#live")
    page.add_init_script(STREAMS)
    page.reload()
    return page


def _begin(page: Any) -> None:
    page.get_by_role("button", name="Camera").click()
    expect(page.locator(".face")).to_have_count(9)


def test_stop_ends_the_camera_at_once_and_the_lesson_although_the_server_says_nothing(page: Any) -> None:
    stopped: list[Any] = []

    def watch(route: Any) -> None:
        there = route.connect_to_server()
        route.on_message(lambda said: stopped.append(said) if said == '{"type":"stop"}' else there.send(said))

    page.route_web_socket("**/api/live*", watch)
    _begin(page)
    page.evaluate(HURRY)
    page.get_by_role("button", name="Stop").click()
    page.wait_for_function("isDark()")
    expect(page.get_by_role("heading", name="The session has ended")).to_be_visible()
    assert len(stopped) == 1


def test_a_session_that_the_server_has_forgotten_is_said(page: Any) -> None:
    """A server that was started anew knows it as little as one that was told to delete it."""
    _begin(page)
    (session,) = ids_kept(page, "session")
    page.evaluate("(address) => fetch(address, { method: 'DELETE' })", f"api/live/{session}")
    expect(page.get_by_role("alert")).to_contain_text("does not have this session any more")
    expect(page.get_by_role("button", name="Camera")).to_be_enabled()
    assert page.evaluate("isDark()")


def test_a_session_is_offered_when_a_server_that_was_away_answers_again(page: Any, new_page: Any) -> None:
    new_page.expected += ["ERR_FAILED", "WebSocket connection"]
    page.evaluate(HURRY)
    sockets: list[Any] = []

    def watch(route: Any) -> None:
        sockets.append(route)
        if len(sockets) > 1:
            route.close()
        else:
            route.connect_to_server()

    page.route_web_socket("**/api/live*", watch)
    _begin(page)
    page.route("**/api/live/*", lambda route: route.abort())
    sockets[0].close()
    expect(page.get_by_role("alert")).to_contain_text("Then it still has what was seen")
    page.unroute("**/api/live/*")
    page.get_by_role("button", name="Show what was seen").click()
    expect(page.get_by_role("heading", name="The session has ended")).to_be_visible()


def test_a_session_that_runs_in_another_tab_is_not_offered(page: Any, new_page: Any) -> None:
    _begin(page)
    other = page.context.new_page()
    other.goto(page.url)
    asked = other.evaluate("""async () => {
      const { runsInSomeTab } = await import("/static/running_sessions.js");
      const { settings } = await import("/static/settings.js");
      return [await runsInSomeTab(settings.sessions()[0]), await runsInSomeTab("another")];
    }""")
    assert asked == [True, False]
    expect(other.get_by_role("button", name="Camera")).to_be_visible()
    expect(other.get_by_role("button", name="Show what was seen")).to_have_count(0)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("heading", name="The session has ended")).to_be_visible()
    other.reload()
    expect(other.get_by_role("button", name="Show what was seen")).to_be_visible()


def test_a_session_that_another_tab_has_deleted_is_not_asked_for_again(page: Any, new_page: Any) -> None:
    new_page.expected.append("404")
    page.evaluate("""() => {
      window.beats = new Map(); // whatever the page does again and again, when the test says so
      let last = 0;
      window.setInterval = (beat) => { beats.set((last += 1), beat); return last; };
      window.clearInterval = (one) => beats.delete(one);
    }""")
    _begin(page)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("heading", name="The session has ended")).to_be_visible()
    (session,) = ids_kept(page, "session")
    other = page.context.new_page()
    other.goto(page.url)
    other.evaluate("(address) => fetch(address, { method: 'DELETE' })", f"api/live/{session}")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate("() => [...beats.values()].forEach((beat) => beat())")
    expect(page.get_by_role("alert")).to_contain_text("does not have this session any more")
    page.evaluate("() => [...beats.values()].forEach((beat) => beat())")
    painted(page)
    assert len([url for url in asked if session in url]) == 1
    assert ids_kept(page, "session") == []
    page.get_by_role("button", name="Delete this session").click()
    expect(page.get_by_role("button", name="Camera")).to_be_visible()


def test_a_session_that_was_left_is_offered_though_another_one_was_begun(page: Any) -> None:
    """Else nobody could save or delete it."""
    page.on("dialog", lambda dialog: dialog.accept())  # the browser asks whether to leave
    _begin(page)
    page.reload()
    show, gone = (page.get_by_role("button", name=name) for name in ("Show what was seen", "Delete this session"))
    expect(show).to_be_visible()
    _begin(page)
    page.get_by_role("button", name="Stop").click()
    assert len(ids_kept(page, "session")) == 2
    gone.click()
    show.click()
    gone.click()
    expect(page.get_by_role("button", name="Camera")).to_be_visible()
    assert ids_kept(page, "session") == []


def test_a_camera_that_is_taken_away_ends_the_lesson_and_is_said(page: Any) -> None:
    _begin(page)
    page.evaluate("streams[0].getVideoTracks()[0].dispatchEvent(new Event('ended'))")
    expect(page.get_by_role("heading", name="The session has ended")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("The camera gives no picture any more.")


def test_who_leaves_while_the_cameras_are_listed_is_not_filmed(page: Any) -> None:
    page.evaluate("""() => {
      window.waiting = []; // whoever asks for the cameras: the page does when they change, too
      const tell = navigator.mediaDevices.enumerateDevices.bind(navigator.mediaDevices);
      navigator.mediaDevices.enumerateDevices = async () => {
        const there = await tell();
        if (streams.length) await new Promise((done) => { waiting.push(done); });
        return there;
      };
    }""")
    sockets: list[Any] = []
    page.on("websocket", lambda one: sockets.append(one))
    page.get_by_role("button", name="Camera").click()
    page.wait_for_function("() => waiting.length")
    to_tab(page, "Model")
    expect(
        page.get_by_role("heading", name="The model", exact=True)
    ).to_be_visible()  # the page hears of the click later
    page.evaluate("waiting.forEach((done) => done())")
    page.wait_for_function("isDark()")
    assert not sockets


def test_a_sample_that_comes_late_takes_nobodys_place(page: Any, samples: Path) -> None:
    held: list[Any] = []
    page.route("**/api/sample/recording*", lambda route: held.append(route))
    page.evaluate("""() => {
      const capture = HTMLCanvasElement.prototype.captureStream;
      HTMLCanvasElement.prototype.captureStream = function (...rate) { return (window.film = capture.apply(this, rate)); };
    }""")
    sockets: list[Any] = []
    page.on("websocket", lambda one: sockets.append(one))
    page.get_by_role("button", name="Try the sample").click()
    until_shown(page, lambda: len(held) > 0)
    _begin(page)
    held[0].fulfill(path=samples / "meeting.mp4")  # what the server answers, without the time that it takes to make it
    page.wait_for_function("() => window.film?.getVideoTracks()[0].readyState === 'ended'")
    painted(page)
    assert len(sockets) == 1
    expect(page.locator(".face")).to_have_count(9)


def test_whoever_reads_what_the_figures_mean_is_not_disturbed_by_new_pictures(page: Any, new_page: Any) -> None:
    _begin(page)
    meaning = page.locator("summary", has_text="What bars and numbers mean")
    meaning.focus()
    page.keyboard.press("Enter")
    before = len(new_page.received)
    until_shown(page, lambda: len(new_page.received) > before + 3)
    expect(meaning).to_be_focused()
    expect(page.locator("details[open]")).to_have_count(1)


#: A page that is hidden, or shown again, and a browser that pauses its films meanwhile.
_HIDE = """(hidden) => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  if (hidden) document.querySelector("main video").pause();
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def test_a_film_that_the_browser_has_paused_is_not_a_class_that_sits_still(page: Any, new_page: Any) -> None:
    _begin(page)
    page.evaluate(_HIDE, True)
    page.evaluate("""() => {
      const draw = CanvasRenderingContext2D.prototype.drawImage;
      window.still = 0;
      CanvasRenderingContext2D.prototype.drawImage = function (picture, ...place) {
        if (picture.paused) still += 1;
        return draw.call(this, picture, ...place);
      };
    }""")
    painted(page, 60)
    assert page.evaluate("still") == 0
    page.evaluate(_HIDE, False)
    before = len(new_page.received)
    until_shown(page, lambda: len(new_page.received) > before + 2)
    page.evaluate("document.querySelector('main video').pause()")  # as browsers do that save energy
    page.wait_for_function("!document.querySelector('main video').paused")
    page.get_by_role("button", name="Pause").click()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    painted(page, 10)
    assert page.evaluate("document.querySelector('main video').paused") is True

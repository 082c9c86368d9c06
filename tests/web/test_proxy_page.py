"""The page in a real browser behind a real nginx: all of it below a path, and what it says of proxies that lack something."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from needs import BROWSER, NGINX_TLS
from page_makers import PATIENCE, choose, expect, expect_none_left, ids_kept, to_tab
from proxy_makers import OTHER_NAME, Site, free_ports, kinds_of_nginx, shipped
from web_makers import Server

pytestmark = [BROWSER.mark(), NGINX_TLS.mark()]

ALL = "location / { proxy_pass http://UP; proxy_set_header Host $http_host; }"
UPGRADE = (
    "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_of_client;"
)
UPLOADS = "location ~ ^/api/(photo|recordings)$"

#: What stands in a server block; UP is the server, GONE a port without one, SILENT one that never answers.
KINDS = {
    "plain": "location / { proxy_pass http://UP; }",
    "small": f"client_max_body_size 50k; {ALL}",
    "signed out": f"{ALL} {UPLOADS} {{ return 401; }}",
    "password": f'auth_basic "a class"; auth_basic_user_file PASSWORDS; {ALL.replace("}", UPGRADE + "}")}',
    "closed": f"{ALL} {UPLOADS} {{ deny all; }}",
    "lost": f"{ALL} {UPLOADS} {{ root EMPTY; }}",
    "login": f"{ALL} {UPLOADS} {{ return 302 /login; }} location /login {{ default_type text/html; return 200 'Who?'; }}",
    "login page": f"{ALL} {UPLOADS} {{ default_type text/html; return 200 '<form>Who are you?</form>'; }}",
    "gone": f"{ALL} {UPLOADS} {{ proxy_pass http://GONE; }}",
    "slow": f"{ALL} {UPLOADS} {{ proxy_pass http://SILENT; proxy_read_timeout 1s; }}",
    "all gone": f"{ALL} location /api/ {{ proxy_pass http://GONE; }}",
    "no scripts": f"{ALL} location ~ [.](js|css)$ {{ root EMPTY; }}",
    "content policy": f"""add_header Content-Security-Policy "default-src 'self'"; {ALL}""",
    "policy": f"add_header Permissions-Policy 'camera=(), display-capture=()'; {ALL}",
}


@pytest.fixture(scope="module")
def pages(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The address of the page behind each kind of nginx."""
    passwords = tmp_path_factory.mktemp("passwords") / "passwords"
    passwords.write_text("teacher:{PLAIN}a word\n", encoding="ascii")
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(16)
        places = {
            "UP": server.address.split("/")[2],
            "GONE": f"127.0.0.1:{free_ports(1)[0]}",
            "SILENT": f"127.0.0.1:{silent.getsockname()[1]}",
            "PASSWORDS": str(passwords),
            "EMPTY": str(tmp_path_factory.mktemp("empty")),
        }
        with kinds_of_nginx(KINDS, tmp_path_factory.mktemp("nginx"), places) as pages:
            yield pages


@pytest.fixture(scope="module")
def below(named_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The shipped settings for a page below a path."""
    with shipped("nginx-path.conf", named_server.address.split("/")[2], tmp_path_factory.mktemp("nginx")) as site:
        yield site


@pytest.fixture
def new_page(browser: Any) -> Iterator[Any]:
    """Opens an address as a new visitor who has agreed; gives the page, whose ``requests`` are listed."""
    contexts = []

    def open_(address: str, **options: Any) -> Any:
        context = browser.new_context(viewport={"width": 1280, "height": 800}, ignore_https_errors=True, **options)
        contexts.append(context)
        keys = "['aiducation', 'aiducation/faces']"
        agreed = "localStorage[key] ??= JSON.stringify({ agreed: 'in a test' })"
        context.add_init_script(f"for (const key of {keys}) {agreed}")
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.requests = []
        page.on("request", lambda request: page.requests.append(request.url))
        page.on("websocket", lambda opened: page.requests.append(opened.url))
        page.goto(address)
        return page

    yield open_
    for context in contexts:
        context.close()


@pytest.mark.slow
def test_everything_works_below_a_path(new_page: Any, below: Site, named_server: Server, samples: Path) -> None:
    """The token, a photo, a recording with its player and files, a live lesson, the model and the API's page."""
    page = new_page(f"{below.address}?token=a%20secret")
    expect(page.get_by_role("heading", name="Photos")).to_be_visible()
    assert page.url == below.address, "the token is taken off, and the page stays where it is"
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)

    choose(page, samples / "gallery.jpg")
    expect(page.locator(".face")).to_have_count(9)

    page.get_by_role("link", name="Recording").click()
    choose(page, samples / "meeting.mp4")
    expect(page.get_by_text("The group over time")).to_be_visible()
    expect(page.locator(".face").first).to_be_visible()
    player = page.locator("video")
    with page.expect_response(lambda answer: answer.status == 206 and answer.url.endswith("/source")):
        player.evaluate("(video) => { video.currentTime = 8; video.load(); video.currentTime = 8; }")
    assert player.evaluate("(video) => video.currentSrc").startswith(f"{below.address}api/recordings/")
    for words in ("Report", "Table (CSV)", "Timeline (PNG)"):
        with page.expect_download() as waiting:
            page.locator("main").get_by_text(words, exact=True).click()
        assert waiting.value.url.startswith(f"{below.address}api/recordings/") and waiting.value.failure() is None
    page.reload(wait_until="networkidle")  # nothing is on its way any more that would not be found once it is deleted
    expect(page.get_by_text("The group over time")).to_be_visible()  # the list of recordings is kept for this path
    assert len(ids_kept(page, "recording")) == 1
    page.get_by_role("button", name=re.compile("^Delete from")).click()
    expect_none_left(page, named_server)

    page.get_by_role("link", name="Live").click()
    page.get_by_role("button", name="Camera", exact=True).click()
    expect(page.get_by_text("9 faces seen")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("heading", name="The session has ended")).to_be_visible()
    with page.expect_download() as waiting:
        page.locator("main").get_by_text("JSON", exact=True).click()
    assert waiting.value.failure() is None

    page.get_by_role("link", name="Model").click()
    expect(page.get_by_role("heading", name="The model", exact=True)).to_be_visible()
    page.get_by_role("link", name="For developers: the API").click()
    expect(page.get_by_role("heading", name="The API")).to_be_visible()
    expect(page.get_by_text(f'curl "{below.address}api/model"')).to_be_visible()
    page.get_by_role("link", name="Back to the page").click()
    expect(page.get_by_role("heading", name="Photos")).to_be_visible()
    places = (below.address, below.address.replace("https", "wss"), "blob:", "data:")
    assert any(url.startswith(places[1]) for url in page.requests)
    assert not [url for url in page.requests if not url.startswith(places)], "nothing is asked for outside of the path"
    assert not wrong


def test_behind_the_plainest_proxy_photos_and_recordings_work(
    new_page: Any, pages: dict[str, str], samples: Path, clip: Path, server: Server
) -> None:
    page = new_page(pages["plain"])
    choose(page, samples / "gallery.jpg")
    expect(page.locator(".face")).to_have_count(9)
    page.get_by_role("link", name="Recording").click()
    choose(page, clip)
    expect(page.get_by_text("The group over time")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Delete from")).click()
    expect_none_left(page, server)


@pytest.mark.slow
def test_without_sockets_the_live_page_says_which_lines_are_missing(new_page: Any, pages: dict[str, str]) -> None:
    page = new_page(f"{pages['plain']}#live")
    page.get_by_role("button", name="Camera", exact=True).click()
    notice = page.locator("main .notice")
    expect(notice).to_contain_text("does not pass WebSockets")
    expect(notice.locator("pre")).to_contain_text("proxy_set_header Upgrade $http_upgrade;")
    expect(page.get_by_role("button", name="Camera", exact=True)).to_be_enabled()
    assert len([url for url in page.requests if url.startswith("ws")]) == 2, "it is tried again once"


@pytest.mark.slow
def test_a_page_whose_name_the_proxy_does_not_pass_on_says_so(new_page: Any, pages: dict[str, str]) -> None:
    page = new_page(pages["plain"].replace("127.0.0.1", OTHER_NAME))
    notice = page.locator("main .notice")
    expect(notice).to_contain_text("proxy_set_header Host $http_host;")
    expect(notice).to_contain_text(f"--allow-host {OTHER_NAME}")
    page = new_page(pages["small"].replace("127.0.0.1", OTHER_NAME))
    expect(page.locator("main")).to_contain_text(f"aiducation serve --allow-host {OTHER_NAME}")
    assert page.locator("main").evaluate("(main) => getComputedStyle(main).maxWidth") != "none", "its style is applied"


def test_a_page_without_its_program_is_not_blank(new_page: Any, pages: dict[str, str]) -> None:
    page = new_page(pages["no scripts"])
    expect(page.get_by_text("including files that end in .js and .css")).to_be_visible()


#: Kind of nginx -> what the page must say.
SAID = {
    "small": "client_max_body_size 4100m;",
    "signed out": "sign in there",
    "closed": "does not let you in (403)",
    "lost": "does not pass this address on (404)",
    "login": "asks you to sign in again",
    "login page": "asks you to sign in again",
    "gone": "the server behind it does not (502)",
    "slow": "proxy_read_timeout 300s;",
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", SAID)
def test_what_a_proxy_answers_in_the_place_of_the_server_is_told(
    new_page: Any, pages: dict[str, str], kind: str, samples: Path, clip: Path
) -> None:
    page = new_page(pages[kind])
    told = page.locator("main").get_by_text(SAID[kind])
    for tab, file in {"Photo": samples / "gallery.jpg", "Recording": clip}.items():
        to_tab(page, tab)
        expect(told).to_have_count(0)
        choose(page, file)
        expect(told.first).to_be_visible()
        expect(page.locator("main")).not_to_contain_text("undefined")


@pytest.mark.slow
def test_a_recording_far_above_the_limit_of_a_proxy(new_page: Any, pages: dict[str, str], tmp_path: Path) -> None:
    """nginx breaks such an upload off, mostly before the browser reads its answer."""
    (tmp_path / "long.mp4").write_bytes(bytes(40_000_000))
    page = new_page(f"{pages['small']}#recording")
    choose(page, tmp_path / "long.mp4")
    expect(page.locator("main").get_by_text("client_max_body_size 4100m;").first).to_be_visible()


@pytest.mark.slow
def test_a_proxy_that_asks_for_a_password_itself(new_page: Any, pages: dict[str, str], samples: Path) -> None:
    page = new_page(pages["password"], http_credentials={"username": "teacher", "password": "a word"})
    choose(page, samples / "gallery.jpg")
    expect(page.locator(".face")).to_have_count(9)
    page.get_by_role("link", name="Live").click()
    page.get_by_role("button", name="Camera", exact=True).click()
    expect(page.get_by_text("9 faces seen")).to_be_visible()


@pytest.mark.slow
def test_a_server_that_is_gone_behind_its_proxy_is_told(new_page: Any, pages: dict[str, str]) -> None:
    page = new_page(pages["all gone"])
    expect(page.locator("main .notice")).to_contain_text("the server behind it does not (502)")


@pytest.mark.slow
def test_a_proxy_whose_policy_forbids_what_the_page_shows_is_told(
    new_page: Any, pages: dict[str, str], samples: Path
) -> None:
    page = new_page(pages["content policy"])
    choose(page, samples / "gallery.jpg")
    expect(page.locator(".between .notice")).to_contain_text(
        "“Content-Security-Policy” whose img-src does not allow “blob”"
    )
    expect(page.locator(".between .notice")).to_have_count(1)


@pytest.mark.slow
def test_a_proxy_that_forbids_cameras_is_told_apart_from_people_who_do(new_page: Any, pages: dict[str, str]) -> None:
    for button, feature in {"Camera": "camera", "Screen or window": "display-capture"}.items():
        page = new_page(f"{pages['policy']}#live")
        page.get_by_role("button", name=button, exact=True).click()
        expect(page.locator("main .notice")).to_contain_text(f"“{feature}=(self)”")

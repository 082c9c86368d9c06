"""Checks of a built site: every link leads to a page, a heading or a file of it, and no page asks another server for anything."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

#: Tag -> its attribute that the browser fetches by itself.
_FETCHED = {
    "script": "src",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "audio": "src",
    "embed": "src",
    "object": "data",
}

#: Relations of <link> that only say something.
_SAID = {"canonical", "next", "prev", "alternate", "license", "author", "up"}


class _Page(HTMLParser):
    """What a page has that can be linked to, what it links to, and what it makes the browser fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = {"", "__skip", "top"}
        self.links: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.names |= {given[name] for name in ("id", "name") if name in given}
        if tag in ("a", "area") and "href" in given:
            self.links.append(given["href"])
        if tag in _FETCHED and _FETCHED[tag] in given:
            self.fetched.append(given[_FETCHED[tag]])
        if tag == "link" and "href" in given and not set(given.get("rel", "").lower().split()) <= _SAID:
            self.fetched.append(given["href"])
        self.fetched += re.findall(r"url\(\s*['\"]?(https?:[^)'\"]+)", given.get("style", ""))


def faults(site: Path) -> list[str]:
    """What is wrong with a site, a sentence each."""
    pages = {path: _read(path) for path in sorted(site.rglob("*.html"))}
    found = []
    for path, page in pages.items():
        name = path.relative_to(site).as_posix()
        for address in page.links:
            if why := _leads_nowhere(address, path, site, pages):
                found.append(f"{name}: the link to {address} leads nowhere: {why}.")
        for address in page.fetched:
            parts = urlsplit(address)
            if parts.netloc or parts.scheme not in ("", "data"):
                found.append(f"{name}: the page fetches {address} from another server.")
            elif why := _leads_nowhere(address, path, site, pages):
                found.append(f"{name}: {address} is missing: {why}.")
    for style in sorted(site.rglob("*.css")):
        outside = re.findall(
            r"(?:url\(\s*['\"]?|@import\s+['\"])((?:https?:)?//[^)'\"\s]+)", style.read_text(encoding="utf-8")
        )
        found += [f"{style.relative_to(site)}: fetches {address} from another server." for address in outside]
    return found


def _read(path: Path) -> _Page:
    page = _Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def _leads_nowhere(address: str, path: Path, site: Path, pages: dict[Path, _Page]) -> str:
    """Why an address of a page leads nowhere; "" if it leads somewhere, or to another server, which is not asked."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return ""
    base = site if parts.path.startswith("/") else path.parent
    target = (base / unquote(parts.path).lstrip("/")).resolve() if parts.path else path
    if path.name == "404.html":  # is shown in place of any page, so its addresses begin at the root
        target = (site / unquote(parts.path).lstrip("/")).resolve()
    if target.is_dir():
        target = target / "index.html"
    if not target.is_file():
        return "there is no such file"
    if parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].names:
        return "there is no such heading"
    return ""

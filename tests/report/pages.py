"""What every page must be."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"meta", "link", "br", "hr", "img", "input", "path", "use", "rect", "circle", "image", "line"}


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[tuple[str, str]] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name in ("src", "href", "xlink:href", "data"):
                self.links.append((tag, value or ""))
            if name == "id" and value:
                self.ids.append(value)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open and self.open.pop() == tag, f"</{tag}> closes nothing"


def assert_self_contained(html: str) -> None:
    """The page is whole, needs nothing from elsewhere, runs no script, and its links lead somewhere."""
    page = _Page()
    page.feed(html)
    assert not page.open
    assert "<script" not in html and "@import" not in html and "<link" not in html
    assert "url(http" not in html and "url(//" not in html
    for tag, link in page.links:
        assert link.startswith(("#", "data:")), f"<{tag}> needs {link}"
        if link.startswith("#"):
            assert link[1:] in page.ids, f"{link} leads nowhere"

"""Pages: the one shell and the one palette of every page that is written, of results and of studies. Alone knows Jinja."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from typing import Any

import jinja2

from aiducation.colors import PALETTE
from aiducation.signature import GENERATOR
from aiducation.states import STATE_COLORS, STATES


def render(
    package: str,
    template: str,
    *,
    filters: Mapping[str, Callable[..., Any]] | None = None,
    tests: Mapping[str, Callable[..., bool]] | None = None,
    **values: Any,
) -> str:
    """A template of a package, filled in; texts are escaped. It extends ``shell.html``.

    Args:
        package: whose folder ``templates`` holds it.
        template: its file name.
        filters, tests: further ones of Jinja that it uses.
        values: what it shows.
    """
    environment = _environment(package)
    environment.filters |= filters or {}
    environment.tests |= tests or {}
    return _undivided(environment.get_template(template).render(**values))


#: Where a line could end between a number and its percent sign.
_DIVIDED = re.compile(r"(?<=\d) (?=%)")

#: What is not text: styles, scripts, what is drawn or embedded in a tag.
_NOT_TEXT = re.compile(r"(<style.*?</style>|<script.*?</script>|<[^>]*>)", re.DOTALL)


def _undivided(page: str) -> str:
    """The page with every number and its percent sign on one line, also on a phone."""
    parts = _NOT_TEXT.split(page)
    parts[::2] = (_DIVIDED.sub("\u00a0", text) for text in parts[::2])
    return "".join(parts)


@functools.cache
def _environment(package: str) -> jinja2.Environment:
    """One for each package: it keeps its templates compiled, which takes far longer than to fill them in."""
    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader([jinja2.PackageLoader(package), jinja2.PackageLoader("aiducation.pages")]),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.globals |= {
        "language": "en",
        "palette": PALETTE,
        "colors": STATE_COLORS,
        "state_colors": [STATE_COLORS[state] for state in STATES],
        "generator": GENERATOR,
    }
    return environment

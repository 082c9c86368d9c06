"""Pages: the one shell and the one palette of every page that is written, of results and of studies. Alone knows Jinja."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from typing import Any

import jinja2
from jinja2.runtime import Context

from aiducation.colors import PALETTE
from aiducation.signature import GENERATOR
from aiducation.states import STATE_COLORS, STATES
from aiducation.texts import Texts


def render(
    package: str,
    template: str,
    texts: Texts = Texts(),
    *,
    filters: Mapping[str, Callable[[Any, Texts], str]] | None = None,
    tests: Mapping[str, Callable[..., bool]] | None = None,
    **values: Any,
) -> str:
    """A template of a package, filled in; texts are escaped. It extends ``shell.html``.

    Args:
        package: whose folder ``templates`` holds it.
        template: its file name.
        texts: the language of the page: of ``_`` and ``n_``, and of the filter ``said`` for what the package said in English.
        filters, tests: further ones of Jinja that it uses; a filter gets a value and ``texts``. A package has the same ones at
            every call: pages can be made in several languages at once.
        values: what it shows.
    """
    environment = _environment(package)
    environment.filters |= {name: _in_its_language(one) for name, one in (filters or {}).items()}
    environment.tests |= tests or {}
    says = {"texts": texts, "language": texts.language, "_": texts.gettext, "n_": texts.ngettext}
    return _kept_together(environment.get_template(template).render(**says, **values), texts)


#: What is not text: styles, scripts, what is drawn or embedded in a tag.
_NOT_TEXT = re.compile(r"(<style.*?</style>|<script.*?</script>|<[^>]*>)", re.DOTALL)

#: Spaces at which no line may end: before a percent sign and, in French, beside marks that stand apart.
_TOGETHER, _TOGETHER_FRENCH = re.compile(r"(?<=\d) (?=%)"), re.compile(r" (?=[%:;!?»])|(?<=«) ")


def _kept_together(page: str, texts: Texts) -> str:
    """The page with every number and its percent sign on one line, also on a phone."""
    spaces = _TOGETHER_FRENCH if texts.language == "fr" else _TOGETHER
    parts = _NOT_TEXT.split(page)
    parts[::2] = (spaces.sub("\N{NO-BREAK SPACE}", text) for text in parts[::2])
    return "".join(parts)


def _in_its_language(show: Callable[[Any, Texts], str]) -> Callable[[Context, Any], str]:
    """A filter for the language of the page that asks for it."""

    @jinja2.pass_context
    def shown(context: Context, value: Any) -> str:
        return show(value, context["texts"])

    return shown


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
        "palette": PALETTE,
        "colors": STATE_COLORS,
        "state_colors": [STATE_COLORS[state] for state in STATES],
        "generator": GENERATOR,
    }
    environment.filters["said"] = _in_its_language(lambda text, texts: texts.sentence(text))
    return environment

"""A page without a server: a folder of files in which the browser finds and judges the faces itself.

It has the modules of the served page (``web/static``); those in ``web/alone`` replace or join them. ``alone/api.js`` answers in
the browser what a server answers elsewhere, so that both pages look and behave alike.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiducation.errors import ConfigError
from aiducation.observations.assumptions import Assumptions
from aiducation.observations.faces import LEAST_VOTES
from aiducation.observations.result_json import plain
from aiducation.observations.schema import SCHEMA_VERSION
from aiducation.pages import render
from aiducation.signature import GENERATOR
from aiducation.states import CALM, EMOTIONS, EXPRESSIONS, OUTCOMES, VIEWS
from aiducation.texts import ENGLISH, LANGUAGES, catalog_of, texts_of
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.answers import logit
from aiducation.vision.devices import CPU
from aiducation.web.class_rooms import judge_of
from aiducation.web.engine import Engine
from aiducation.web.hosts import Origin, parse_origin
from aiducation.web.model_answer import model_answer
from aiducation.web.settings import ServeSettings
from aiducation.web.wasm_runtime import runtime_files

_WEB = Path(str(files("aiducation") / "web"))

#: The only detector that is written for browsers.
_DETECTOR = "yunet"
#: Paths that an address may have below its origin.
_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)*/?")


def policy_of(class_server: str | None = None) -> str:
    """As the server's, with what WebAssembly and the worker need. ``frame-ancestors`` counts in a header alone.

    Args:
        class_server: the one other origin that the page may talk to, with sockets alone; None, or an address at the page's own
            origin, for no other.
    """
    there = _origin_of(class_server or "")
    sockets = f" {str(there).replace('http', 'ws', 1)}" if there else ""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self' 'wasm-unsafe-eval'",
            "worker-src 'self'",
            "style-src 'self'",
            "img-src 'self' blob: data:",
            "media-src 'self' blob:",
            f"connect-src 'self'{sockets}",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _origin_of(address: str) -> Origin | None:
    parts = urlsplit(address)
    return parse_origin(f"{parts.scheme}://{parts.netloc}")


def class_address(text: str) -> str:
    """The address of a server of classes, with a slash at its end.

    Raises:
        ConfigError: it is not an address of http or https.
    """
    try:
        parts, origin = urlsplit(text.strip()), _origin_of(text.strip())
    except ValueError:  # such as half an address of IPv6
        parts, origin = urlsplit(""), None
    if origin is None or parts.query or parts.fragment or not _PATH.fullmatch(parts.path):
        raise ConfigError(
            f"The address of a server of classes must be like https://lessons.school.example, not {text[:100]!r}."
        )
    return f"{origin}{parts.path.rstrip('/')}/"


def headers_of(policy: str) -> dict[str, str]:
    """What every answer of a host of this page should carry."""
    return {
        "Content-Security-Policy": f"{policy}; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    }


#: The headers where the page lies at its server.
HEADERS = headers_of(policy_of())

#: Where the service worker says what it keeps, and the page where it lies; ``page`` fills them in.
_BUILD = re.compile(r"const BUILD = \{.*?\};", re.DOTALL)
_PLACE = re.compile(r"export const place = \{.*?\};", re.DOTALL)


class JoinPage:
    """The page as a server gives it to students, made when it is first needed: most servers never open a class."""

    def __init__(self, settings: ServeSettings, engine: Engine) -> None:
        self._settings, self._engine, self._turn = settings, engine, threading.Lock()
        self._files: dict[str, bytes] | None = None
        self._version = ""

    def files(self) -> dict[str, bytes]:
        """Every file by its name.

        Raises:
            ConfigError, DataFileError: see ``page``.
        """
        with self._turn:
            if self._files is None:
                self._files = page(self._settings, engine=self._engine, class_server="../", keeps=False)
                self._version = version_of(self._files)
            return self._files

    def version(self) -> str:
        """A hash over all files; "" before they are made."""
        return self._version


def version_of(made: dict[str, bytes]) -> str:
    """A hash over names and contents of files."""
    return hashlib.sha256(b"".join(name.encode() + made[name] for name in sorted(made))).hexdigest()[:16]


def page(
    settings: ServeSettings, *, engine: Engine | None = None, class_server: str | None = None, keeps: bool = True
) -> dict[str, bytes]:
    """Every file of the page, by its address below the page.

    Args:
        settings: model, assumptions, view and smallest group, as for a server.
        engine: of these settings, where there is one already.
        class_server: address of the 'aiducation serve' whose classes can be joined, such as "https://lessons.school.example/";
            one that begins with a dot is meant from the page. None for no classes.
        keeps: whether browsers keep the page, so that it works without a network.

    Raises:
        ConfigError: the detector is not written for browsers, or an option is wrong.
        ModelFileError: the model cannot be used.
        DataFileError: the WebAssembly runtime is not installed.
    """
    if settings.detector != _DETECTOR:
        raise ConfigError(f"A page without a server has the detector '{_DETECTOR}' alone, not '{settings.detector}'.")
    policy = policy_of(class_server)
    settings = replace(settings, device=CPU)  # browsers compute with the file for processors
    if engine is None or not engine.analyzer.device.on_cpu:
        engine = Engine(settings)
    made = dict(_files(settings, engine, policy))
    place = json.dumps({"classServer": class_server, "keeps": keeps})
    module = made["static/place.js"].decode()
    made["static/place.js"] = _PLACE.sub(lambda _: f"export const place = {place};", module, count=1).encode()
    worker = made.pop("static/service_worker.js").decode()
    if not keeps:
        return made
    build = json.dumps({"version": version_of(made), "files": ["./", *sorted(made)], "policy": policy})
    worker = _BUILD.sub(lambda _: f"const BUILD = {build};", worker, count=1)
    headers = "".join(f"  {name}: {value}\n" for name, value in headers_of(policy).items())
    # For hosts that take headers from such a file; the others send what they like.
    return {**made, "service_worker.js": worker.encode(), "_headers": f"/*\n{headers}".encode()}


def _files(settings: ServeSettings, engine: Engine, policy: str) -> Iterator[tuple[str, bytes]]:
    for folder in ("static", "alone"):  # what has the same name in both is taken from the second
        for path in sorted((_WEB / folder).iterdir()):
            if path.is_file():
                yield f"static/{path.name}", path.read_bytes()
    for name, content in runtime_files().items():
        yield f"runtime/{name}", content
    yield "networks/detector.onnx", (_WEB.parent / "weights" / "yunet.onnx").read_bytes()
    yield "networks/classifier.onnx", engine.analyzer.classifier.path.read_bytes()
    said = about(engine.analyzer)
    yield "about.json", _json({**said, "judge": judge_of(said)})
    for language in LANGUAGES:
        texts = texts_of(language)
        answer = model_answer(engine, settings, texts)
        yield f"answers/{language}/model.json", answer.model_dump_json().encode()
        messages = {english: list(forms) for english, forms in catalog_of(language).messages.items()}
        said = {"language": language, "languages": LANGUAGES, "messages": messages}
        yield f"answers/{language}/texts.json", _json(said)
    texts = texts_of(settings.language or ENGLISH)
    html = render("aiducation.web", "alone.html", texts, policy=policy)
    yield "index.html", html.encode()


def about(analyzer: Analyzer) -> dict[str, Any]:
    """What a program needs to make an analyzer's answers of the networks' outputs, as JSON values."""
    info, assumed = analyzer.classifier.info, analyzer.assumptions
    return {
        "outcomes": list(OUTCOMES),
        "model_outcomes": len(info.outcomes),
        "temperature": info.temperature,
        "weights": _weights(assumed),
        "split": [OUTCOMES.index(name) for name in VIEWS[CALM][CALM]],
        "split_temperature": assumed.split_temperature,
        "camera_temperature": assumed.temperature,
        "threshold": analyzer.threshold,
        "shown": {name: list(merged) for name, merged in VIEWS[analyzer.view].items()},
        "emotions": list(EMOTIONS),
        "vote_temperature": info.vote_temperature,
        "least_votes": LEAST_VOTES,
        "expressions": EXPRESSIONS,
        "cover_logit": logit(info.cover_threshold) if info.cover_threshold else None,
        "limits": vars(analyzer.limits),
        "head": {
            "generator": GENERATOR,
            "schema_version": SCHEMA_VERSION,
            "model": plain(dict(analyzer.made_with.model)),
            "settings": dict(analyzer.made_with.settings),
        },
    }


def _weights(assumed: Assumptions) -> list[float] | None:
    """By what probabilities are multiplied; None where they stay."""
    return None if assumed.changes_nothing else [float(weight) for weight in assumed.weights]


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()

"""A page without a server: a folder of files in which the browser finds and judges the faces itself.

It has the modules of the served page (``web/static``); those in ``web/alone`` replace or join them. ``alone/api.js`` answers in
the browser what a server answers elsewhere, so that both pages look and behave alike.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

from aiducation.errors import ConfigError
from aiducation.observations.assumptions import Assumptions
from aiducation.observations.result_json import plain
from aiducation.observations.schema import SCHEMA_VERSION
from aiducation.pages import render
from aiducation.signature import GENERATOR
from aiducation.states import CALM, OUTCOMES, VIEWS
from aiducation.texts import ENGLISH, LANGUAGES, catalog_of, texts_of
from aiducation.vision.analyzer import Analyzer
from aiducation.web.engine import Engine
from aiducation.web.model_answer import model_answer
from aiducation.web.settings import ServeSettings
from aiducation.web.wasm_runtime import runtime_files

_WEB = Path(str(files("aiducation") / "web"))

#: The only detector that is written for browsers.
_DETECTOR = "yunet"

#: As the server's, with what WebAssembly and the worker need. ``frame-ancestors`` counts in a header alone.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "worker-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
    )
)

#: For hosts that take headers from such a file; the others send what they like.
_HEADERS = f"""/*
  Content-Security-Policy: {POLICY}; frame-ancestors 'none'
  X-Content-Type-Options: nosniff
  Referrer-Policy: no-referrer
  Permissions-Policy: camera=(self), microphone=(), geolocation=()
"""

#: Where the service worker says what it keeps; ``page`` fills it in.
_BUILD = re.compile(r"const BUILD = \{.*?\};", re.DOTALL)


def page(settings: ServeSettings) -> dict[str, bytes]:
    """Every file of the page, by its address below the page.

    Args:
        settings: model, assumptions, view and smallest group, as for a server.

    Raises:
        ConfigError: the detector is not written for browsers, or an option is wrong.
        ModelFileError: the model cannot be used.
        DataFileError: the WebAssembly runtime is not installed.
    """
    if settings.detector != _DETECTOR:
        raise ConfigError(f"A page without a server has the detector '{_DETECTOR}' alone, not '{settings.detector}'.")
    made = dict(_files(settings))
    worker = made.pop("static/service_worker.js").decode()
    version = hashlib.sha256(b"".join(name.encode() + made[name] for name in sorted(made))).hexdigest()[:16]
    build = json.dumps({"version": f"aiducation {version}", "files": ["./", *sorted(made)], "policy": POLICY})
    worker = _BUILD.sub(lambda _: f"const BUILD = {build};", worker, count=1)
    return {**made, "service_worker.js": worker.encode(), "_headers": _HEADERS.encode()}


def _files(settings: ServeSettings) -> Iterator[tuple[str, bytes]]:
    engine = Engine(settings)
    for folder in ("static", "alone"):  # what has the same name in both is taken from the second
        for path in sorted((_WEB / folder).iterdir()):
            if path.is_file():
                yield f"static/{path.name}", path.read_bytes()
    for name, content in runtime_files().items():
        yield f"runtime/{name}", content
    yield "networks/detector.onnx", (_WEB.parent / "weights" / "yunet.onnx").read_bytes()
    yield "networks/classifier.onnx", engine.analyzer.classifier.path.read_bytes()
    yield "about.json", _json(about(engine.analyzer))
    for language in LANGUAGES:
        texts = texts_of(language)
        answer = model_answer(engine, settings, texts)
        yield f"answers/{language}/model.json", answer.model_dump_json().encode()
        messages = {english: list(forms) for english, forms in catalog_of(language).messages.items()}
        said = {"language": language, "languages": LANGUAGES, "messages": messages}
        yield f"answers/{language}/texts.json", _json(said)
    texts = texts_of(settings.language or ENGLISH)
    html = render("aiducation.web", "alone.html", _=texts.gettext, language=texts.language, policy=POLICY)
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
    if assumed.changes_nothing:
        return None
    shares = assumed.shares or (1.0,) * len(OUTCOMES)
    learned = assumed.learned or (1.0,) * len(OUTCOMES)
    return [
        share / max(before, 1e-9) if outcome in assumed.possible else 0.0
        for outcome, share, before in zip(OUTCOMES, shares, learned, strict=True)
    ]


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()

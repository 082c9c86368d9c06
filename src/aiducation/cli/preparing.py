"""Commands for before the first picture: kit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aiducation.cli.options import Force, Language, Model, app
from aiducation.console import print_json, say, speak
from aiducation.texts import ENGLISH, texts_of


@app.command()
def kit(
    out: Annotated[Path, typer.Option(help="Folder to write.")],
    language: Language = ENGLISH,
    model: Model = None,
    force: Force = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the names of the files as JSON.")] = False,
) -> None:
    """Write texts to adapt before anybody is analyzed: what the law says, a notice, consent forms, an impact assessment, a
    retention plan and a purpose record for reports. What the program knows about itself is already filled in.
    """
    speak(language)
    texts = texts_of(language)
    from aiducation.kit.facts import facts
    from aiducation.kit.kit import write_kit
    from aiducation.vision.classifier import Classifier

    written = write_kit(out, facts(Classifier(model).info, texts), texts, force=force)
    if as_json:
        print_json([str(path) for path in written])
    else:
        say(out, page=written[0])

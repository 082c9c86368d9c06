"""Languages: which one an answer is in, and ``/api/texts``, the translations that the page shows."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AfterValidator, Field

from aiducation.texts import ENGLISH, LANGUAGES, Texts, catalog_of
from aiducation.web.answers import Answer
from aiducation.web.problems import known_parameters, responses, spoken

router = APIRouter(tags=["about"], dependencies=[Depends(known_parameters)])


class Translations(Answer):
    """The texts of the page in one language."""

    language: str = Field(json_schema_extra={"enum": list(LANGUAGES)})
    languages: dict[str, str] = Field(description="The languages that there are, each with its own name.")
    messages: dict[str, list[str]] = Field(
        description="English text -> its translation, one for each plural form; what is missing stays English."
    )


def in_language(result: dict[str, Any], texts: Texts) -> dict[str, Any]:
    """The JSON values of a result, or of its head, with the sentences for people in a language."""
    if texts.language == ENGLISH:
        return result
    group = dict(result["group"])
    for name in ("withheld", "states_withheld", "conclusion", "untested"):
        if group.get(name):
            group[name] = texts.sentence(group[name])
    for change in group.get("changes", ()):
        change |= {name: texts.sentence(change[name]) for name in ("words", "size", "sure")}
    notes = {"notes": [texts.sentence(note) for note in result["notes"]]} if "notes" in result else {}
    return {**result, **notes, "group": group}


def _known(language: str) -> str:
    if language not in LANGUAGES:
        raise ValueError(f"Known languages are {', '.join(LANGUAGES)}")
    return language


async def texts(
    request: Request,
    language: Annotated[
        Annotated[str, AfterValidator(_known)] | None,
        Query(
            description="Language of sentences in the answer. Default: the language of the server, or the first one "
            "that `Accept-Language` names.",
            json_schema_extra={"enum": [*LANGUAGES, None]},
        ),
    ] = None,
) -> Texts:
    return spoken(request)


#: A parameter of a route: what is said in the client's language.
Language = Annotated[Texts, Depends(texts)]


@router.get("/api/texts", summary="The texts of the page", response_description="They.", responses=responses("invalid"))
async def get_texts(words: Language) -> Translations:
    """The translations of everything that the page says, in one language."""
    messages = {english: list(forms) for english, forms in catalog_of(words.language).messages.items()}
    return Translations(language=words.language, languages=LANGUAGES, messages=messages)

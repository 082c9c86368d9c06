"""Texts in pictures are drawn with letters that the font has."""

from __future__ import annotations

import pytest
from PIL import ImageFont

from aiducation.exports.letters import drawable
from aiducation.states import OUTCOMES, UNCLEAR
from aiducation.texts import LANGUAGES, texts_of


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_can_be_drawn_in_every_language(language: str) -> None:
    font = ImageFont.load_default(20)
    box = bytes(font.getmask("\u0378"))  # no font has this letter
    for word in (*OUTCOMES, UNCLEAR, "not sure", "blurred", "too small", "turned away"):
        drawn = drawable(texts_of(language).gettext(word))
        assert all(bytes(font.getmask(letter)) != box for letter in drawn if letter.strip()), drawn


def test_letters_without_a_sign_are_spelled_or_lose_their_accents() -> None:
    assert drawable("verärgert, énervé, größer, cœur, 5 %") == "veraergert, enerve, groesser, coeur, 5 %"
    assert drawable("a\u0308") == "ae" and drawable("教室") == "教室"

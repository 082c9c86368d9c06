"""What people read holds nothing that a terminal obeys or that hides."""

from __future__ import annotations

import json
import random
import sys
import unicodedata

import pytest

from aiducation.visible import as_text, json_text, visible

pytestmark = pytest.mark.hostile


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x9b31m", "\\x9b31m"),
        ("a\x07\x08\x7f", "a\\x07\\x08\\x7f"),
        ("a\r\nb\tc", "a\\r\\nb\\tc"),
        ("rtl\u202egpj.exe", "rtl\\u202egpj.exe"),
        ("\u2066x\u2069\u061c\u200e\u200f", "\\u2066x\\u2069\\u061c\\u200e\\u200f"),
        ("a\u2028b\u2029\x85", "a\\u2028b\\u2029\\x85"),
        ("z\u200b\u200c\u200d\ufeff\u2060\u00ad", "z\\u200b\\u200c\\u200d\\ufeff\\u2060\\xad"),
        ("\U000e0041\u3164", "\\U000e0041\\u3164"),
        (b"caf\xe9\xff".decode("utf-8", "surrogateescape"), "caf\\xe9\\xff"),
        ("\ud83d", "\\ud83d"),
        ("x\ufffe\uffff\ufdd0\U0001fffe", "x\\ufffe\\uffff\\ufdd0\\U0001fffe"),
        ("Zoë 课 صورة 🎓 10\u202fAM C:\\new", "Zoë 课 صورة 🎓 10\u202fAM C:\\new"),
    ],
)
def test_by_example(text: str, words: str) -> None:
    assert visible(text) == words


def test_every_character() -> None:
    """Nothing that is not seen stays, and every letter does."""
    for code in range(sys.maxunicode + 1):
        kind = unicodedata.category(chr(code))
        if kind in ("Cc", "Cf", "Cs", "Zl", "Zp"):
            assert visible(chr(code)).isascii(), hex(code)
        elif kind[0] in "NPS" or kind in ("Lu", "Ll", "Zs"):
            assert visible(chr(code)) == chr(code) or code == 0x2800, hex(code)


def test_json_keeps_the_exact_name() -> None:
    draw = random.Random(0)
    for _ in range(300):
        odd = (draw.randrange(1, 0xA0), draw.randrange(0x2000, 0x2070), draw.randrange(0x3000))
        name = "".join(chr(draw.choice(odd)) for _ in range(9)) + "\x1b\x9b\u202e\u2028"
        text = json_text({"source": name})
        assert json.loads(text) == {"source": name}
        assert not any(unicodedata.category(c) in ("Cc", "Zl", "Zp") for c in text)
        assert not any(unicodedata.bidirectional(c) in ("RLO", "LRO", "RLE", "LRE", "PDF") for c in text)


def test_utf8_can_hold_it() -> None:
    assert as_text(b"a\xff".decode("utf-8", "surrogateescape") + "\x1b") == "a\\xff\x1b"

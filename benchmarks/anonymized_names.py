"""What OCR still reads in anonymized meeting galleries: names covered by --anonymize, --anonymize-text and --anonymize-all.

    python benchmarks/anonymized_names.py [--json results/anonymized_names.json]    needs Tesseract: apt-get install tesseract-ocr

Galleries are made as the tests make them (``tests/galleries.py``): names in five manners, dark and light, 4 to 49 tiles of which
every third has no camera, at three sizes, and one large tile beside a strip. For each: how many parts of names are in the
picture, how many Tesseract reads in it, and how many in what is left; and which share of the picture is as it was.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from aiducation.environment import environment
from aiducation.exports.hiding import Hide, hidden
from aiducation.vision.analyzer import Analyzer
from galleries import STYLES, TESSERACT, meeting, read_by_ocr

#: Width and height of the picture, and tiles: small windows do not show many.
SIZES = {(640, 360): (4, 9), (1280, 720): (4, 9, 25), (1920, 1080): (49,)}

WAYS: dict[str, Hide] = {"faces": True, "text": "text", "all": "all"}


def row(analyzer: Analyzer, **options: Any) -> dict[str, Any]:
    """What is read in one gallery."""
    made = meeting(**options)
    faces = analyzer.photo(made.picture)
    left = {name: hidden(made.picture, faces, way) for name, way in WAYS.items()}
    return {
        **options,
        "parts": len(made.words),
        "read": len(read_by_ocr(made.picture) & made.words),
        "read_after": {name: len(read_by_ocr(picture) & made.words) for name, picture in left.items()},
        "untouched": {
            name: round(float((picture == made.picture).all(axis=2).mean()), 3) for name, picture in left.items()
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if not TESSERACT:
        sys.exit("There is no Tesseract here: apt-get install tesseract-ocr")
    analyzer, rows = Analyzer(), []
    for (width, height), counts in SIZES.items():
        for i, style in enumerate(STYLES):
            for tiles in counts:
                dark = (i + tiles) % 2 == 0
                rows.append(row(analyzer, tiles=tiles, style=style, width=width, height=height, dark=dark))
                print(rows[-1], flush=True)
    for style in STYLES:
        rows.append(row(analyzer, tiles=6, style=style, dark=style != "teams", speaker=True))
        print(rows[-1], flush=True)
    total = {
        "galleries": len(rows),
        "parts": sum(r["parts"] for r in rows),
        "read": sum(r["read"] for r in rows),
        "read_after": {name: sum(r["read_after"][name] for r in rows) for name in WAYS},
        "untouched": {name: round(float(np.mean([r["untouched"][name] for r in rows])), 3) for name in WAYS},
    }
    print(json.dumps(total, indent=2))
    if options.json:
        value = {"total": total, "rows": rows, "environment": environment()}
        options.json.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

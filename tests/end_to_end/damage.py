"""Ways to damage files and folders."""

from __future__ import annotations

import gzip
import json
import shutil
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

#: Damages a file or folder.
Damage = Callable[[Path], object]

FACES, VOTES = "fer2013.csv", "fer2013new.csv"


def edit_line(path: Path, row: int, change: Callable[[str], str]) -> None:
    """Change the line of a data row, counted from 1."""
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[row] = change(lines[row])
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def edit_cell(path: Path, row: int, column: int, value: str) -> None:
    def change(line: str) -> str:
        cells = line.split(",")
        cells[column] = value
        return ",".join(cells)

    edit_line(path, row, change)


def edit_pixel(path: Path, row: int, pixel: int, value: str) -> None:
    def change(line: str) -> str:
        emotion, pixels, usage = line.split(",")
        grays = pixels.split(" ")
        grays[pixel - 1] = value
        return f"{emotion},{' '.join(grays)},{usage}"

    edit_line(path, row, change)


def swap(folder: Path) -> None:
    (folder / FACES).rename(folder / "x")
    (folder / VOTES).rename(folder / FACES)
    (folder / "x").rename(folder / VOTES)


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def keep_lines(path: Path, n: int) -> None:
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:n]))


def rename_column(path: Path, old: str, new: str) -> None:
    edit_line(path, 0, lambda line: line.replace(old, new))


def truncate_gzip(path: Path) -> None:
    packed = gzip.compress(path.read_bytes())
    path.write_bytes(packed[: len(packed) // 2])


def damage_gzip(path: Path) -> None:
    packed = bytearray(gzip.compress(path.read_bytes()))
    packed[len(packed) // 2 : len(packed) // 2 + 50] = bytes(50)
    path.write_bytes(packed)


def pack(path: Path, *names: str) -> bytes:
    """A zip archive that holds the file under these names."""
    content = path.read_bytes()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, content)
    return path.read_bytes()


def truncate_zip(path: Path) -> None:
    packed = pack(path, path.name)
    path.write_bytes(packed[: len(packed) // 2])


def damage_zip(path: Path) -> None:
    packed = bytearray(pack(path, path.name))
    packed[len(packed) // 2 : len(packed) // 2 + 50] = bytes(50)
    path.write_bytes(packed)


def encrypt_zip(path: Path) -> None:
    """Set the flags that say "encrypted": in the local header and in the directory."""
    packed = bytearray(pack(path, path.name))
    packed[6] |= 1
    packed[packed.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(packed)


def junk(path: Path) -> None:
    path.write_bytes(np.random.default_rng(0).bytes(300_000))


def as_cut_utf16(path: Path) -> None:
    """As spreadsheet programs save "Unicode text", without its last byte."""
    path.write_bytes(path.read_text().encode("utf-16")[:-1])


def rename_all(folder: Path) -> None:
    for i, path in enumerate(sorted(folder.iterdir())):
        path.rename(folder / f"face{i}.png")


def copy_below(folder: Path) -> None:
    (folder / "more").mkdir()
    shutil.copy(folder / "fer0000003.png", folder / "more")


def huge_picture(path: Path) -> None:
    """A picture of 65,000 x 65,000 pixels, by its header."""
    header = b"IHDR" + struct.pack(">IIBBBBB", 65_000, 65_000, 8, 0, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header)))


def edit_json(path: Path, **values: object) -> None:
    """Set fields of a JSON file; None takes one out."""
    merged = json.loads(path.read_text()) | values
    taken_out = [name for name, value in values.items() if value is None]
    path.write_text(json.dumps({name: value for name, value in merged.items() if name not in taken_out}))

"""Fetch the WebAssembly build of ONNX Runtime into src/aiducation/web/runtime, where the wheel takes it from.

python tools/web_runtime.py

Needs npm and pip. Versions and hashes are those of aiducation.web.wasm_runtime; nothing is done if the files are there.
"""

from __future__ import annotations

import hashlib
import lzma
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

from aiducation.errors import DataFileError
from aiducation.files import atomic_path
from aiducation.web.wasm_runtime import (
    ENDING,
    FOLDER,
    LICENSES,
    PACKAGE,
    PROGRAM,
    SAME_RELEASE,
    SHA256,
    VERSION,
    runtime_files,
)


def fetch() -> None:
    """Get the package with npm and keep the two files that are needed; the texts of the licenses come with pip."""
    npm = shutil.which("npm")
    if not npm:
        sys.exit("npm is not installed: install Node.js 20 or newer.")
    FOLDER.mkdir(exist_ok=True)
    with TemporaryDirectory() as place:
        subprocess.run([npm, "pack", "--silent", f"{PACKAGE}@{VERSION}"], cwd=place, check=True)
        (archive,) = Path(place).glob("*.tgz")
        with tarfile.open(archive) as packed:
            for name in PROGRAM:
                file = packed.extractfile(f"package/dist/{name}")
                _keep(name, file.read() if file else b"")
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", f"{SAME_RELEASE}=={VERSION}"]
        subprocess.run(pip, cwd=place, check=True)
        (wheel,) = Path(place).glob("*.whl")
        with zipfile.ZipFile(wheel) as packed_too:
            for name in LICENSES:
                _keep(name, packed_too.read(f"{SAME_RELEASE}/{name.replace('LICENSE.txt', 'LICENSE')}"))


def _keep(name: str, content: bytes) -> None:
    if hashlib.sha256(content).hexdigest() != SHA256[name]:
        sys.exit(f"{name} of release {VERSION} is not the file that was checked.")
    with atomic_path(FOLDER / (name + ENDING)) as path:
        path.write_bytes(lzma.compress(content, preset=9))


if __name__ == "__main__":
    try:
        runtime_files()
    except DataFileError:
        fetch()
    for one in sorted(FOLDER.iterdir()):
        print(f"{one.name}: {one.stat().st_size / 1e6:.1f} MB")

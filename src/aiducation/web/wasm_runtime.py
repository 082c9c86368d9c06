"""The WebAssembly build of ONNX Runtime that a page without a server carries, as the package brings it.

``tools/web_runtime.py`` puts its two files into ``web/runtime`` from the npm package, before the wheel is built, and beside them
the texts of the licenses from the Python package of the same release: the npm package brings none. Git ignores all four. They
are compressed: 14.5 MB become 2.3 MB.
"""

from __future__ import annotations

import hashlib
import lzma
from importlib.resources import files
from pathlib import Path

from aiducation.errors import DataFileError

#: The npm package, the Python package of the same release, and the hash of each file that is taken from them.
PACKAGE, SAME_RELEASE, VERSION = "onnxruntime-web", "onnxruntime", "1.30.0"
LICENSES = {
    "LICENSE.txt": "2f07c72751aed99790b8a4869cf2311df85a860b22ded05fa22803587a48922c",
    "ThirdPartyNotices.txt": "143764b952fdb1a7c69ce653bfba74a7744d6a8a573bfb73e235fba356c83de3",
}
PROGRAM = {
    "ort.wasm.bundle.min.mjs": "11e64bd8ffe11bd1a2a2f0d6275fdfbbba7262f0b76b99b53d228a8a22ef3d90",
    "ort-wasm-simd-threaded.wasm": "3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2",
}
SHA256 = {**PROGRAM, **LICENSES}

#: Where they lie in this package, and what their names end in there.
FOLDER, ENDING = Path(str(files("aiducation") / "web" / "runtime")), ".xz"


def runtime_files() -> dict[str, bytes]:
    """The files by their names, checked against their hashes.

    Raises:
        DataFileError: one is missing, or another one than was checked.
    """
    return {name: _checked(name) for name in SHA256}


def _checked(name: str) -> bytes:
    path = FOLDER / (name + ENDING)
    try:
        content = lzma.decompress(path.read_bytes())
    except FileNotFoundError as error:
        raise DataFileError(
            f"{path} is missing: this installation brings no {PACKAGE}. Install a released wheel, or run "
            "'python tools/web_runtime.py' in a copy of the repository (it needs npm)."
        ) from error
    except (OSError, lzma.LZMAError, EOFError) as error:
        raise DataFileError(f"{path} cannot be read: {error}. Run 'python tools/web_runtime.py' again.") from error
    if hashlib.sha256(content).hexdigest() != SHA256[name]:
        raise DataFileError(
            f"{path} is not the file of {PACKAGE} {VERSION} that was checked. Run 'python tools/web_runtime.py' again."
        )
    return content

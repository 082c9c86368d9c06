"""Looks at the page's JavaScript and CSS: format and lint (Biome), then types (TypeScript).

python tools/page_check.py          exit code 1 if something is wrong; a sentence where the tools cannot be had
python tools/page_check.py --fix    format, and mend what can be mended

Types come from the JSDoc comments, and from what the API's own document says of its answers. The tools are Node.js packages,
installed into tools/page/node_modules at the versions of tools/page/package-lock.json.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zlib
from pathlib import Path

PAGE = Path(__file__).parent / "page"
STATIC = PAGE.parents[1] / "src" / "aiducation" / "web" / "static"
ALONE = STATIC.parent / "alone"

#: The oldest Node.js that runs the tools.
_NODE = 20

#: How npm says that it cannot reach its registry; whatever else fails is no matter of the network.
_UNREACHABLE = re.compile(
    "ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|E50[0-9]"
)


class Unavailable(Exception):  # noqa: N818 - no error: the checks are skipped
    """The tools cannot be had here; the message says why."""


def page_check(*, fix: bool = False) -> int:
    """0 if all is well, or where the tools cannot be had, which a sentence says; else 1."""
    try:
        node, npm = _node()
        _install(npm)
    except Unavailable as why:
        print(f"{why}: the checks of the page's JavaScript are skipped.", file=sys.stderr, flush=True)
        return 0
    biome = [_tool("biome"), "check", "--config-path=biome.page.json", "--error-on-warnings", "--log-level=error"]
    if subprocess.run(
        [*biome, *(["--write"] if fix else []), str(STATIC), str(ALONE), "types.js"], cwd=PAGE
    ).returncode:
        return 1
    document = subprocess.run([sys.executable, "openapi.py"], cwd=PAGE, stdout=subprocess.PIPE, check=True).stdout
    types = subprocess.run([node, "types.js"], cwd=PAGE, input=document, stdout=subprocess.PIPE, check=True).stdout
    (PAGE / "api.d.ts").write_bytes(types)
    return int(subprocess.run([_tool("tsc"), "--project", "."], cwd=PAGE).returncode != 0)


def _node() -> tuple[str, str]:
    """Where Node.js and npm are.

    Raises:
        Unavailable: they are missing, or too old.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        raise Unavailable(f"Node.js {_NODE} or newer is not installed")
    version = subprocess.run([node, "--version"], stdout=subprocess.PIPE, text=True).stdout.strip()
    if int(version.lstrip("v").split(".")[0] or 0) < _NODE:
        raise Unavailable(f"Node.js {_NODE} or newer is needed, and {version} is installed")
    return node, npm


def _install(npm: str) -> None:
    """Install the tools, unless those of the lock file are there.

    Raises:
        Unavailable: the registry cannot be reached.
    """
    stamp = PAGE / "node_modules" / "set-up-for"
    state = str(zlib.crc32((PAGE / "package.json").read_bytes() + (PAGE / "package-lock.json").read_bytes()))
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == state:
        return
    print("Installing the tools that check the page (once) ...", file=sys.stderr, flush=True)
    patience = ["--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=30000"]
    try:
        done = subprocess.run(
            [npm, "ci", *patience],
            cwd=PAGE,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
        )
    except subprocess.TimeoutExpired:
        shutil.rmtree(PAGE / "node_modules", ignore_errors=True)
        raise Unavailable("The npm registry did not answer in time") from None
    if done.returncode:
        shutil.rmtree(PAGE / "node_modules", ignore_errors=True)
        if _UNREACHABLE.search(done.stdout):
            raise Unavailable("The npm registry cannot be reached from here")
        sys.exit(done.stdout)
    stamp.write_text(state, encoding="utf-8")


def _tool(name: str) -> str:
    """Where a tool is; on Windows its name has an ending."""
    return shutil.which(name, path=str(PAGE / "node_modules" / ".bin")) or name


if __name__ == "__main__":
    sys.exit(page_check(fix="--fix" in sys.argv[1:]))

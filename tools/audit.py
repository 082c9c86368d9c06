"""Asks whether a known vulnerability is in what is installed, where the list of vulnerabilities can be reached.

python tools/audit.py PIP-AUDIT [SITE-PACKAGES]     of the environment of that pip-audit, or of that folder; exit code 1 if one is
"""

from __future__ import annotations

import re
import subprocess
import sys


def audit(pip_audit: str, folder: str = "") -> int:
    """1 if a package has a known vulnerability, else 0; if the list cannot be reached, a sentence says so."""
    what = ["--path", folder] if folder else ["--local", "--skip-editable"]
    try:
        done = subprocess.run(
            [pip_audit, *what, "--progress-spinner", "off", "--timeout", "10"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        found, code = done.stdout, done.returncode
    except subprocess.TimeoutExpired:
        found, code = "", 1
    if code == 0 and "could not be audited" not in found:
        print("No known vulnerabilities in the packages installed.", flush=True)
        return 0
    if re.search(r"^Found [0-9]+ known vulnerabilit", found, re.MULTILINE):
        print(found, file=sys.stderr, flush=True)
        return 1
    print(
        "The list of known vulnerabilities cannot be reached from here: the packages were not audited.",
        file=sys.stderr,
        flush=True,
    )
    return 0


if __name__ == "__main__":
    sys.exit(audit(*sys.argv[1:3]))

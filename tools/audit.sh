#!/usr/bin/env bash
# Asks whether a known vulnerability is in what is installed, where the list of vulnerabilities can be reached; fails if one is.
#   tools/audit.sh PIP-AUDIT
set -uo pipefail
found=$(timeout 120 "$1" --local --progress-spinner off --timeout 10 --skip-editable 2>&1)
code=$?
if [ $code -eq 0 ] && ! grep -q "could not be audited" <<<"$found"; then
  echo "No known vulnerabilities in the packages installed."
elif grep -qE "^Found [0-9]+ known vulnerabilit" <<<"$found"; then
  echo "$found" >&2
  exit 1
else
  echo "The list of known vulnerabilities cannot be reached from here: the audit of the packages is skipped." >&2
fi

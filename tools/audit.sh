#!/usr/bin/env bash
# Asks whether a known vulnerability is in what is installed, where the list of vulnerabilities can be reached; fails if one is.
#   tools/audit.sh PIP-AUDIT [SITE-PACKAGES]    of its own environment, or of that folder
set -uo pipefail
what=(--local --skip-editable)
[ $# -lt 2 ] || what=(--path "$2")
found=$(timeout 120 "$1" "${what[@]}" --progress-spinner off --timeout 10 2>&1)
code=$?
if [ $code -eq 0 ] && ! grep -q "could not be audited" <<<"$found"; then
  echo "No known vulnerabilities in the packages installed."
elif grep -qE "^Found [0-9]+ known vulnerabilit" <<<"$found"; then
  echo "$found" >&2
  exit 1
else
  echo "The list of known vulnerabilities cannot be reached from here: the audit of the packages is skipped." >&2
fi

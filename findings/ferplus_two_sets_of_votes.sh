#!/usr/bin/env bash
# Believed: FER+ is one set of votes; the label.csv files of its repository are fer2013new.csv, split by part.
# Seen (commit ae2128a): of the 35,710 images in label.csv, 1,601 have other votes in fer2013new.csv; which emotion leads alone
# differs for 349 of them. The authors' training code reads label.csv; most readers of the CSV take fer2013new.csv.
# Matters: models and agreement figures "on FER+" may rest on different truth. This project reads both, says which is which, and
# publishes on fer2013new.csv alone.
# Date: 2026-11-28. Source: run here. FERPLUS=FOLDER takes a copy of the repository that is there already.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
commit=ae2128a
repository=${FERPLUS:-$folder/FERPlus}
[ -e "$repository" ] || git clone --quiet https://github.com/microsoft/FERPlus "$repository"
git -C "$repository" archive "$commit" fer2013new.csv data | tar -x -C "$folder"
cat >"$folder/compare.py" <<'PYTHON'
import csv
import sys
from pathlib import Path

folder = Path(sys.argv[1])
with (folder / "fer2013new.csv").open(newline="") as file:
    whole: dict[str, list[list[int]]] = {}
    for row in list(csv.reader(file))[1:]:
        whole.setdefault(row[1], []).append([int(cell) for cell in row[2:]])


def leader(votes: list[int]) -> int | None:
    return votes.index(max(votes)) if votes.count(max(votes)) == 1 else None


images = other_votes = other_leader = 0
for path in sorted((folder / "data").glob("*/label.csv")):
    with path.open(newline="") as file:
        for row in csv.reader(file):
            votes = [int(cell) for cell in row[2:]]
            images += 1
            if votes not in whole[row[0]]:  # four names stand twice there
                other_votes += 1
                other_leader += leader(votes) != leader(whole[row[0]][0])
print(f"{images} images, {other_votes} with other votes, {other_leader} with another leading emotion")
PYTHON
said=$(python3 "$folder/compare.py" "$folder")
echo "$said"
if [ "$said" = "35710 images, 1601 with other votes, 349 with another leading emotion" ]; then
  echo "as seen on 2026-11-28"
else
  echo "this has changed"
  exit 1
fi

#!/usr/bin/env bash
# Believed: readers that find out the types of a CSV file's columns read a column of numbers as numbers, or say that they could not.
# What happens where the column is empty in its first 30,000 of 60,000 rows: pandas and R read numbers; Polars and DuckDB read texts without
# a word, so that a mean is null or an error and "0.9" > "0.10" is a comparison of letters; frictionless gives texts and finds the file valid.
# Why it matters here: the confidence of a lesson that begins in the dark is such a column. Parquet and the data package carry types; for CSV
# the how-to names Polars' infer_schema_length=None and DuckDB's sample_size=-1.
# Seen 2026-11-28, run here.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet polars==2.1.0 duckdb==2.0.1 frictionless==5.21.0 pandas==2.3.3
venv/bin/python - <<'PYTHON'
import csv

import duckdb
import frictionless
import pandas
import polars

with open("lesson.csv", "w", newline="") as file:
    table = csv.writer(file)
    table.writerow(["face", "confidence"])
    table.writerows([i, "" if i < 30_000 else 0.5] for i in range(60_000))
print("Polars", polars.__version__, "DuckDB", duckdb.__version__, "frictionless", frictionless.__version__)
seen = {
    "pandas": str(pandas.read_csv("lesson.csv")["confidence"].dtype),
    "polars": str(polars.read_csv("lesson.csv").schema["confidence"]),
    "polars, all rows": str(polars.read_csv("lesson.csv", infer_schema_length=None).schema["confidence"]),
    "duckdb": str(duckdb.sql("from 'lesson.csv'").types[1]),
    "duckdb, all rows": str(duckdb.sql("from read_csv('lesson.csv', sample_size=-1)").types[1]),
    "frictionless": type(frictionless.Resource("lesson.csv").read_rows()[-1]["confidence"]).__name__,
    "frictionless says": frictionless.validate("lesson.csv").valid,
}
for reader, kind in seen.items():
    print(f"{reader}: {kind}")
assert seen == {
    "pandas": "float64",
    "polars": "String",
    "polars, all rows": "Float64",
    "duckdb": "VARCHAR",
    "duckdb, all rows": "DOUBLE",
    "frictionless": "str",
    "frictionless says": True,
}, "the behaviour has changed"
PYTHON

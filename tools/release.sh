#!/usr/bin/env bash
# Builds a release in dist/: wheel and source, tried in a fresh environment, with a list of what it contains (SBOM, CycloneDX) and
# checksums. Nothing is uploaded.
set -euo pipefail
cd "$(dirname "$0")/.."
[ -z "$(git status --porcelain)" ] || { echo "Commit or remove what is not committed: a release is made from a commit." >&2; exit 1; }
version=$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
grep -q "^## $version" CHANGELOG.md || { echo "CHANGELOG.md has no part about $version." >&2; exit 1; }
[ -s src/aiducation/web/runtime/LICENSE.txt.xz ] ||
  { echo "Run python tools/web_runtime.py first: without it the wheel lacks the page without a server." >&2; exit 1; }
rm -rf dist && mkdir dist
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT

"${PYTHON:-python3}" -m venv "$place/tools"
"$place/tools/bin/pip" install --quiet --disable-pip-version-check build cyclonedx-bom pip-audit
"$place/tools/bin/python" -m build --outdir dist . >/dev/null

"${PYTHON:-python3}" -m venv "$place/fresh"
"$place/fresh/bin/pip" install --quiet --disable-pip-version-check "dist/aiducation-$version-py3-none-any.whl[serve,sample,heic,parquet]"
(cd "$place" && fresh/bin/aiducation sample --out sample && fresh/bin/aiducation analyze sample --out results && [ -s results/index.html ])

"${PYTHON:-python3}" tools/audit.py "$place/tools/bin/pip-audit" "$("$place/fresh/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
"$place/tools/bin/cyclonedx-py" environment "$place/fresh/bin/python" --pyproject pyproject.toml --output-reproducible \
  --output-file "dist/aiducation-$version.cdx.json"
(cd dist && sha256sum -- * >SHA256SUMS)
echo "The release is in dist/:" && ls -l dist

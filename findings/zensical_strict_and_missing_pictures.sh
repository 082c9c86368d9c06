#!/usr/bin/env bash
# Believed: "zensical build --strict" fails where a page shows a picture, links to a file, or the navigation names a page that is missing,
# as "mkdocs build --strict" does and as "link validation" sounds.
# Happens: a link to a missing Markdown page fails. A missing picture, a missing file of any other kind, a link written as HTML and a
# missing page in the navigation pass without a word (exit code 0), and the site is published with them.
# Matters: figures and tables of a report vanish from a site unnoticed. tools/site_links.py checks what was built.
# Date: 2026-11-28. Source: run here (zensical 0.0.73, mkdocs 1.6.1, Python 3.11); zensical.org, page "Validation".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check zensical==0.0.73 mkdocs==1.6.1
mkdir docs
cat > docs/index.md <<'PAGE'
# Start

![figure](missing.png) [table](missing.csv) <a href="missing.html">page</a>
PAGE
cat > mkdocs.yml <<'SETTINGS'
site_name: site
nav: [{Start: index.md}, {Gone: gone.md}]
SETTINGS

if venv/bin/mkdocs build --strict > mkdocs.log 2>&1; then echo "mkdocs --strict passes: changed" && exit 1; fi
echo "mkdocs 1.6.1 --strict: refused, with"
grep -o "A reference to 'gone.md'\|contains a link '[^']*'" mkdocs.log | sort -u

rm -rf site
venv/bin/zensical build --strict > zensical.log 2>&1 || { echo "zensical --strict refuses: changed" && exit 1; }
grep -q 'src="missing.png"' site/index.html && grep -q 'href="missing.csv"' site/index.html && grep -q 'gone.md' site/index.html ||
  { echo "the site has no such links: changed" && exit 1; }
echo "zensical 0.0.73 --strict: passes, and index.html has"
grep -o 'src="missing.png"\|href="missing[^"]*"\|href="[^"]*gone.md"' site/index.html | sort -u

echo '[page](gone.md)' >> docs/index.md
if venv/bin/zensical build --strict > zensical.log 2>&1; then echo "a missing page passes, too: changed" && exit 1; fi
echo "zensical 0.0.73 --strict: a link to a missing Markdown page is refused"

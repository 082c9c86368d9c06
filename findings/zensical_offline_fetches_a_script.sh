#!/usr/bin/env bash
# Believed: the plugin "offline" of a site generator makes a site that needs no network.
# Happens: with it, every page that Zensical builds has a script tag for unpkg.com/iframe-worker, in no fixed version and without a
# checksum; without it, no page asks another server for anything. So "offline" adds the one request that the site has, and whoever
# serves the site with it lets a third party run a script in it.
# Matters: documents of software that promises to send nothing. This project leaves the plugin out and checks what was built.
# Date: 2026-11-28. Source: run here (zensical 0.0.73); the documentation of Material for MkDocs, page "Building for offline usage".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check zensical==0.0.73
mkdir docs
echo '# Start' > docs/index.md
printf '[project]\nsite_name = "site"\nsite_dir = "plain"\n[project.theme]\nfont = false\n[project.plugins.search]\n' > plain.toml
sed 's/"plain"/"offline"/' plain.toml > offline.toml
printf '[project.plugins.offline]\n' >> offline.toml

fetched() { grep -oE '<(script|link|img)[^>]*(src|href)="?https?://[^" >]*' "$1/index.html" | grep -oE 'https?://.*' || true; }

for name in plain offline; do venv/bin/zensical build --config-file "$name.toml" > /dev/null 2>&1; done
echo "zensical 0.0.73, without the plugin: $(fetched plain | wc -l) requests to other servers"
echo "zensical 0.0.73, with it: $(fetched offline)"
[ -z "$(fetched plain)" ] && [ "$(fetched offline)" = "https://unpkg.com/iframe-worker/shim" ] || { echo "this has changed"; exit 1; }

#!/usr/bin/env bash
# Looks at the page's JavaScript and CSS: format and lint (Biome), then types (TypeScript, from the JSDoc comments and from what
# the API's own document says of its answers). Needs Node.js; says so and does nothing where it is missing.
#   tools/page/check.sh PYTHON [--fix]
set -euo pipefail
cd "$(dirname "$0")"
static=../../src/aiducation/web/static
python=$1
fix=${2:+--write}

skip() {
  echo "$1: the checks of the page's JavaScript are skipped." >&2
  exit 0
}
command -v node >/dev/null && command -v npm >/dev/null || skip "Node.js 20 or newer is not installed"
node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)' || skip "Node.js is older than 20 ($(node --version))"

state=$(cat package.json package-lock.json | cksum)
if [ "$(cat node_modules/set-up-for 2>/dev/null)" != "$state" ]; then
  echo "Installing the tools that check the page (once) ..." >&2
  log=$(mktemp) && trap 'rm -f "$log"' EXIT
  if ! timeout 300 npm ci --fetch-retries=1 --fetch-retry-mintimeout=1000 --fetch-timeout=30000 >"$log" 2>&1 </dev/null; then
    rm -rf node_modules
    # Only a registry that cannot be reached is no fault of ours: everything else is.
    grep -qE "ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|E50[0-9]" "$log" &&
      skip "The npm registry cannot be reached from here"
    [ -s "$log" ] || skip "The npm registry did not answer in time"
    cat "$log" >&2
    exit 1
  fi
  echo "$state" >node_modules/set-up-for
fi

node_modules/.bin/biome check $fix --config-path=biome.page.json --error-on-warnings --log-level=error $static types.js
"$python" openapi.py | node types.js >api.d.ts
node_modules/.bin/tsc --project .

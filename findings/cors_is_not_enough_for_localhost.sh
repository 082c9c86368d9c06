#!/usr/bin/env bash
# Believed: a page of another host may call a server on the user's own computer if that server allows its origin (CORS).
# Happens: Chromium refuses it, whatever the server answers, where the page came without encryption, and says "blocked by CORS policy",
# which sends people to the wrong place. The same page at localhost gets its answer. With encryption the user is asked first (as documented).
# Matters: a page on a school's host cannot use a local "aiducation serve" by --allow-origin alone; here pages are tried at localhost.
# Date: 2026-11-28. Source: run here (Chromium 156); Local Network Access, in Chrome since version 142. Needs Chromium, python3.
set -euo pipefail
folder=$(mktemp -d)
cat > "$folder/servers.py" <<'CODE'
import http.server, sys, threading

class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(PAGE if self.path == "/page" else b"answer")

    def log_message(self, *words):
        pass

local = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
everywhere = http.server.ThreadingHTTPServer(("0.0.0.0", 0), Answer)
PAGE = f"""<p>waiting</p><script>
fetch("http://127.0.0.1:{local.server_address[1]}/").then((a) => a.text(), () => "refused")
  .then((words) => {{ document.querySelector("p").textContent = words; }});</script>""".encode()
threading.Thread(target=local.serve_forever, daemon=True).start()
print(everywhere.server_address[1], flush=True)
everywhere.serve_forever()
CODE
python3 "$folder/servers.py" > "$folder/port" &
server=$!
trap 'kill $server; rm -rf "$folder"' EXIT
until [ -s "$folder/port" ]; do sleep 0.1; done
port=$(cat "$folder/port")
address=$(python3 -c 'import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.connect(("192.0.2.1", 9)); print(s.getsockname()[0])')

seen() { # what the page at a host shows in the end
  chromium --headless --no-sandbox --disable-gpu --user-data-dir="$folder/profile" --virtual-time-budget=5000 --dump-dom \
    "http://$1:$port/page" 2> /dev/null | grep -oE '<p>[a-z]+' | cut -c4-
}
chromium --version 2> /dev/null | cut -d' ' -f1,2
here=$(seen localhost) there=$(seen "$address")
echo "page at localhost: $here"
echo "page at the address of this computer in its network: $there"
[ "$here" = answer ] && [ "$there" = refused ] || { echo "this has changed"; exit 1; }

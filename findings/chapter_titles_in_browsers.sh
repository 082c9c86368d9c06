#!/usr/bin/env bash
# Believed: a browser reads "Q &amp; A" of a WebVTT file as "Q & A", as it does in a page.
# What happens: the cue's text, which players show as a chapter's title, is "Q &amp; A", with tags such as <v Ann> left in; only
# getCueAsHTML() gives "Q & A". A file that leaves "&" and "<" as they are is not valid, so no file is right for such players.
# Why it matters here: titles of chapters and captions are written without "&" and "<" wherever that is possible.
# Needs Chromium (apt-get install chromium-headless-shell). Seen 2026-11-28, run here.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
browser=$(command -v chromium-headless-shell || command -v chromium)
cat > page.html <<'HTML'
<!doctype html><video id="video"></video><pre id="seen"></pre><script>
const text = "WEBVTT\n\n00:00.000 --> 00:05.000\nQ &amp; A\n\n00:05.000 --> 00:09.000\n<v Ann>Hello</v>\n";
const track = document.createElement("track");
track.kind = "chapters";
track.src = URL.createObjectURL(new Blob([text], { type: "text/vtt" }));
track.onload = () => {
  const cues = [...track.track.cues].map((cue) => [cue.text, cue.getCueAsHTML().textContent]);
  seen.textContent = btoa(JSON.stringify(cues));
};
video.append(track);
track.track.mode = "hidden";
</script>
HTML
"$browser" --version
page=$("$browser" --headless --no-sandbox --disable-gpu --user-data-dir="$folder/profile" --virtual-time-budget=5000 \
  --dump-dom "file://$folder/page.html" 2>/dev/null)
seen=$(printf '%s' "$page" | sed -n 's/.*<pre id="seen">\([^<]*\)<.*/\1/p' | base64 --decode)
echo "$seen"
[ "$seen" = '[["Q &amp; A","Q & A"],["<v Ann>Hello</v>","Hello"]]' ] || { echo "the behaviour has changed" >&2; exit 1; }

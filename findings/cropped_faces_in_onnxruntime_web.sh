#!/usr/bin/env bash
# Believed: ort.Tensor.fromImage(face, { resizedWidth: 48, resizedHeight: 48 }) gives a network the whole face in its size.
# Happens: of an ImageData, as cropped faces are, it gives the upper left corner of 48 x 48 pixels, and where the face is smaller, black beside it.
#   An image element is cut the same way, and has four channels. An ImageBitmap and an address keep their size. None is resized, and nothing is said.
#   And "mean" of its option norm is what pixels are divided by, after "bias" is added: mean and bias 127.5 give 2.57 for a pixel of 200.
# Matters: the shapes fit, so a classifier in a browser answers, of a forehead or of a face in a black frame. Resize on a canvas first.
# Date: 2026-11-30. Source: run here (1.30.0, Chromium); https://github.com/microsoft/onnxruntime/issues/24050 (closed as stale) has ImageData alone;
#   the documentation calls the options "resized height" and "resized width". Needs Chromium (apt-get install chromium-headless-shell).
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
cd "$folder"
browser=$(command -v chromium-headless-shell || command -v chromium)
npm install --silent --no-audit --no-fund --prefix . onnxruntime-web@1.30.0
{
  echo '<!doctype html><pre id="seen"></pre><script>'
  cat node_modules/onnxruntime-web/dist/ort.wasm.min.js
  cat <<'HTML'
</script><script>
(async () => {
  const face = new ImageData(96, 96); // its upper left quarter is white, the rest is black
  face.data.forEach((_, k) => {
    const [x, y] = [(k >> 2) % 96, Math.floor((k >> 2) / 96)];
    face.data[k] = k % 4 === 3 || (x < 48 && y < 48) ? 255 : 0;
  });
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 96;
  canvas.getContext("2d").putImageData(face, 0, 0);
  const image = new Image();
  image.src = canvas.toDataURL();
  await image.decode();
  const kinds = { ImageData: face, ImageBitmap: await createImageBitmap(face), image, address: image.src };
  const seen = [ort.env.versions.web];
  for (const side of [48, 192]) {
    for (const [kind, one] of Object.entries(kinds)) {
      const { dims, data } = await ort.Tensor.fromImage(one, { resizedWidth: side, resizedHeight: side });
      const red = data.slice(0, dims[2] * dims[3]); // the first of the channels
      seen.push([side, kind, dims.join("x"), red.reduce((sum, value) => sum + value, 0) / red.length]);
    }
  }
  const grey = new ImageData(new Uint8ClampedArray(16).fill(200), 2, 2);
  seen.push((await ort.Tensor.fromImage(grey, { norm: { mean: 127.5, bias: 127.5 } })).data[0].toFixed(2));
  document.getElementById("seen").textContent = JSON.stringify(seen);
})();
</script>
HTML
} > page.html
"$browser" --version
page=$("$browser" --headless --no-sandbox --disable-gpu --user-data-dir="$folder/profile" --virtual-time-budget=20000 \
  --dump-dom "file://$folder/page.html" 2>/dev/null)
seen=$(printf '%s' "$page" | sed -n 's/.*<pre id="seen">\([^<]*\)<.*/\1/p' | head -1)
echo "side that was asked for, kind, shape, mean of the first channel (0.25 if the whole face is in it): $seen"
[ "$seen" = '["1.30.0",[48,"ImageData","1x3x48x48",1],[48,"ImageBitmap","1x3x96x96",0.25],[48,"image","1x4x48x48",1],[48,"address","1x3x96x96",0.25],[192,"ImageData","1x3x192x192",0.0625],[192,"ImageBitmap","1x3x96x96",0.25],[192,"image","1x4x192x192",0.0625],[192,"address","1x3x96x96",0.25],"2.57"]' ] ||
  { echo "the behaviour has changed" >&2; exit 1; }

#!/usr/bin/env bash
# Believed: @vladmandic/human gives each face the seven emotions that its network knows, with probabilities that add up to one.
# Happens: emotions below 0.1 are left out, the rest are cut (not rounded) to two digits, and nothing is above 0.99: faces of the
#   package's own picture get one to four emotions that add up to 0.87 to 0.98. With minConfidence 0 all are cut still.
# Matters: an emotion that is missing means "below 0.1", not 0; means over frames and calibration need the network's own output,
#   which our comparison of tools reads instead.
# Date: 2026-11-29. Source: run here; the documentation calls the number a score and names neither limit.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . @vladmandic/human@3.3.6 @tensorflow/tfjs@4.22.0 \
  @tensorflow/tfjs-backend-wasm@4.22.0 jpeg-js@0.4.4
cat > ask.cjs <<'JS'
const fs = require("node:fs");
const jpeg = require("jpeg-js");
const { Human } = require(`${__dirname}/node_modules/@vladmandic/human/dist/human.node-wasm.js`);
const modules = `${__dirname}/node_modules`;
const elsewhere = globalThis.fetch;
globalThis.fetch = async (asked, more) => { // Node's own reads no file: addresses
  const address = String(asked.url ?? asked);
  return address.startsWith("file://") ? new Response(fs.readFileSync(address.slice(7))) : elsewhere(asked, more);
};
const off = { enabled: false };
const human = new Human({
  cacheSensitivity: 0, // each call looks anew
  backend: "wasm",
  wasmPath: `${modules}/@tensorflow/tfjs-backend-wasm/dist/`,
  modelBasePath: `file://${modules}/@vladmandic/human/models/`,
  face: { detector: { maxDetected: 20, rotation: false }, iris: off, description: off },
  filter: off, body: off, hand: off, gesture: off, object: off,
});
(async () => {
  await human.init();
  const { data, width, height } = jpeg.decode(fs.readFileSync(`${modules}/@vladmandic/human/assets/samples.jpg`),
    { useTArray: true, formatAsRGBA: false });
  for (const minConfidence of [0.1, 0]) {
    human.config.face.emotion.minConfidence = minConfidence;
    const { face } = await human.detect(human.tf.tensor(data, [1, height, width, 3], "float32"));
    for (const { emotion } of face) {
      const scores = emotion.map(({ score }) => score);
      console.log(minConfidence, scores.length, scores.reduce((one, other) => one + other, 0).toFixed(2), Math.max(...scores));
    }
  }
})();
JS
node ask.cjs 2>/dev/null | tee seen.txt
awk '($1 == 0.1 && $2 > 4) || $3 > 0.99 || $4 > 0.99 { other = 1 } END { exit other || NR != 8 }' seen.txt ||
  { echo "the behaviour has changed" >&2; exit 1; }

// Asks one npm tool about many faces, on WebAssembly in one thread.
// node worker.mjs TOOL SQUARES.raw OUT.json SIDE TIMED WARM_UP; PEERS_NODE is the folder of node_modules.
import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";

const EMOTIONS = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"];
const [tool, given, out, side, timed, warmUp] = process.argv.slice(2).map((word, i) => (i < 3 ? word : Number(word)));
const modules = path.join(path.resolve(process.env.PEERS_NODE), "node_modules");
const require = createRequire(path.join(modules, "of.js"));
const tf = require("@tensorflow/tfjs");
const wasm = require("@tensorflow/tfjs-backend-wasm");
wasm.setWasmPaths(path.join(modules, "@tensorflow/tfjs-backend-wasm/dist/"));
wasm.setThreadsCount(1);
await tf.setBackend("wasm");
await tf.ready();

async function faceApi() {
  const api = require("@vladmandic/face-api/dist/face-api.node-wasm.js");
  await api.tf.setBackend("wasm");
  await api.tf.ready();
  await api.nets.faceExpressionNet.loadFromDisk(path.join(modules, "@vladmandic/face-api/model"));
  const names = { disgust: "disgusted", fear: "fearful", surprise: "surprised" };
  return async (square) => {
    const image = api.tf.tensor3d(square, [side, side, 3], "int32");
    const found = await api.nets.faceExpressionNet.predictExpressions(image);
    image.dispose();
    return EMOTIONS.map((name) => found[names[name] ?? name] ?? found[name]);
  };
}

// The tool hands its emotion network a face that its own detector and mesh have cut out; here the square stands in for that.
async function human() {
  const folder = path.join(modules, "@vladmandic/human/models");
  const described = JSON.parse(fs.readFileSync(path.join(folder, "emotion.json"), "utf8"));
  const weights = fs.readFileSync(path.join(folder, "emotion.bin"));
  const model = await tf.loadGraphModel({
    load: async () => ({
      modelTopology: described.modelTopology,
      weightSpecs: described.weightsManifest.flatMap((part) => part.weights),
      weightData: weights.buffer.slice(weights.byteOffset, weights.byteOffset + weights.byteLength),
      signature: described.signature,
      userDefinedMetadata: described.userDefinedMetadata,
    }),
  });
  const size = model.inputs[0].shape[2];
  return async (square) => {
    const answer = tf.tidy(() => {
      const image = tf.tensor4d(square, [1, side, side, 3], "int32").toFloat().div(255);
      const gray = tf.sum(tf.mul(tf.image.resizeBilinear(image, [size, size], false), [0.2989, 0.587, 0.114]), 3, true);
      return model.execute(gray.sub(0.5).mul(2));
    });
    const found = await answer.data();
    answer.dispose();
    return Array.from(found); // its order is that of EMOTIONS
  };
}

const bytes = fs.readFileSync(given);
const length = side * side * 3;
const ask = await { "face-api": faceApi, human }[tool]();
const times = [];
const probs = [];
for (let start = 0; start < bytes.length; start += length) {
  const begun = process.cpuUsage();
  probs.push(await ask(new Uint8Array(bytes.buffer, bytes.byteOffset + start, length)));
  const { user, system } = process.cpuUsage(begun);
  times.push((user + system) / 1000);
}
const sorted = times.slice(warmUp, warmUp + timed).sort((a, b) => a - b);
const ms = sorted[Math.floor(sorted.length / 2)];
fs.writeFileSync(out, JSON.stringify({ ms, probs }));
console.error(tool, probs.length, "faces,", ms.toFixed(2), "ms");

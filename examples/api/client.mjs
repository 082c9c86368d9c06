// The API from JavaScript (Node 20 or newer, or a browser): a photo, and a recording until it is done.
//
// aiducation serve                                                            in another terminal
// node examples/api/client.mjs http://127.0.0.1:8000/ class.jpg lesson.mp4
import { readFile } from "node:fs/promises";
import { basename } from "node:path";

const [address, photo, recording] = process.argv.slice(2);
const server = address.endsWith("/") ? address : `${address}/`; // it may have a path, which a proxy gives it
const token = process.env.AIDUCATION_TOKEN; // needed where other machines reach the server
const headers = token ? { Authorization: `Bearer ${token}` } : {};
const ask = (link, options) => fetch(new URL(link, server), { headers, ...options });

async function upload(path, link) {
  const form = new FormData();
  form.append("file", new Blob([await readFile(path)]), basename(path));
  const answer = await ask(link, { method: "POST", body: form });
  const value = await answer.json().catch(() => null);
  if (!value) throw new Error(`${answer.status}: that is no answer of the server; a proxy in front of it gave it.`);
  if (!answer.ok) throw new Error(value.error.message);
  return value;
}

// A photo: its faces come back at once, with the figures of the group.
const seen = await upload(photo, "api/photo");
for (const face of seen.faces) console.log("photo:", face.state, face.reason ?? face.confidence.toFixed(2));
console.log("group:", seen.group.withheld ?? seen.group.shares);

// A recording: it becomes a job, whose progress comes as server-sent events. (A browser has EventSource for these.)
let job = await upload(recording, "api/recordings?every_s=1");
const here = `api/recordings/${job.id}`;
const events = await ask(`${here}/events`);
let text = "";
for await (const chunk of events.body.pipeThrough(new TextDecoderStream())) {
  text += chunk;
  const lines = text.split("\n");
  text = lines.pop();
  for (const line of lines.filter((one) => one.startsWith("data: "))) {
    job = JSON.parse(line.slice(6));
    console.log("recording:", job.state, job.done_s, "of", job.total_s, "s");
  }
}
if (job.state === "done") {
  const summary = await (await ask(`${here}/summary`)).json();
  console.log("changes:", summary.group.changes);
} else console.log("recording:", job.error?.message);
await ask(here, { method: "DELETE" }); // nothing of it stays

// The API from JavaScript (Node 20 or newer, or a browser): a photo, and a recording until it is done.
//
// aiducation serve                                                            in another terminal
// node examples/api/client.mjs http://127.0.0.1:8000/ class.jpg lesson.mp4
import { readFile } from "node:fs/promises";
import { basename } from "node:path";

const [server, photo, recording] = process.argv.slice(2);
const token = process.env.AIDUCATION_TOKEN; // needed where other machines reach the server
const headers = token ? { Authorization: `Bearer ${token}` } : {};
const ask = (address, options) => fetch(new URL(address, server), { headers, ...options });

async function upload(path, address) {
  const form = new FormData();
  form.append("file", new Blob([await readFile(path)]), basename(path));
  const answer = await ask(address, { method: "POST", body: form });
  const value = await answer.json();
  if (!answer.ok) throw new Error(value.error.message);
  return value;
}

// A photo: its faces come back at once, with the figures of the group.
const seen = await upload(photo, "api/photo");
for (const face of seen.faces) console.log("photo:", face.state, face.reason ?? face.confidence.toFixed(2));
console.log("group:", seen.group.withheld ?? seen.group.shares);

// A recording: it becomes a job, whose progress comes as server-sent events. (A browser has EventSource for these.)
let job = await upload(recording, "api/recordings?every_s=1");
const events = await ask(job.links.events);
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
  const summary = await (await ask(job.links.summary)).json();
  console.log("moments:", summary.group.moments);
} else console.log("recording:", job.error?.message);
await ask(job.links.self, { method: "DELETE" }); // nothing of it stays

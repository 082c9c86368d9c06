// Puts <aiducation-live> into the page. In a page that knows its server, two lines of HTML do the same: see docs/embed.md.
const given = new URL(location.href).searchParams;
const server = given.get("server") ?? "http://127.0.0.1:8000";

await import(`${server.replace(/\/$/, "")}/static/aiducation-live.js`);
const live = document.createElement("aiducation-live");
live.setAttribute("min-group", given.get("min_group") ?? "5");
if (given.get("token")) live.setAttribute("token", given.get("token"));
document.getElementById("place").append(live);

let frames = 0;
live.addEventListener("aiducation-frame", ({ detail }) => {
  frames += 1;
  document.getElementById("seen").textContent = `${frames} answers, ${detail.faces.length} faces in the last one.`;
});

// Keeps every file of this page, so that it works without a network after the first visit; lets nothing out to other origins.

/** What 'aiducation page' fills in: a hash over all files, their addresses, and what a browser may load. */
const BUILD = { version: "", files: [""], policy: "" };

const worker = /** @type {any} */ (globalThis);

/** Pages of this kind in other folders of the same host keep their files under names of their own. */
const own = `${worker.registration.scope} `,
  kept = own + BUILD.version;

worker.addEventListener("install", (/** @type {any} */ event) => {
  event.waitUntil(fill().then(() => worker.skipWaiting()));
});

worker.addEventListener("activate", (/** @type {any} */ event) => {
  event.waitUntil(forget().then(() => worker.clients.claim()));
});

worker.addEventListener("fetch", (/** @type {any} */ event) => {
  event.respondWith(answer(event.request));
});

async function fill() {
  const cache = await caches.open(kept);
  await cache.addAll(BUILD.files.map((file) => new Request(file, { cache: "no-cache" })));
}

/** Earlier versions of this page. */
async function forget() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(own) && name !== kept).map((name) => caches.delete(name)));
}

/** @param {Request} request */
async function answer(request) {
  if (new URL(request.url).origin !== location.origin) return Response.error();
  const cache = await caches.open(kept);
  const found = await cache.match(request, { ignoreSearch: true });
  if (!found) return fetch(request);
  const headers = new Headers(found.headers);
  headers.set("Content-Security-Policy", BUILD.policy); // also for the worker, which a policy inside the page does not reach
  return new Response(found.body, { status: found.status, headers });
}

// Keeps every file of this page, so that it works without a network after the first visit; lets nothing out to other origins.

/** What 'aiducation page' fills in: a hash over all files, their addresses, and what a browser may load. */
const BUILD = { version: "", files: [""], policy: "" };

const worker = /** @type {any} */ (globalThis);

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
  const cache = await caches.open(BUILD.version);
  await cache.addAll(BUILD.files.map((file) => new Request(file, { cache: "no-cache" })));
}

/** Earlier versions of this page; caches of other pages at this origin have other names. */
async function forget() {
  const own = BUILD.version.replace(/[^ ]*$/, "");
  const names = await caches.keys();
  await Promise.all(
    names.filter((name) => name.startsWith(own) && name !== BUILD.version).map((name) => caches.delete(name)),
  );
}

/** @param {Request} request */
async function answer(request) {
  if (new URL(request.url).origin !== location.origin) return Response.error();
  const cache = await caches.open(BUILD.version);
  const kept = await cache.match(request, { ignoreSearch: true });
  if (!kept) return fetch(request);
  const headers = new Headers(kept.headers);
  headers.set("Content-Security-Policy", BUILD.policy); // also for the worker, which a policy inside the page does not reach
  return new Response(kept.body, { status: kept.status, headers });
}

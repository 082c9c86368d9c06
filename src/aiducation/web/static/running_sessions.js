// Which live sessions run in tabs of this browser: another tab must not offer them as if they were over.

/** @param {string} id */
const lockOf = (id) => `aiducation-live ${id}`;

/**
 * Let other tabs know that a session runs in this one; gives a function that ends it. A tab that is closed ends it, too.
 * @param {string} id
 */
export function runsHere(id) {
  let end = /** @type {(value?: unknown) => void} */ (() => {});
  const over = new Promise((done) => {
    end = done;
  });
  navigator.locks?.request(lockOf(id), () => over).catch(() => {});
  return () => end();
}

/** @param {string} id */
export async function runsInSomeTab(id) {
  const now = await navigator.locks?.query().catch(() => null);
  return Boolean(now?.held?.some(({ name }) => name === lockOf(id)));
}

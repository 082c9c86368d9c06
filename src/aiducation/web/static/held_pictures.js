// Pictures that are open: as many as there is room for, and in any case the one that is shown.

const MOST = 64e6; // pixels of all together, 256 MB

/** A photo, or the address of a picture. @typedef {File | string} Key */

/** What is open; the one used last comes last. */
const held = /** @type {Map<Key, { made: Promise<ImageBitmap>, pixels: number }>} */ (new Map());
let shown = /** @type {Key | null} */ (null);

const taken = () => [...held.values()].reduce((sum, { pixels }) => sum + pixels, 0);

/** @param {Key} key */
function close(key) {
  held.get(key)?.made.then(
    (picture) => picture.close(), // after whoever waits for it has drawn it
    () => {},
  );
  held.delete(key);
}

/** No picture is needed any more. */
export const closeAll = () => [...held.keys()].forEach(close);

/**
 * A picture that is opened when it is needed, or ahead where there is room for it beside the one that is shown.
 * @param {Key} key
 * @param {[width: number, height: number]} size
 * @param {() => Promise<ImageBitmap>} open
 */
export function heldPicture(key, [width, height], open) {
  const pixels = width * height;

  /**
   * Close those that were used longest ago.
   * @param {Key | null} until the first that stays in any case
   */
  function makeRoom(until) {
    for (const other of [...held.keys()]) {
      if (held.has(key) || other === until || taken() + pixels <= MOST) return;
      close(other);
    }
  }
  function hold() {
    const made = held.get(key)?.made ?? open();
    held.delete(key);
    held.set(key, { made, pixels });
    made.catch(() => held.get(key)?.made === made && held.delete(key)); // it may be there the next time
    return made;
  }
  function picture() {
    shown = key;
    makeRoom(null);
    return hold();
  }
  function ahead() {
    makeRoom(shown);
    if (held.has(key) || taken() + pixels <= MOST) hold().catch(() => {});
  }
  return { picture, ahead };
}

// A picture or player with faces in it: boxes to point at, to walk through with the arrow keys and to hold on to, and a
// card that tells of the one looked at.
import { inkOf } from "./looks.js";
import { tagsOf } from "./tags.js";
import { t } from "./texts.js";
import { button, dress, h, scale, show } from "./ui.js";

/**
 * @typedef {number | string} Key a track's number, or the number of the face in its picture
 * @typedef {{ button: HTMLButtonElement, tag: HTMLElement, face?: Face }} Made
 * @typedef {(face: Face, key: Key) => boolean} Visible
 */

/**
 * Who a face is from one picture to the next: its track, or else nobody.
 * @param {Pick<Face, "track_id">} face
 * @param {number} i
 * @returns {Key}
 */
export const keyOf = (face, i) => face.track_id ?? `#${i}`;

/**
 * Put `element` and `card` into the page. details(face, key) gives what the card tells; face is null where the one that is
 * held on to is not in the picture. onpin(key) is called when somebody holds on to a face, or with null lets go.
 * @param {{
 *   details: (face: Face | null, key: Key) => import("./ui.js").Child,
 *   onpin?: (key: Key | null) => void,
 * }} options
 */
export function viewer({ details, onpin = () => {} }) {
  const layer = h("div", { class: "faces", role: "group", tabindex: "-1", "aria-label": t.face.list });
  const frame = h("div", { class: "frame" });
  const element = h("div", { class: "stage" });
  const body = h("div");
  const close = button("×", letGo, "plain close");
  close.setAttribute("aria-label", t.face.close);
  const card = h("section", { class: "card face-card", hidden: true }, close, h("h2", {}, t.face.title), body);
  body.id = "face-details";
  const boxes = /** @type {Map<Key, Made>} */ (new Map()); // a person keeps the button, and with it the focus
  let keys = /** @type {Key[]} */ ([]),
    drawn = /** @type {[faces: Face[], width: number, height: number, visible: Visible]} */ ([[], 1, 1, () => true]),
    pinned = /** @type {Key | null} */ (null),
    pointed = /** @type {Key | null} */ (null),
    reached = /** @type {Key | null} */ (null), // by keyboard
    walked = /** @type {Key | null} */ (null), // where the arrow keys go on
    told = /** @type {unknown[]} */ ([]), // of which face the card tells
    described = /** @type {HTMLElement | undefined} */ (undefined);

  /**
   * The button of a face that is in the picture.
   * @param {Key | null} key
   */
  const made = (key) => (key === null ? undefined : boxes.get(key));

  /** @param {Key} key */
  function make(key) {
    const tag = h("span", { class: "tag" });
    /** @type {HTMLButtonElement} */
    const one = h(
      "button",
      {
        type: "button",
        onpointerenter: () => look({ at: key }),
        onpointerleave: () => look({ at: null }),
        onfocus: () => {
          walked = key;
          look({ by: one.matches(":focus-visible") ? key : null });
        },
        onblur: () => look({ by: null }),
        onclick: () => pin(pinned === key ? null : key),
      },
      h("span", { class: "box" }, tag),
    );
    layer.append(one);
    const parts = { button: one, tag };
    boxes.set(key, parts);
    return parts;
  }

  /**
   * Show faces of a picture of that size; visible(face) says which are not dimmed.
   * @param {Face[]} faces
   * @param {number} width
   * @param {number} height
   * @param {Visible} visible
   */
  function draw(faces, width, height, visible = () => true) {
    if (faces !== drawn[0]) forgetStrangers();
    drawn = [faces, width, height, visible];
    keys = faces.map(keyOf);
    for (const [key, { button: one }] of boxes) {
      if (keys.includes(key)) continue;
      if (one === document.activeElement) layer.focus({ preventScroll: true }); // never on to somebody else
      if (pointed === key) pointed = null;
      one.remove();
      boxes.delete(key);
    }
    const zoom = layer.clientWidth / width / scale(); // pixels on the screen for one of the picture
    const tags = tagsOf(faces, zoom, height);
    faces.forEach((face, i) => {
      update(boxes.get(keys[i]) ?? make(keys[i]), face, i, tags[i]);
    });
    if (document.activeElement === layer) made(walked)?.button.focus({ preventScroll: true });
    rove();
    look({});
  }

  /**
   * @param {Made} one
   * @param {Face} face
   * @param {number} i
   * @param {ReturnType<typeof tagsOf>[number]} tag
   */
  function update(one, face, i, { words, tag, spot, tiny, thin }) {
    const [faces, width, height, visible] = drawn;
    const kinds = /** @type {Record<string, boolean>} */ ({
      tiny,
      thin,
      dim: !visible(face, keys[i]),
      unclear: face.state === "unclear",
    });
    one.face = face;
    one.tag.textContent = tag;
    one.button.className = ["face", spot, ...Object.keys(kinds).filter((kind) => kinds[kind])].join(" ");
    one.button.setAttribute("aria-label", t.face.name(i + 1, faces.length, words));
    one.button.setAttribute("aria-pressed", String(keys[i] === pinned));
    one.button.dataset.state = face.state;
    dress(one.button, {
      ...inkOf(face.state),
      "--x": (50 * (face.left + face.right)) / width,
      "--y": (50 * (face.top + face.bottom)) / height,
      "--w": (100 * (face.right - face.left)) / width,
      "--h": (100 * (face.bottom - face.top)) / height,
    });
  }

  /** Without a track, a number means somebody else in another picture. */
  function forgetStrangers() {
    /** @param {Key | null} key */
    const known = (key) => (typeof key === "string" ? null : key);
    [pointed, reached, walked] = [pointed, reached, walked].map(known);
    if (pinned !== known(pinned)) pin(null);
  }

  /** One box can be reached with Tab, the others with the arrow keys. */
  function rove() {
    const first = made(walked) ? walked : keys[0];
    for (const [key, { button: one }] of boxes) one.tabIndex = key === first ? 0 : -1;
  }

  /** @param {{ at?: Key | null, by?: Key | null }} where */
  function look({ at = pointed, by = reached }) {
    [pointed, reached] = [at, by];
    const key = [pointed, reached].find((one) => made(one)) ?? pinned;
    const one = made(key);
    described?.removeAttribute("aria-describedby");
    described = one?.button;
    described?.setAttribute("aria-describedby", body.id);
    const now = [one?.face, key, pinned];
    close.hidden = key !== pinned;
    if (one?.face && now.every((value, i) => value === told[i])) return; // a button in the card is being pressed
    told = now;
    const words = key === null ? null : details(one?.face ?? null, key);
    card.hidden = !words;
    show(body, words);
  }

  /** @param {Key | null} key */
  function pin(key) {
    if (key === pinned) return;
    pinned = key;
    for (const [one, { button: box }] of boxes) box.setAttribute("aria-pressed", String(one === pinned));
    onpin(pinned);
    look({});
  }

  function letGo() {
    made(pinned)?.button.focus({ preventScroll: true });
    reached = null;
    pin(null);
    look({});
  }

  layer.addEventListener("keydown", (event) => {
    if (event.key === "Escape") letGo();
    const steps = /** @type {Record<string, number>} */ ({ ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 });
    const step = steps[event.key];
    if (!step || !keys.length) return;
    event.preventDefault();
    const at = walked === null ? -1 : keys.indexOf(walked);
    walked = keys[at < 0 ? 0 : (at + step + keys.length) % keys.length];
    rove();
    made(walked)?.button.focus();
  });
  new ResizeObserver(() => draw(...drawn)).observe(layer);
  return {
    element,
    card,
    draw,
    pin,
    clear: () => draw([], 1, 1),
    /**
     * Put a picture under the boxes.
     * @param {...(HTMLElement | SVGElement)} media
     */
    put(...media) {
      show(frame, media, layer);
      show(element, frame);
    },
    /**
     * Keep the frame in the shape of pictures of that size, whatever the film does; what is shown may reach below them, as the
     * legend of an annotated video does, to `whole` pixels.
     * @param {number} width
     * @param {number} height
     * @param {number} whole
     */
    shape(width, height, whole = height) {
      frame.classList.add("shaped");
      dress(frame, { "--shape": width / whole });
      dress(layer, { bottom: `${100 * (1 - height / whole)}%` });
    },
    /**
     * Say something where the picture would be.
     * @param {string} words
     */
    say: (words) => show(element, h("div", { class: "placeholder" }, h("p", {}, words))),
  };
}

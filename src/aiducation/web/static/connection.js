// The socket of a live session: connects, connects again when it broke, and tells what it hears.
import { liveSocket, reachable } from "./api.js";
import { settings } from "./settings.js";

const PATIENCE_MS = [500, 1000, 2000, 4000, 8000]; // before each attempt to connect again

/**
 * onready() when frames may go out, onmessage(message), onbroken() when it tries again, ongone(words) when it has given up, with
 * what the server said last of why it lets nobody in, onrefused(code, words) when the server says that trying again is in vain,
 * onblocked() when it answers but no socket to it opens.
 * @param {"camera" | "screen"} source
 * @param {{
 *   onready: () => unknown,
 *   onmessage: (message: Exclude<Api.LiveMessage, Api.LiveHello>) => void,
 *   onbroken: () => void,
 *   ongone: (words: string) => unknown,
 *   onrefused: (code: string, words: string) => void,
 *   onblocked: () => void,
 * }} listeners
 */
export function connection(source, { onready, onmessage, onbroken, ongone, onrefused, onblocked }) {
  let id = /** @type {string | null} */ (null),
    attempts = 0,
    timer = 0,
    opened = false,
    full = "", // the server's words where it has no room, which may change
    over = false;

  function connect() {
    const one = liveSocket({ source, session: id, min_group: settings.minGroup(false) });
    let greeted = false;
    one.onmessage = (event) => {
      if (over) return;
      const message = /** @type {Api.LiveMessage} */ (JSON.parse(event.data));
      if (message.type === "frame") attempts = 0; // it works again; a hello alone does not show that
      if (message.type === "hello") {
        greeted = true;
        full = "";
        id = message.session;
        return onready();
      }
      if (message.type !== "error" || greeted) return onmessage(message);
      if (message.error.code !== "too_many_requests") return refused(message.error);
      full = message.error.message;
      return onmessage(message);
    };
    one.onopen = () => {
      opened = true;
    };
    one.onclose = closed;
    return one;
  }

  /** @param {{ code: string, message: string }} error */
  function refused({ code, message }) {
    close();
    onrefused(code, message);
  }

  async function closed() {
    if (over) return;
    const blocked = !opened && attempts > 0 && (await reachable());
    if (over) return;
    const wait = PATIENCE_MS[attempts];
    attempts += 1;
    if (blocked) onblocked();
    else if (wait === undefined) ongone(full);
    else {
      onbroken();
      timer = setTimeout(again, wait);
    }
  }
  function again() {
    socket = connect();
  }
  function close() {
    over = true;
    clearTimeout(timer);
    socket.close();
  }

  let socket = connect();
  const open = () => socket.readyState === WebSocket.OPEN && id !== null;

  return {
    open,
    id: () => id,
    /**
     * A picture, or a message; whether it went out.
     * @param {Blob | object} value
     */
    send(value) {
      if (open()) socket.send(value instanceof Blob ? value : JSON.stringify(value));
      return open();
    },
    close,
  };
}

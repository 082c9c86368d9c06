// The socket of a live session: connects, connects again when it broke, and tells what it hears.
import { liveSocket, reachable } from "./api.js";
import { settings } from "./settings.js";

const PATIENCE_MS = [500, 1000, 2000, 4000, 8000]; // before each attempt to connect again

/**
 * onready() when frames may go out, onmessage(message), onbroken() when it tries again, ongone() when it has given up,
 * onblocked() when the server answers but no socket to it opens.
 * @param {"camera" | "screen"} source
 * @param {{
 *   onready: () => unknown,
 *   onmessage: (message: Exclude<Api.LiveMessage, Api.LiveHello>) => void,
 *   onbroken: () => void,
 *   ongone: () => unknown,
 *   onblocked: () => void,
 * }} listeners
 */
export function connection(source, { onready, onmessage, onbroken, ongone, onblocked }) {
  let id = /** @type {string | null} */ (null),
    attempts = 0,
    timer = 0,
    opened = false,
    over = false;

  function connect() {
    const one = liveSocket({ source, session: id, min_group: settings.minGroup(false) });
    one.onmessage = (event) => {
      const message = /** @type {Api.LiveMessage} */ (JSON.parse(event.data));
      if (message.type === "frame") attempts = 0; // it works again; a hello alone does not show that
      if (message.type !== "hello") return onmessage(message);
      id = message.session;
      return onready();
    };
    one.onopen = () => {
      opened = true;
    };
    one.onclose = closed;
    return one;
  }

  async function closed() {
    if (over) return;
    const blocked = !opened && attempts > 0 && (await reachable());
    if (over) return;
    const wait = PATIENCE_MS[attempts];
    attempts += 1;
    if (blocked) onblocked();
    else if (wait === undefined) ongone();
    else {
      onbroken();
      timer = setTimeout(again, wait);
    }
  }
  function again() {
    socket = connect();
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
    close() {
      over = true;
      clearTimeout(timer);
      socket.close();
    },
  };
}

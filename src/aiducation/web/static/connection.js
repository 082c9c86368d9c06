// The socket of a live session: connects, connects again when it broke, and tells what it hears.
import { liveSocket, reachable } from "./api.js";
import { settings } from "./settings.js";

const PATIENCE_MS = [500, 1000, 2000, 4000, 8000]; // before each attempt to connect again

/**
 * onready() when frames may go out, onmessage(message), onbroken() when it tries again, ongone() when it has given up,
 * onblocked() when the server answers but no socket to it opens.
 */
export function connection(source, { onready, onmessage, onbroken, ongone, onblocked }) {
  let socket,
    id = null,
    attempts = 0,
    timer = 0,
    opened = false,
    over = false;
  const open = () => socket.readyState === WebSocket.OPEN && id !== null;

  function connect() {
    socket = liveSocket({ source, session: id, min_group: settings.minGroup(false) });
    socket.onmessage = (event) => {
      const message = JSON.parse(event.data);
      if (message.type === "frame") attempts = 0; // it works again; a hello alone does not show that
      if (message.type !== "hello") return onmessage(message);
      id = message.session;
      return onready();
    };
    socket.onopen = () => {
      opened = true;
    };
    socket.onclose = async () => {
      if (over) return undefined;
      if (!opened && attempts > 0 && (await reachable())) return over || onblocked();
      if (over) return undefined;
      const wait = PATIENCE_MS[attempts];
      attempts += 1;
      if (wait === undefined) return ongone();
      onbroken();
      timer = setTimeout(connect, wait);
      return undefined;
    };
  }
  connect();

  return {
    open,
    id: () => id,
    /** A picture, or a message; whether it went out. */
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

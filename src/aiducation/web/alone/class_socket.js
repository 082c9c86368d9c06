// The way from a student's page to the server of the class: five numbers at a time, and nothing else ever.
import { language } from "./language.js";

/** What the server says. @typedef {{
 *   type: "joined" | "over" | "error",
 *   member: string,
 *   every_s: number,
 *   min_group: number,
 *   keep_s: number | null,
 *   people: number,
 *   error: { code: string, message: string },
 * }} Said */

/** Milliseconds before the first and at most before a later try to connect again. */
const FIRST_MS = 1000,
  LONGEST_MS = 10_000;

/**
 * The server of the class, as an address that begins with its scheme.
 * @param {string} server
 */
export const serverAt = (server) => new URL(server, location.href);

/**
 * A connection that is made again when it breaks, until it is closed, the class is over or the server refuses.
 * @param {string} server
 * @param {{ code: string, judge: string, member: string | null }} who
 * @param {{
 *   joined: (said: Said) => void,
 *   broken: (before: boolean) => void,
 *   refused: (words: string, code: string) => void,
 *   over: () => void,
 * }} on
 */
export function classSocket(server, who, on) {
  const address = new URL(`api/class/join?language=${language}`, serverAt(server));
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  let socket = /** @type {WebSocket | null} */ (null),
    member = who.member,
    closed = false,
    joined = false,
    wait = FIRST_MS,
    timer = 0;

  function connect() {
    const mine = new WebSocket(address);
    socket = mine;
    mine.onopen = () =>
      mine.send(JSON.stringify({ type: "join", code: who.code, judge: who.judge, member, agreed: true }));
    mine.onmessage = ({ data }) => {
      if (!closed) heard(JSON.parse(data));
    };
    mine.onclose = () => {
      if (closed) return;
      const before = joined;
      joined = false;
      on.broken(before);
      timer = setTimeout(connect, wait);
      wait = Math.min(2 * wait, LONGEST_MS);
    };
  }

  /** @param {Said} said */
  function heard(said) {
    if (said.type === "joined") {
      member = said.member;
      joined = true;
      wait = FIRST_MS;
      on.joined(said);
      return;
    }
    close();
    if (said.type === "over") on.over();
    else on.refused(said.error.message, said.error.code);
  }

  function close() {
    closed = true;
    clearTimeout(timer);
    socket?.close();
  }

  connect();
  return {
    /**
     * Whether they were sent.
     * @param {number[] | null} probs
     */
    tell(probs) {
      if (!joined || socket?.readyState !== WebSocket.OPEN) return false;
      socket.send(JSON.stringify({ type: "numbers", probs }));
      return true;
    },
    leave() {
      if (joined && socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: "leave" }));
      close();
    },
  };
}

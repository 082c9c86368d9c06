// <aiducation-live>: live faces of a camera or a shared screen in any page. One file, without any other; see docs/embed.md.
//
//   <script type="module" src="https://faces.school.example/static/aiducation-live.js"></script>
//   <aiducation-live token="…" min-group="5"></aiducation-live>
//
// The server must know the page: aiducation serve --allow-origin https://school.example
const EVERY_MS = 250; // between two frames at least
const DOUBLE_CLICK_MS = 2000; // a second click on Start within it asks for nothing
const LONGEST_SIDE = 1280; // of the frames that are sent, in pixels

const STYLE = `
:host { display: block; font: 16px/1.45 system-ui, sans-serif; color: #1c2733; background: #fff; border: 1px solid #d5dae0;
  border-radius: 10px; padding: .8rem; max-width: 60rem; }
:host([hidden]) { display: none; }
.view { position: relative; background: #eceff3; border-radius: 6px; overflow: hidden; min-height: 6rem; }
video { display: block; width: 100%; } canvas { position: absolute; inset: 0; width: 100%; height: 100%; }
:host([no-picture]) video { visibility: hidden; }
.row { display: flex; gap: .6rem; align-items: center; flex-wrap: wrap; margin: .7rem 0 0; }
button { font: inherit; padding: .45rem 1rem; border: 0; border-radius: 6px; background: #14507a; color: #fff; cursor: pointer; }
button:focus-visible { outline: 3px solid #b35c00; outline-offset: 2px; }
p { margin: 0; } .counts { font-variant-numeric: tabular-nums; } .hint { color: #55606e; font-size: .85em; margin-top: .5rem; }`;

/** @typedef {{ left: number, top: number, right: number, bottom: number, state: string, confidence: number | null }} Face */
/** @typedef {{ color: string, ink: string, mark: string }} Look */

export class AiducationLive extends HTMLElement {
  #root = this.attachShadow({ mode: "open" });
  #video = document.createElement("video");
  #boxes = document.createElement("canvas");
  #grab = document.createElement("canvas");
  #button = document.createElement("button");
  #counts = document.createElement("p");
  #hint = document.createElement("p");
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {MediaStream | null} */
  #stream = null;
  /** @type {Record<string, string[]>} */
  #messages = {};
  /** @type {Record<string, Look>} */
  #looks = {};
  #askedAt = -Infinity; // when the browser was asked for pictures; what comes for an earlier question is turned off
  #sentAt = 0;
  #timer = 0;

  constructor() {
    super();
    const style = new CSSStyleSheet(); // allowed whatever the page's Content-Security-Policy says of styles
    style.replaceSync(STYLE);
    this.#root.adoptedStyleSheets = [style];
    this.#video.muted = this.#video.playsInline = true;
    const view = document.createElement("div");
    view.className = "view";
    view.append(this.#video, this.#boxes);
    const row = document.createElement("div");
    row.className = "row";
    this.#counts.className = "counts";
    this.#counts.setAttribute("role", "status");
    this.#hint.className = "hint";
    row.append(this.#button, this.#counts);
    this.#button.addEventListener("click", () => (this.running ? this.stop() : this.start()));
    this.#root.append(view, row, this.#hint);
  }

  /** The server's address, with a slash at its end: the attribute `server`, or where this file came from. */
  get server() {
    const given = this.getAttribute("server");
    return given ? `${given.replace(/\/$/, "")}/` : new URL("../", import.meta.url).href;
  }

  /** Whether pictures are sent. */
  get running() {
    return this.#stream !== null;
  }

  async connectedCallback() {
    await this.#loadTexts();
    this.#say();
  }

  disconnectedCallback() {
    this.stop();
  }

  /** Ask for the camera or the screen, and begin. */
  async start() {
    if (this.running || performance.now() - this.#askedAt < DOUBLE_CLICK_MS) return; // which asks for one camera
    const asked = performance.now();
    if (!navigator.mediaDevices) {
      const _ = this.#_;
      this.#fail(
        _("The browser gives this page no camera and no screen, because its connection is not secure (https)."),
      );
      return;
    }
    this.#askedAt = asked;
    const screen = this.getAttribute("source") === "screen";
    let stream = /** @type {MediaStream | null} */ (null);
    try {
      const given = screen
        ? await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: 5 }, audio: false })
        : await navigator.mediaDevices.getUserMedia({
            video: { width: { ideal: 1280 }, height: { ideal: 720 } },
            audio: false,
          });
      if (asked !== this.#askedAt || !this.isConnected) {
        for (const track of given.getTracks()) track.stop();
        return; // stopped, or taken off the page, while the browser asked
      }
      stream = this.#stream = given;
      await this.#loadLooks();
      if (stream !== this.#stream) return; // stopped meanwhile
      stream.getVideoTracks()[0]?.addEventListener("ended", () => {
        const _ = this.#_;
        if (screen) this.stop();
        else this.#fail(_("The camera gives no picture any more."));
      });
      this.#video.srcObject = stream;
      await this.#video.play();
      if (stream !== this.#stream) return;
    } catch (error) {
      if (asked === this.#askedAt) this.#fail(error instanceof Error ? error.message : String(error));
      return;
    }
    this.#connect(screen ? "screen" : "camera");
    this.#say();
  }

  /** End: nothing is sent any more, and the server forgets the session. */
  stop() {
    clearTimeout(this.#timer);
    this.#askedAt = -Infinity;
    const socket = this.#socket;
    this.#socket = null;
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: "stop" }));
    socket?.close();
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = this.#video.srcObject = null;
    this.#boxes.width = this.#grab.width = 0; // the last picture goes, too
    this.#counts.textContent = "";
    this.#say();
  }

  /** @param {"camera" | "screen"} source */
  #connect(source) {
    const address = new URL("api/live", this.server);
    address.protocol = address.protocol.replace("http", "ws");
    address.searchParams.set("source", source);
    address.searchParams.set("min_group", this.getAttribute("min-group") ?? "5");
    const token = this.getAttribute("token");
    if (token) address.searchParams.set("token", token);
    const socket = new WebSocket(address);
    this.#socket = socket;
    socket.onmessage = (event) => this.#hear(JSON.parse(event.data));
    socket.onclose = () => {
      if (this.#socket !== socket) return;
      const _ = this.#_;
      this.stop();
      this.#fail(_("The connection to the server broke. Start again."));
    };
  }

  /** @param {any} message */
  #hear(message) {
    if (message.type === "hello") this.#send();
    else if (message.type === "error") this.#fail(message.error.message);
    else if (message.type === "frame") {
      this.#draw(message);
      this.dispatchEvent(new CustomEvent("aiducation-frame", { detail: message, bubbles: true, composed: true }));
      this.#timer = setTimeout(() => this.#send(), Math.max(0, EVERY_MS - (performance.now() - this.#sentAt)));
    }
  }

  #send() {
    const [video, socket] = [this.#video, this.#socket];
    if (!this.running) return;
    if (!video.videoWidth) {
      this.#timer = setTimeout(() => this.#send(), 100);
      return;
    }
    const scale = Math.min(1, LONGEST_SIDE / Math.max(video.videoWidth, video.videoHeight));
    this.#grab.width = Math.round(video.videoWidth * scale);
    this.#grab.height = Math.round(video.videoHeight * scale);
    this.#grab.getContext("2d")?.drawImage(video, 0, 0, this.#grab.width, this.#grab.height);
    this.#grab.toBlob(
      (blob) => {
        if (!blob || socket !== this.#socket || socket?.readyState !== WebSocket.OPEN) return; // stopped meanwhile, or begun anew
        this.#sentAt = performance.now();
        socket.send(blob);
      },
      "image/jpeg",
      0.85,
    );
  }

  /**
   * Boxes over the picture; states only where the group is large enough.
   * @param {{ width: number, height: number, faces: Face[], group: { states_withheld: string | null, counts: Record<string, number> } }} frame
   */
  #draw({ width, height, faces, group }) {
    const _ = this.#_;
    const canvas = this.#boxes;
    canvas.width = width;
    canvas.height = height;
    const pen = canvas.getContext("2d");
    if (!pen) return;
    const line = Math.max(2, width / 400);
    pen.lineWidth = line;
    pen.font = `600 ${Math.max(14, width / 60)}px system-ui, sans-serif`;
    for (const face of faces) {
      const look = group.states_withheld ? undefined : this.#looks[face.state];
      pen.strokeStyle = look?.color ?? "#9aa3ad";
      pen.setLineDash(look ? [] : [3 * line, 2 * line]);
      pen.strokeRect(face.left, face.top, face.right - face.left, face.bottom - face.top);
      if (!look) continue;
      pen.fillStyle = look.color;
      const high = Math.max(18, width / 48);
      pen.fillRect(face.left, face.top - high, high, high);
      pen.fillStyle = look.ink;
      pen.fillText(look.mark, face.left + high * 0.2, face.top - high * 0.25);
    }
    const shown = Object.entries(group.states_withheld ? {} : (group.counts ?? {})).filter(([, n]) => n > 0);
    this.#counts.textContent = group.states_withheld
      ? _("Faces: {n}; too few for states", { n: faces.length })
      : shown.map(([state, n]) => `${_(state.replaceAll("_", " "))} ${n}`).join(" · ") || _("No face");
  }

  /** @param {string} message */
  #fail(message) {
    this.stop(); // also the camera, which is on by now where the server refuses
    this.#counts.textContent = message;
    this.dispatchEvent(new CustomEvent("aiducation-error", { detail: message, bubbles: true, composed: true }));
  }

  #say() {
    const _ = this.#_;
    this.#button.textContent = this.running ? _("Stop") : _("Start");
    this.#hint.textContent = _(
      "What faces look like, not what anybody feels. Pictures go to {server} alone, and are not kept. Ask everyone who can be seen.",
      { server: new URL(this.server).host },
    );
  }

  /**
   * A text in the language of the element (`lang`), of the page, or in English.
   * @param {string} text
   * @param {Record<string, string | number>} values
   */
  #_ = (text, values = {}) =>
    (this.#messages[text]?.[0] ?? text).replace(/\{(\w+)\}/g, (place, name) => String(values[name] ?? place));

  async #loadTexts() {
    const language = (this.lang || document.documentElement.lang || "en").slice(0, 2);
    if (language === "en") return;
    try {
      const answer = await this.#get(`api/texts?language=${language}`);
      this.#messages = answer.messages;
    } catch {
      this.#messages = {}; // English
    }
  }

  async #loadLooks() {
    this.#looks = (await this.#get("api/model")).looks;
  }

  /** @param {string} path */
  async #get(path) {
    const token = this.getAttribute("token");
    /** @type {Record<string, string>} */
    const headers = { "Aiducation-API": "1", ...(token && { Authorization: `Bearer ${token}` }) };
    const answer = await fetch(new URL(path, this.server), { headers });
    const body = await answer.json();
    if (!answer.ok) throw new Error(body.error?.message ?? `HTTP ${answer.status}`);
    return body;
  }
}

if (!customElements.get("aiducation-live")) customElements.define("aiducation-live", AiducationLive);

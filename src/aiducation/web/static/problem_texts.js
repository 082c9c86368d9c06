// What is said when something goes wrong on the way between this page and its server.
import { _ } from "./language.js";
import { offers } from "./offers.js";

/** What a proxy answers in the server's place, by its status. */
const proxy = /** @type {Record<number, string>} */ ({
  400: _("A proxy in front of the server did not understand the request (400). Its log says why."),
  401: _("A proxy in front of the server asks who you are (401). Load this page again and sign in there."),
  403: _("A proxy in front of the server does not let you in (403). Load this page again, or ask who runs the proxy."),
  404: _(
    "A proxy in front of the server does not pass this address on (404). It must pass on everything that is below the " +
      "address of this page.",
  ),
  408: _(
    "The upload took longer than a proxy in front of the server waits (408). In nginx the line is: client_body_timeout 300s;",
  ),
  411: _("A proxy in front of the server accepts no upload whose length it is not told (411). Its log says more."),
  413: _(
    "The file is larger than a proxy in front of the server allows (413). Whoever runs the proxy raises its limit, in " +
      "nginx with the line: client_max_body_size 4100m;",
  ),
  429: _("A proxy in front of the server says that these are too many requests (429). Wait a little, then try again."),
  502: _("A proxy answers, but the server behind it does not (502). Is 'aiducation serve' still running?"),
  503: _("A proxy answers, but the server behind it is not available (503). Is 'aiducation serve' still running?"),
  504: _(
    "The server took longer than a proxy in front of it waits (504). Whoever runs the proxy lets it wait longer, in nginx " +
      "with the line: proxy_read_timeout 300s;",
  ),
});

export const problem = {
  status: (/** @type {number} */ status) =>
    _("The server answered with the status {status}; its terminal or log says why.", { status }),
  proxy: (/** @type {number} */ status) =>
    proxy[status] ?? _("A proxy in front of the server answered with the status {status} in its place.", { status }),
  policy: (/** @type {string} */ directive, /** @type {string} */ blocked) =>
    _(
      "Parts of this page do not work: a proxy in front of the server adds a header “Content-Security-Policy” whose " +
        "{directive} does not allow “{blocked}”. Whoever runs the proxy should leave this header to the server, which sends a " +
        "strict one itself.",
      { directive, blocked },
    ),
  signIn: _("A proxy in front of the server asks you to sign in again. Load this page again."),
  brokenByProxy: _(
    "The upload broke off, although the server can be reached. If a proxy is in front of it, the file may be larger than " +
      "the proxy allows; its limit is raised in nginx with the line: client_max_body_size 4100m;",
  ),
  unreachable: _("The server cannot be reached. Is 'aiducation serve' still running?"),
  broken: _("The upload broke off. Is 'aiducation serve' still running?"),
};

/** Why a camera or a screen gives no picture, by the name of the browser's error. */
export const refused = {
  camera: /** @type {Record<string, string>} */ ({
    NotAllowedError: _(
      "The browser was not allowed to use the camera. Allow it in the address bar and in the settings of the system, then " +
        "try again.",
    ),
    NotFoundError: offers.server
      ? _("No camera was found. Connect one, or share a window.")
      : _("No camera was found. Connect one, then try again."),
    NotReadableError: _("Another program uses the camera. Close that program, then try again."),
    OverconstrainedError: offers.server
      ? _("No camera gives a picture of this kind. Connect another one, or share a window.")
      : _("No camera gives a picture of this kind. Connect another one, then try again."),
    AbortError: _("The camera stopped before its first picture. Try again, or disconnect and reconnect it."),
    InvalidStateError: _(
      "The browser starts a camera only for the page that you are looking at. Bring this page to the front, then try again.",
    ),
  }),
  screen: /** @type {Record<string, string>} */ ({
    NotAllowedError: _(
      "Nothing is shared: either the browser's question was closed without a choice, or the system does not let the browser " +
        "record the screen. Try again and choose a screen, a window or a tab; on a Mac, first allow it in the System Settings " +
        "under Privacy & Security, Screen Recording.",
    ),
    NotFoundError: _("There is no screen or window that could be shared."),
    NotReadableError: _(
      "The system does not give the picture of this screen or window. It may be closed, minimized or protected. Choose " +
        "another one, or close other programs that record the screen.",
    ),
    OverconstrainedError: _(
      "The browser cannot share this screen or window in the form that is needed. Choose another one.",
    ),
    AbortError: _("The sharing stopped before the first picture. Try again."),
    InvalidStateError: _(
      "The browser shares a screen only right after a click in the page that you are looking at. Press the button once more.",
    ),
  }),
  other: {
    camera: (/** @type {string} */ words) => _("The camera could not be started: {words}", { words }),
    screen: (/** @type {string} */ words) => _("The screen or window could not be shared: {words}", { words }),
  },
};

/** Why no live picture reaches the server: a sentence, and lines to copy. */
export const blocked = [
  _(
    "The server answers, but the connection for live pictures (a WebSocket) does not open: a proxy in front of the server does " +
      "not pass WebSockets, or does not pass on the name that it was called by. Photos and recordings work. Whoever runs the " +
      "proxy adds these lines (for nginx; docs/deploy.md has the lines for others):",
  ),
  "proxy_http_version 1.1;\nproxy_set_header Host $http_host;\nproxy_set_header Upgrade $http_upgrade;\n" +
    'proxy_set_header Connection "upgrade";',
];

// The words of the live page.
import { _, duration, n_, number } from "./language.js";
import { blocked, refused } from "./problem_texts.js";

/** @typedef {{ server_limits: { keep_s: number | null } }} Kept */

export const live = {
  title: _("Live"),
  lead: _("Analyze a lesson through a camera, or a running online meeting through a shared window."),
  choose: _("What should be analyzed?"),
  chooseHint: _("The browser asks for permission. For a meeting, the gallery view works best."),
  camera: _("Camera"),
  screen: _("Screen or window"),
  which: _("Which camera?"),
  several: _("There are several cameras. Choose one, and press “Camera” again."),
  cameraNumber: (/** @type {number} */ n) => _("Camera {n}", { n: number(n) }),
  keptSession: _("The server still has an earlier session."),
  showSession: _("Show what was seen"),
  pictures: _("Keep a picture of each marked time"),
  anonymize: _("Anonymize faces"),
  anonymizeAll: _("Also anonymize everything else: names, slides, the room"),
  insecure: _(
    "The browser gives this page no camera and no screen, because its connection is not secure. Open it on the machine where " +
      "'aiducation serve' runs, as http://localhost, or through a proxy that encrypts it (https).",
  ),
  noSharing: _(
    "This browser cannot share a screen or window; browsers of phones and tablets cannot. The camera works.",
  ),
  forbidden: (/** @type {string} */ feature) =>
    _(
      "This page is not allowed to ask for it: a proxy in front of the server sends a header “Permissions-Policy” without " +
        "“{feature}=(self)”. Whoever runs the proxy adds that, or leaves the header to this server.",
      { feature },
    ),
  refused,
  blocked,
  insecureHere: _(
    "The browser gives this page no camera, because its connection is not secure. Open it at an address that begins with https.",
  ),
  lost: _(
    "The server cannot be reached any more. Is 'aiducation serve' still running? Then it still has what was seen, and this page " +
      "offers it as soon as the server answers.",
  ),
  forgotten: _(
    "The server does not have this session any more: it was restarted, or the session was deleted. What was not saved is lost.",
  ),
  gone: _(
    "The camera gives no picture any more. Look at its cable and at other programs that use it, then start again.",
  ),
  ending: _("The session is ending …"),
  player: _("Live picture"),
  view: _("Live picture and controls"),
  connecting: _("Connecting …"),
  running: _("Running."),
  waiting: _("Waiting for the first picture."),
  status: (/** @type {string} */ time, /** @type {number} */ faces, /** @type {number} */ latency) =>
    n_("{time} · {n} face · {latency} ms behind", "{time} · {n} faces · {latency} ms behind", faces, {
      time,
      latency: number(latency),
    }),
  paused: _("Paused"),
  pause: _("Pause"),
  goOn: _("Continue"),
  stop: _("Stop"),
  mark: _("Mark this time"),
  note: _("Note for the marked time"),
  notePlaceholder: _("Note, for example: group work"),
  noNote: _("(no note)"),
  marks: _("Marked times"),
  markHere: (/** @type {string} */ time) =>
    _("Marks {time}, where the timeline below is; choose another time there.", { time }),
  marksFile: _("marked times"),
  markedAt: (/** @type {string} */ time) => _("Marked at {time}.", { time }),
  lastMinutes: (/** @type {number} */ n) => n_("The last {n} minute", "The last {n} minutes", n),
  timelineLabel: _("Faces with each state over the last minutes; the current values are beside the picture"),
  kept: (/** @type {boolean} */ pictures, /** @type {Kept} */ { server_limits: { keep_s: seconds } }) => [
    seconds === null
      ? _("The numbers are kept in memory until the server stops.")
      : _("The numbers are kept in memory, at most {time} after the end.", { time: duration(seconds) }),
    " ",
    pictures ? _("Pictures of marked times are kept by this page until you leave it.") : _("Pictures are not kept."),
  ],
  over: _("The session has ended"),
  tiles: (
    /** @type {string} */ length,
    /** @type {number} */ frames,
    /** @type {number} */ faces,
    /** @type {number} */ marks,
    noted = _("pictures analyzed"),
  ) => [
    [length, _("length")],
    [number(frames), noted],
    [number(faces), _("faces at a time")],
    [number(marks), n_("marked time", "marked times", marks)],
  ],
  savePictures: (/** @type {number} */ n) => n_("{n} picture of a marked time", "{n} pictures of marked times", n),
  average: _("The whole session"),
  keptAfter: (
    /** @type {Kept} */ { server_limits: { keep_s: seconds } },
    hold = _("These files contain the numbers of one picture every two seconds, and no picture."),
  ) => [
    hold,
    " ",
    seconds === null
      ? _("The server keeps the numbers until you delete the session.")
      : _("The server keeps the numbers until you delete the session, at most {time}.", { time: duration(seconds) }),
  ],
  fileName: (/** @type {string} */ day, /** @type {string} */ time) => _("live {day} {time}", { day, time }),
  another: _("Delete this session and start a new one"),
};

// The words of the pages for photos and for recordings.
import { _, duration, n_, number } from "./language.js";
import { offers } from "./offers.js";

/** Whether this page comes from the machine that it is seen on. */
export const here =
  !offers.server || ["localhost", "127.0.0.1", "[::1]"].includes(globalThis.location?.hostname ?? "localhost");

export const photo = {
  title: _("Photos"),
  lead: _("Find the faces in photos of a class or a meeting, and see which state each face seems to show."),
  drop: {
    lead: _("Drop photos here, or paste one"),
    hint: offers.server
      ? _("JPEG, PNG, WebP and most other formats; one photo or many")
      : _("JPEG, PNG, WebP and whatever else this browser can show; one photo or many"),
    choose: _("Choose photos"),
  },
  strip: _("Photos"),
  pasted: _("pasted.png"),
  anonymize: _("Anonymize faces, here and in saved files"),
  anonymizeAll: _("Also anonymize everything else: names, slides, the room"),
  alt: (/** @type {string} */ name) => _("The photo {name}", { name }),
  altAnonymized: _("The photo with every face anonymized"),
  working: _("is being analyzed"),
  failed: _("could not be read"),
  faces: (/** @type {number} */ n) => n_("{n} face", "{n} faces", n),
  done: (/** @type {string} */ name, /** @type {number} */ n) =>
    n_("{name}: {n} face was found.", "{name}: {n} faces were found.", n, { name }),
  pointAt: _("Point at a face, tap it, or reach it with the Tab and arrow keys. A click keeps it selected."),
  nothingKept: offers.server
    ? _("The photo is analyzed again for each download; the server does not keep it.")
    : _("The photo is analyzed in this browser and goes nowhere."),
  saveAll: _("One table of all photos"),
  tableName: _("photos"),
  clear: _("Remove all photos"),
};

export const recording = {
  title: _("Recordings"),
  lead: _("Analyze a video of a lesson or a meeting, and see how the group changed over time."),
  drop: (/** @type {{ server_limits: { seconds: number } }} */ { server_limits: limits }) => ({
    lead: _("Drop videos here"),
    hint: offers.server
      ? _("MP4, MOV, MKV, WebM, AVI, animated GIF and most other formats; up to {time} each", {
          time: duration(limits.seconds),
        })
      : _("MP4, WebM and whatever else this browser can play"),
    choose: _("Choose videos"),
  }),
  strip: _("Recordings"),
  options: _("Settings for the next recording"),
  every: _("Sampling interval"),
  everyOption: duration,
  video: _("Also make an annotated video"),
  anonymize: _("Anonymize faces in saved files"),
  anonymizeAll: _("Also anonymize everything else: names, slides, the room"),
  progress: _("Progress"),
  waits: _("waiting"),
  coming: _("The result is being prepared."),
  sending: _("being copied"),
  ready: _("done"),
  failed: _("failed"),
  gone: _(
    "This recording no longer exists: the server was restarted, or nobody opened the recording for a long time. Choose the " +
      "file again.",
  ),
  unlist: _("Remove it from the list"),
  uploading: here ? _("Copying the file to the server on this machine …") : _("Copying the file to the server …"),
  queued: (/** @type {number} */ before) =>
    before
      ? n_("Waiting: {n} recording comes first.", "Waiting: {n} recordings come first.", before)
      : _("The analysis is about to begin."),
  looking: (/** @type {string} */ done, /** @type {string} */ total) =>
    total ? _("{done} of {total}", { done, total }) : _("{done} so far", { done }),
  silent: _("The server does not answer. Is 'aiducation serve' still running? This page keeps trying."),
  left: (/** @type {number} */ seconds) => _("about {time} left", { time: duration(seconds) }),
  done: (/** @type {string} */ name) => _("The analysis of {name} is done.", { name }),
  about: _("Recording"),
  looked: (/** @type {string} */ length, /** @type {number} */ frames, /** @type {number} */ every) =>
    n_(
      "Length {length}; {n} picture analyzed, one every {every} s",
      "Length {length}; {n} pictures analyzed, one every {every} s",
      frames,
      { length, every: number(every, 3) },
    ),
  player: (/** @type {string} */ name) => _("Player of {name}", { name }),
  play: _("Play"),
  pause: _("Pause"),
  sound: _("Sound"),
  speed: _("Speed"),
  unplayable: _(
    "The browser cannot play this kind of video. The timeline, the tracks and the downloads still work; with the setting " +
      "“Also make an annotated video” you get a video that plays.",
  ),
  playsAnnotated: _("The browser cannot play this kind of video; this is the annotated video."),
  overTime: _("The group over time"),
  timelineLabel: _("Time in the recording"),
  timelineHint: (/** @type {{ certain: boolean }[]} */ changes) =>
    [
      _(
        "Filled area: the share of faces with this state. Line: its mean probability over all faces that were seen well.",
      ),
      changes.some(({ certain }) => certain) &&
        _("Thick vertical lines: certain changes of several people, and faces that came or left."),
      changes.some(({ certain }) => !certain) &&
        _("Thin vertical lines: the largest other changes, which may be chance."),
    ]
      .filter(Boolean)
      .join(" "),
  filter: _("States that are shown"),
  tracks: _("Each face over time"),
  tracksHint: _(
    "Each line is a track: the same face over time, coloured by state, in order of appearance. The number of a track has no " +
      "meaning outside this recording.",
  ),
  track: (/** @type {number} */ id) => _("Track {id}", { id }),
  trackTimes: (/** @type {string} */ first, /** @type {string} */ last) =>
    first === last ? first : `${first} – ${last}`,
  trackName: (/** @type {number} */ id, /** @type {string} */ state, /** @type {string} */ times) =>
    _("Track {id}, mostly {state}, {times}", { id, state, times }),
  trackMean: (/** @type {number} */ views) =>
    n_("Mean over the recording, from {n} picture.", "Mean over the recording, from {n} pictures.", views),
  noTracks: _("No track has one of these states."),
  pointAt: _(
    "Point at a face in the player, tap it, or choose a track in the list below. A click keeps the face selected.",
  ),
  changes: _("When the group changed"),
  changeTime: (/** @type {string} */ from, /** @type {string | null} */ to) => (to === null ? from : `${from} – ${to}`),
  noChanges: _("No change of expression was seen in two or more people at the same time."),
  changesExplain: [
    _(
      "A person counts as changed if their most probable state before and after differs. A change is certain if it is too large " +
        "to be a coincidence: among 200 recordings of people who change independently of each other, at most one shows a change " +
        "as large.",
    ),
    " ",
    _(
      "This test is about these people. The intervals of the mean probabilities are about a larger group, if these people were a " +
        "random sample of it.",
    ),
  ],
  notForThisBrowser: _("This browser cannot play this file. Convert it to MP4 (H.264) or WebM."),
  kept: (/** @type {{ server_limits: { keep_s: number | null } }} */ { server_limits: { keep_s: seconds } }) =>
    !offers.server
      ? _("The recording and its results are in the memory of this page, until you remove them or leave the page.")
      : seconds === null
        ? _(
            "The server keeps the recording and the results in a private folder until you delete them or the server stops.",
          )
        : _(
            "The server keeps the recording and the results in a private folder until you delete them or the server stops, at most " +
              "{time} after you last opened them.",
            { time: duration(seconds) },
          ),
  remove: !offers.server
    ? _("Remove it from the list")
    : here
      ? _("Delete from this machine")
      : _("Delete from the server"),
};

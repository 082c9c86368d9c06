// @ts-nocheck
// Every word that the page shows. Another language is another file of this shape; what browsers without JavaScript
// show is in index.html. What results say of themselves (reasons, limits of the model) comes from the package, and so
// does what depends on how the server was started: such texts are functions of its answer to /api/model.

const s = (n, one, many) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
const pct = (share) => `${Math.round(share * 100)}\u00a0%`;

/** Whether this page comes from the machine that it is seen on. */
const here = ["localhost", "127.0.0.1", "[::1]"].includes(globalThis.location?.hostname ?? "localhost");

/** 300 -> "5 minutes", 5400 -> "1.5 hours". */
export function duration(seconds) {
  if (seconds < 90) return s(Math.round(seconds), "second", "seconds");
  if (seconds < 3600) return s(Math.round(seconds / 60), "minute", "minutes");
  return s(Math.round(seconds / 360) / 10, "hour", "hours");
}

/** A number of faces, whole or with a tenth: "12", "2.4". */
const many = (n) =>
  Math.abs(n - Math.round(n)) < 0.05 || n >= 9.95 ? Math.round(n).toLocaleString("en") : n.toFixed(1);

/** How long the server keeps what nobody asks for. */
const kept = ({ keep_s: seconds }) => (seconds === null ? "without a time limit" : `for ${duration(seconds)} at most`);

export const t = {
  name: "A.I.ducation Analytics",
  nav: "Pages",
  skip: "Skip to the page",
  tabs: { photo: "Photo", recording: "Recording", live: "Live", model: "Model" },
  theme: { name: "Theme", auto: "automatic", light: "light", dark: "dark", label: (name) => `Theme: ${name}` },
  states: {
    neutral: "neutral",
    angry: "angry",
    focused: "focused",
    bored: "bored",
    other: "other",
    unclear: "unclear",
    withheld: "not shown",
  },
  footer:
    (here
      ? "Everything is computed on this machine. Pictures are sent"
      : "Pictures are sent to the machine that serves this page, and") +
    " nowhere else, nobody is recognized, and nothing is kept unless you save it.",
  apiLink: "For developers: the API",
  cancel: "Cancel",
  again: "Try again",
  problem: {
    status: (number) => `The server answered with ${number}; its terminal or log says why.`,
    // What a proxy answers in the server's place.
    proxy: {
      400: "A proxy in front of the server did not understand the request (400). Its log says why.",
      401: "A proxy in front of the server asks who you are (401). Load this page again and sign in there.",
      403: "A proxy in front of the server does not let you in (403). Load this page again, or ask who runs the proxy.",
      404:
        "A proxy in front of the server does not pass this address on (404). It must pass on everything that is below " +
        "the address of this page.",
      408: "The upload took longer than a proxy in front of the server waits (408). In nginx: client_body_timeout 300s;",
      411: "A proxy in front of the server takes no upload whose length it is not told (411). Its log says more.",
      413:
        "The file is larger than a proxy in front of the server lets through (413). " +
        "Whoever runs the proxy raises its limit, in nginx with the line: client_max_body_size 4100m;",
      429: "A proxy in front of the server says that these are too many requests (429). Wait a little, then try again.",
      502: "A proxy answers, but the server behind it does not (502). Is 'aiducation serve' still running?",
      503: "A proxy answers, but the server behind it is not available (503). Is 'aiducation serve' still running?",
      504:
        "The server took longer than a proxy in front of it waits (504). Whoever runs the proxy lets it wait longer, in " +
        "nginx with the line: proxy_read_timeout 300s;",
      other: (number) => `A proxy in front of the server answered with ${number} in its place.`,
    },
    policy: (directive, blocked) =>
      `Parts of this page do not work: a proxy in front of the server adds a header “Content-Security-Policy” whose ${directive} ` +
      `does not allow “${blocked}”. Whoever runs the proxy leaves this header to the server, which sends a strict one itself.`,
    signIn: "A proxy in front of the server asks you to sign in again. Load this page again.",
    brokenByProxy:
      "The upload broke off, though the server is there. If a proxy is in front of it, the file may be larger than the " +
      "proxy lets through; its limit is raised in nginx with the line: client_max_body_size 4100m;",
    unreachable: "The server cannot be reached. Is 'aiducation serve' still running?",
    broken: "The upload broke off. Is 'aiducation serve' still running?",
  },
  lost: "The server cannot be reached any more. Is 'aiducation serve' still running? What was not saved is gone.",
  few: {
    show: (n) =>
      n === 1 ? "Show the state of this person" : `Show the states of these ${n.toLocaleString("en")} people`,
    showThen: "Show the states then, too",
    option: (least) => `Show states also while fewer than ${s(least, "person is", "people are")} seen`,
    face: "The state of this face is not shown: too few faces were seen well.",
    video: "The annotated video was made without the states of so few people.",
  },
  legal:
    "In the European Union it is prohibited to infer emotions of people in schools and universities and at work, " +
    "except for medical or safety reasons (AI Act, Article 5(1)(f)). Elsewhere, find out what the law says before " +
    "you use this.",
  limits: [
    "It sees apparent expressions. It does not know what anybody feels, thinks or understands, nor whether they pay attention.",
    "Single faces are often judged wrongly. Look at the group and at changes over time; never grade, rank or discipline anybody by it.",
  ],
  consent: {
    title: "Before you begin",
    words: [
      "This page finds faces in photos, recordings and live pictures, and says what each seems to express: neutral, " +
        "angry, focused, bored, something else, or that it cannot tell.",
    ],
    list: ({ scores }) => [
      "It judges one expression at a time, as strangers would judge a small gray picture. It does not know what anybody feels or thinks.",
      scores.accuracy_when_answered
        ? `On test pictures, ${Math.round((1 - scores.accuracy_when_answered) * 100)} of 100 answers were wrong. On yours it can be more.`
        : "How often this model is wrong was not measured.",
      (here
        ? "Everything stays on this machine"
        : "Pictures go to the machine that serves this page and nowhere else") +
        ", and nothing is kept unless you save it.",
    ],
    agree: "Everyone who will be seen knows about it, and I may do this here.",
    begin: "Begin",
    model: "First read about the model",
  },
  photo: {
    title: "Photos",
    lead: "Find the faces in photos of a class or a meeting, and see what each seems to express.",
    drop: {
      lead: "Drop photos here, or paste one",
      hint: "JPEG, PNG, HEIC, WebP and most others; one or many",
      choose: "Choose photos",
    },
    strip: "Photos",
    pasted: "pasted.png",
    anonymize: "Anonymize faces, here and in what is saved",
    anonymizeAll: "Anonymize everything else, too: names, slides, the room",
    alt: (name) => `The photo ${name}`,
    altCovered: "The photo with every face anonymized",
    working: "is being analyzed",
    failed: "could not be read",
    faces: (n) => s(n, "face", "faces"),
    done: (name, n) => `${name}: ${s(n, "face", "faces")} found.`,
    pointAt: "Point at a face, tap it, or go to it with the Tab and arrow keys. Click it to keep it selected.",
    nothingKept: "The photo is analyzed again for each download; the server keeps nothing of it.",
    saveAll: "One table of all photos",
    clear: "Remove all photos",
  },
  recording: {
    title: "Recordings",
    lead: "Analyze a video of a lesson or a meeting, and see how the group changed over time.",
    drop: ({ server_limits: limits }) => ({
      lead: "Drop videos here",
      hint: `MP4, MOV, MKV, WebM, AVI, animated GIF and most others; up to ${duration(limits.seconds)} each`,
      choose: "Choose videos",
    }),
    strip: "Recordings",
    options: "Settings for the next recording",
    every: "One picture every",
    everyOption: (seconds) => s(seconds, "second", "seconds"),
    video: "Also make an annotated video",
    anonymize: "Anonymize faces in what is saved",
    anonymizeAll: "Anonymize everything else, too: names, slides, the room",
    progress: "Progress",
    waits: "waiting",
    sending: "being copied",
    ready: "done",
    failed: "failed",
    gone: "This recording is gone: the server was started anew, or nobody opened it for a long time. Choose it again.",
    unlist: "Take it off the list",
    uploading: `Copying the file to the server${here ? " on this machine" : ""} …`,
    queued: (before) =>
      before ? `Waiting: ${s(before, "recording comes", "recordings come")} first.` : "It begins at once.",
    looking: (done, total) => (total ? `${done} of ${total}` : `${done} so far`),
    silent: "The server does not answer. Is 'aiducation serve' still running? This page goes on asking.",
    left: (seconds) =>
      seconds < 90
        ? `about ${s(seconds, "second", "seconds")} left`
        : `about ${s(Math.round(seconds / 60), "minute", "minutes")} left`,
    done: (name) => `${name} is done.`,
    about: "Recording",
    looked: (length, frames, every) =>
      `${length} long, ${s(frames, "picture", "pictures")} analyzed, one every ${every} s`,
    player: (name) => `Player of ${name}`,
    play: "Play",
    pause: "Pause",
    sound: "Sound",
    speed: "Speed",
    unplayable:
      "The browser cannot play this kind of video. Timeline, tracks and downloads work all the same; “annotated " +
      "video” makes one that plays.",
    playsAnnotated: "The browser cannot play this kind of video; this is the annotated one.",
    overTime: "The group over time",
    timelineLabel: "Time in the recording",
    timelineHint:
      "Filled: how many of the faces were given this state. Line: its mean probability over all faces that were seen well. " +
      "Vertical lines: several people changed at once; dark lines are certain.",
    filter: "States that are shown",
    tracks: "Each face over time",
    tracksHint:
      "One line a face, in order of appearance, coloured by state. Numbers and lines hold for this recording alone.",
    track: (id) => `Track ${id}`,
    trackTimes: (first, last) => (first === last ? first : `${first} – ${last}`),
    trackName: (id, state, times) => `Track ${id}, mostly ${state}, ${times}`,
    trackMean: (views) => `Mean over the recording; seen ${s(views, "time", "times")}.`,
    noTracks: "No face was followed that had one of these states.",
    pointAt: "Point at a face in the player, tap it, or choose one in the list below. Click it to keep it selected.",
    changes: "When the group changed",
    changeTime: (from, to) => (to === null ? from : `${from} – ${to}`),
    noChanges: "No two people or more were seen to change their expression together.",
    changesExplain:
      "A person counts as changed if the most probable state before and after differs. A change is certain if it is too large " +
      "for chance: people who change independently of each other show one as large in at most one of 200 recordings. " +
      "This test is about these people. The intervals of the mean probabilities are about a larger group, if these people were " +
      "a random sample of it.",
    kept: ({ server_limits: limits }) =>
      "The server keeps recording and results in a private folder until you delete them, " +
      `${kept(limits)} after you last opened them, or until it is stopped.`,
    remove: here ? "Delete from this machine" : "Delete from the server",
  },
  live: {
    title: "Live",
    lead: "Watch a lesson through a camera, or a running online meeting through a shared window.",
    choose: "What should be analyzed?",
    chooseHint: "The browser asks for permission. For a meeting, the gallery view is best.",
    camera: "Camera",
    screen: "Screen or window",
    pictures: "Keep a picture of each marked time",
    anonymize: "Anonymize faces",
    anonymizeAll: "Anonymize everything else, too: names, slides, the room",
    insecure:
      "The browser gives no camera and no screen to this page, because its connection is not secure. Open it on the " +
      "machine where 'aiducation serve' runs, as http://localhost, or through a proxy that encrypts it (https).",
    noSharing: "This browser cannot share a screen or window; browsers of phones and tablets cannot. The camera works.",
    forbidden: (feature) =>
      `This page is not allowed to ask for it: a proxy in front of the server sends a header “Permissions-Policy” without ` +
      `“${feature}=(self)”. Whoever runs the proxy adds that, or leaves the header to this server.`,
    refused: {
      camera: {
        what: "The camera",
        NotAllowedError:
          "The browser was not allowed to use the camera. Allow it in the address bar and in the settings of the " +
          "system, then try again.",
        NotFoundError: "There is no camera. Connect one, or share a window.",
        NotReadableError: "Another program uses the camera. Close that program, then try again.",
        OverconstrainedError:
          "There is no camera that gives a picture of this kind. Connect another, or share a window.",
        AbortError: "The camera stopped before its first picture. Try again, or connect it anew.",
        InvalidStateError:
          "The browser starts a camera only for a page in front. Bring this page to the front, then try again.",
      },
      screen: {
        what: "The sharing of a screen or window",
        NotAllowedError:
          "Nothing is shared: the question of the browser was closed without a choice, or the system does not let the " +
          "browser record the screen. Try again and choose a screen, a window or a tab; on a Mac, first allow it in the " +
          "System Settings under Privacy & Security, Screen Recording.",
        NotFoundError: "There is no screen or window that could be shared.",
        NotReadableError:
          "The system does not give the picture of this screen or window. It may be closed, minimized or protected. " +
          "Choose another, or close other programs that record the screen.",
        OverconstrainedError:
          "The browser cannot share this screen or window in the form that is needed. Choose another.",
        AbortError: "The sharing stopped before the first picture. Try again.",
        InvalidStateError:
          "The browser shares a screen only right after a click in a page in front. Press the button once more.",
      },
      other: (what, words) => `${what} could not be started: ${words}`,
    },
    blocked: [
      "The server answers, but the connection for live pictures (a WebSocket) does not open: a proxy in front of the server " +
        "does not pass WebSockets, or not the name that it was called by. Photos and recordings work. Whoever runs the " +
        "proxy adds these lines (for nginx; docs/deploy.md has others):",
      "proxy_http_version 1.1;\nproxy_set_header Host $http_host;\nproxy_set_header Upgrade $http_upgrade;\n" +
        'proxy_set_header Connection "upgrade";',
    ],
    player: "Live picture",
    view: "Live picture and controls",
    connecting: "Connecting …",
    running: "Running.",
    waiting: "The first picture is on its way.",
    status: (time, faces, latency) => `${time} · ${s(faces, "face", "faces")} · ${latency} ms behind`,
    paused: "Paused",
    pause: "Pause",
    goOn: "Go on",
    stop: "Stop",
    mark: "Mark this time",
    note: "Note for the marked time",
    notePlaceholder: "Note, for example: group work begins",
    noNote: "(no note)",
    marks: "Marked times",
    markedAt: (time) => `Marked at ${time}.`,
    lastMinutes: (n) => `The last ${n} minutes`,
    timelineLabel: "Faces with each state over the last minutes; the current values stand beside the picture",
    kept: (pictures, { server_limits: limits }) =>
      `Numbers are kept in memory, ${kept(limits)} after the end. ` +
      (pictures ? "Pictures of marked times are kept by this page until you leave it." : "Pictures are not kept."),
    over: "The session is over",
    tiles: (length, frames, faces, marks) => [
      [length, "length"],
      [frames.toLocaleString("en"), "pictures analyzed"],
      [faces.toLocaleString("en"), "faces at a time"],
      [String(marks), marks === 1 ? "marked time" : "marked times"],
    ],
    savePictures: (n) => `${s(n, "picture", "pictures")} of marked times`,
    average: "The whole session",
    keptAfter: ({ server_limits: limits }) =>
      "These files have the numbers of one picture every two seconds, and no picture. The server keeps them until you " +
      `forget the session, ${kept(limits)}.`,
    fileName: (day, time) => `live ${day} ${time}`,
    another: "Forget this session and begin another",
  },
  group: {
    title: "The group",
    titleTime: "The group, on average",
    titleNow: "The group now",
    counts: (found, judged) => `${s(found, "face", "faces")} seen, ${judged.toLocaleString("en")} with a state`,
    countsOverTime: (faces) => `about ${s(faces, "face", "faces")} at a time`,
    of: (n, total) => `${many(n)} of ${s(Math.round(total), "face", "faces")}`,
    mean: (share, low, high) => `mean probability ${share} (${low} to ${high})`,
    none_of: { not_sure: "not sure", not_seen_well: "not seen well" },
    explain:
      "Bar and number: how many faces were given this state. A face gets its most probable state, if that is probable enough. " +
      "“Other” is an expression outside the four states, such as a smile. Mean probability: over all faces that were seen " +
      "well, also those that are “not sure”. A state that is the second most probable in many faces has a high mean and few faces. " +
      "In brackets: the 95\u00a0% interval for a larger group, if these people were a random sample of it.",
    none: "No figures",
  },
  face: {
    title: "A face",
    list: "Faces in the picture; arrow keys go from one to the next",
    name: (number, of, words) => `Face ${number} of ${of}: ${words}`,
    close: "Deselect this face",
    looks: (state, sure) => (state === "other" ? `has another expression (${sure})` : `looks ${state} (${sure})`),
    unclear: (reason) => `cannot tell: ${reason}`,
    notAsked: "The model was not asked about this face.",
    quality: (f) => [
      ["size", `${Math.round(f.size)} px`],
      ["sharpness", pct(f.sharpness)],
      ["brightness", pct(f.brightness)],
      ["turned sideways", Math.abs(f.yaw) < 0.2 ? "no" : Math.abs(f.yaw) < 0.5 ? "a little" : "much"],
      ["tilted", `${Math.round(Math.abs(f.roll))}°`],
      ["inside the picture", pct(f.visible)],
    ],
  },
  save: {
    title: "Save",
    picture: "Picture",
    report: "Report",
    csv: "Table (CSV)",
    json: "JSON",
    video: "Annotated video",
    "timeline.png": "Timeline (PNG)",
    "timeline.csv": "Timeline (CSV)",
    decimalComma: "CSV with decimal commas, as German or French Excel needs it",
  },
  model: {
    title: "The model",
    lead: "What judges the faces, how good it is, and what it cannot do.",
    what: "What it is",
    about: (model) => [
      `A small neural network that says which of ${model.outcomes.length} outcomes a face shows: ${model.outcomes.join(", ")}.`,
      model.training.images && "It learned from the FER2013 pictures and the votes of ten people on each (FER+).",
      `Below a probability of ${pct(model.threshold)} it says nothing. Faces that are too small, blurred, dark, ` +
        "bright, turned away or cut off are not judged at all.",
    ],
    facts: (model, training) => [
      ["name", model.name],
      ["version", model.version],
      [
        "trained on",
        training.images ? `${training.images.toLocaleString("en")} pictures, ${training.epochs} passes` : "not stated",
      ],
      ["split", training.split ?? "not stated"],
      ["criteria of the states", model.criteria],
      ["data (SHA-256)", model.data_hash.slice(0, 12) || "not stated"],
      ["face detector", model.detector],
      ["smallest face", `${model.smallest_face} pixels`],
    ],
    cannot: "What it cannot tell",
    scores: "How often it is right",
    tiles: (scores) => [
      [pct(scores.accuracy.estimate), "accuracy, four states"],
      [pct(scores.five_way_accuracy.estimate), "accuracy, four states and other"],
      [pct(scores.answered), "coverage: faces that get an answer"],
      [pct(scores.accuracy_when_answered), "accuracy of these answers"],
    ],
    scoresHint:
      "Measured on test pictures that are no duplicates of training pictures. An answer is right if most of ten people said the same. On " +
      "other pictures, such as yours, fewer can be right. In brackets: 95\u00a0% intervals.",
    perState: "Recall: how many faces of each state are found",
    state: "state",
    foundFive: "recall, with other",
    foundFour: "recall, four states",
    confusion: "Confusion matrix",
    confusionHint:
      "Rows: what most people said. Columns: what the model said. Each row adds up to 100\u00a0%; below, the number of test pictures.",
    reliability: "Calibration: do its probabilities hold?",
    reliabilityAlt: (gap) => `Accuracy against the probability that the model gave; the mean gap is ${gap}.`,
    reliabilityHint: (gap) =>
      `On the dashed line, answers given with 70 % are right in 70 of 100 cases. The mean gap is ${gap}. Gray: how many pictures.`,
    said: "probability that the model gave",
    right: "right",
  },
  api: {
    title: "The API",
    page: (name) => `API · ${name}`,
    back: "Back to the page",
    machines: "The same as a document for machines: ",
    parameters: (method, path) => `Parameters of ${method} ${path}`,
    columns: ["parameter", "in", "values", "meaning"],
    or: " or ",
    answers: "Answers",
    example: (status) => `Example of ${status}`,
    schemas: "Schemas",
  },
};

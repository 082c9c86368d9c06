// The words of a class whose pages send numbers: what the teacher reads, and what students read.
import { _, duration, n_, number } from "./language.js";

export const room = {
  title: _("Class"),
  lead: _(
    "Every student's own browser judges the student's face and sends numbers here, no pictures. You see the whole class.",
  ),
  before: _("Before you open a class"),
  list: [
    _("Students join with a code. Each of them reads what is sent, and agrees or does not."),
    _("Their pictures stay on their devices. Once a second, each page sends five probabilities, without a name."),
    _("You see figures of the class, never those of one student, and none while fewer than five pages see a face."),
    _(
      "Pages are counted, not people. Join with none of your own: among four pages that you know, the figures would tell what the " +
        "fifth one sent.",
    ),
    _("The numbers are kept in the memory of this machine. Who sent what is forgotten when the class ends."),
  ],
  agree: _(
    "Everybody who is asked to join knows about it, and their parents where that is needed. Nobody must join, and nobody has a " +
      "disadvantage without it.",
  ),
  consent: _("Law and consent"),
  open: _("Open a class"),
  code: _("Code of the class"),
  where: (/** @type {string} */ address) => _("Students open {address} and enter this code.", { address }),
  alone: _(
    "Only this machine can open this address. For other devices the server needs one that begins with https: docs/deploy.md " +
      "tells how.",
  ),
  insecure: _("Browsers give this address no camera. It must begin with https: docs/deploy.md tells how."),
  people: (/** @type {number} */ n) => n_("{n} person has joined", "{n} people have joined", n),
  nobody: (/** @type {number} */ n) =>
    _("Nobody has joined yet. Figures appear when at least {n} people are seen.", { n }),
  end: _("End the class"),
  ended: _("The class has ended."),
  samples: _("times noted"),
  keptAfter: _("These files contain figures of the class every two seconds. No picture came to this machine."),
  lost: _("The server cannot be reached. What it has of the class is still there when it answers again."),
  running: _("The class and its controls"),
  // --- students
  joinTitle: _("Join a class"),
  joinLead: _("Your teacher has a code. This page judges your face here and sends numbers, no picture."),
  enter: _("Code"),
  sent: _("What is sent"),
  told: (/** @type {string} */ server) => [
    _("The picture of your camera is analyzed in this browser. It does not leave this device."),
    _(
      "Once a second, this page sends five numbers to {server}: how probable it is that your face seems neutral, angry, focused, " +
        "bored or otherwise. No picture and no name are sent.",
      { server },
    ),
    _(
      "Your teacher sees figures of the whole class, never yours alone, and none while fewer than five pages see a face.",
    ),
    _(
      "Pages are counted, not people. Somebody who opens four pages of their own could find out what yours sends. This page says how " +
        "many have joined: leave if you do not know who they are.",
    ),
    _(
      "The server keeps the numbers in its memory, and forgets which were yours when you leave or when the class ends.",
    ),
    _("The numbers say how faces look, not what you feel or think, and they are often wrong."),
    _("You may say no. You may leave at any time, and need not say why."),
  ],
  yes: _("I agree that these numbers are sent."),
  join: _("Join"),
  joining: _("Connecting …"),
  joined: (/** @type {string} */ code) => _("You are in the class {code}.", { code }),
  among: (/** @type {number} */ n) =>
    n_("When you joined, yours was the only page.", "When you joined, {n} pages were in the class, yours included.", n),
  keeps: (/** @type {number | null} */ seconds) =>
    seconds === null
      ? _("The server keeps the figures of the class until it is stopped or they are deleted.")
      : _("The server deletes the figures of the class at most {time} after somebody asked for them last.", {
          time: duration(seconds),
        }),
  lastSent: _("Sent last"),
  noFace: _("No face is seen well enough: only this is sent, and no numbers."),
  count: (/** @type {number} */ n) =>
    n_("{n} message with numbers was sent so far.", "{n} messages with numbers were sent so far.", n, { n: number(n) }),
  broken: _("The connection is broken. This page tries again; until then nothing is sent."),
  leave: _("Leave the class"),
  left: _("You have left the class. Nothing is sent any more."),
  over: _("The class is over. Nothing is sent any more."),
  gone: _("Your camera gives no picture any more, so this page has left the class. Nothing is sent any more."),
  again: (/** @type {string} */ code) => _("You were in the class {code} before this page was loaded anew.", { code }),
  goOn: _("Join it again"),
  preview: _("Your camera; this picture stays here"),
  unreachable: (/** @type {string} */ server) =>
    _("The server of the class at {server} cannot be reached.", { server }),
};

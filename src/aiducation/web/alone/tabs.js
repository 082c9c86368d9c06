// The tabs of a page that is alone. Labels and corrections need 'aiducation serve'.
import { classPage } from "./class.js";
import { livePage } from "./live.js";
import { model } from "./looks.js";
import { modelPage } from "./model.js";
import { photoPage } from "./photo.js";
import { place } from "./place.js";
import { recordingPage } from "./recording.js";

/** @type {("photo" | "recording" | "live" | "class" | "model")[]} */
const ALL = place.keeps ? ["photo", "recording", "live", "class", "model"] : ["class", "photo", "live", "model"];

export const TABS = ALL.filter((tab) => tab !== "class" || place.classServer !== null);

/**
 * Makes each page when it is first shown.
 * @param {{ hand: (tab: "photo" | "recording", files: File[], sure?: boolean) => void }} frame
 */
export const builders = ({ hand }) => ({
  photo: () => photoPage({ onvideos: (files) => hand("recording", files, true) }),
  recording: () => recordingPage({ onphotos: (files) => hand("photo", files, true) }),
  live: livePage,
  class: classPage,
  model: () => ({ element: modelPage(model) }),
});

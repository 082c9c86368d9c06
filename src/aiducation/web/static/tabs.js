// The tabs of the page, and the page of each.
import { classPage } from "./class.js";
import { labelPage } from "./label.js";
import { livePage } from "./live.js";
import { model } from "./looks.js";
import { modelPage } from "./model.js";
import { photoPage } from "./photo.js";
import { recordingPage } from "./recording.js";
import { reviewPage } from "./review.js";

export const TABS = /** @type {const} */ (["photo", "recording", "live", "class", "label", "review", "model"]);

/** @typedef {(typeof TABS)[number]} Tab */

/**
 * What is shown of a tab, and what the frame asks of it.
 * @typedef {{
 *   element: HTMLElement,
 *   take?: (files: File[], sure?: boolean) => void,
 *   show?: (id: string) => void,
 *   shown?: () => void,
 *   stop?: () => void,
 *   running?: () => boolean, // whether leaving the page would lose something
 * }} Page
 */

/**
 * Makes each page when it is first shown. `hand` takes files to another tab, `review` shows a recording in the one for that.
 * @param {{
 *   hand: (tab: "photo" | "recording" | "label" | "review", files: File[], sure?: boolean) => void,
 *   review: (id: string) => void,
 * }} frame
 * @returns {Record<Tab, () => Page>}
 */
export const builders = ({ hand, review }) => ({
  photo: () =>
    photoPage({
      onvideos: (files) => hand("recording", files, true),
      onreview: (file) => hand("review", [file]),
      onlabel: (files) => hand("label", files),
    }),
  recording: () => recordingPage({ onphotos: (files) => hand("photo", files, true), onreview: review }),
  live: livePage,
  class: classPage,
  label: () => labelPage({ onvideos: (files) => hand("recording", files) }),
  review: () => reviewPage({ onvideos: (files) => hand("recording", files) }),
  model: () => ({ element: modelPage(model) }),
});

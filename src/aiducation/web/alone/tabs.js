// The tabs of a page that is alone. Recordings, labels and corrections need 'aiducation serve'.
import { livePage } from "./live.js";
import { model } from "./looks.js";
import { modelPage } from "./model.js";
import { photoPage } from "./photo.js";

export const TABS = /** @type {const} */ (["photo", "live", "model"]);

/**
 * Makes each page when it is first shown.
 * @param {{ hand: (tab: "photo", files: File[], sure?: boolean) => void }} frame
 */
export const builders = ({ hand }) => ({
  photo: () => photoPage({ onvideos: (files) => hand("photo", files, true) }), // which says that it cannot read them
  live: livePage,
  model: () => ({ element: modelPage(model) }),
});

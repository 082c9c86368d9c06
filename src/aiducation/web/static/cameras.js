// Cameras: which there are, and which one was chosen.
import { settings } from "./settings.js";
import { t } from "./texts.js";
import { h } from "./ui.js";

/** The cameras that the browser tells of: before it was allowed to use one, it tells neither names nor how many. */
export async function cameras() {
  const devices = (await navigator.mediaDevices?.enumerateDevices?.().catch(() => [])) ?? [];
  return devices.filter((one) => one.kind === "videoinput" && one.deviceId);
}

/** Whether the user has to say which one is meant. */
export async function mustChoose() {
  const there = await cameras();
  return there.length > 1 && !there.some((one) => one.deviceId === settings.camera);
}

/** What the browser is asked for: the camera that was chosen, or any if it is not there any more. */
export async function wanted() {
  const chosen = (await cameras()).find((one) => one.deviceId === settings.camera);
  const size = { width: { ideal: 1280 }, height: { ideal: 720 } };
  return { video: chosen ? { ...size, deviceId: { exact: chosen.deviceId } } : size, audio: false };
}

/**
 * Let a film play on while wanted() says so. Browsers pause one whose page is hidden, and leave it so: its last picture would count as
 * if nobody moved any more. Gives a function that ends it.
 * @param {HTMLVideoElement} video
 * @param {() => boolean} wanted
 */
export function keepPlaying(video, wanted) {
  const play = () => {
    if (wanted() && video.paused && !document.hidden) video.play().catch(() => {});
  };
  video.addEventListener("pause", play);
  document.addEventListener("visibilitychange", play);
  return () => document.removeEventListener("visibilitychange", play);
}

/** A choice of cameras; nothing as long as there is only one. */
export function cameraChoice() {
  const place = h("div");
  /** @type {HTMLSelectElement} */
  const select = h("select", {
    onchange: () => {
      settings.camera = select.value;
    },
  });
  const choice = h("label", { class: "field" }, t.live.which, select);

  async function paint() {
    const there = await cameras();
    if (there.length < 2) return place.replaceChildren();
    const options = there.map((one, i) =>
      h("option", { value: one.deviceId }, one.label || t.live.cameraNumber(i + 1)),
    );
    select.replaceChildren(h("option", { value: "" }, "–"), ...options);
    select.value = there.some((one) => one.deviceId === settings.camera) ? settings.camera : "";
    if (!place.contains(choice)) place.replaceChildren(choice);
  }
  paint();
  navigator.mediaDevices?.addEventListener?.("devicechange", paint); // one is connected, or taken away
  return { element: place, paint, focus: () => paint().then(() => select.focus()) };
}

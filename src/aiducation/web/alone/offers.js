// What this page can do: it is alone, without a server.
import { place } from "./place.js";

export const offers = {
  server: false,
  /** Whether numbers can go to the server of a class. */
  classes: place.classServer !== null,
  /** Texts that come with the program that runs the networks. */
  licenses: ["runtime/LICENSE.txt", "runtime/ThirdPartyNotices.txt"],
  /** @type {("picture" | "report" | "csv" | "json")[]} */
  photo: ["csv", "json"],
};

// What this page can do: there is a server behind it.

export const offers = {
  server: true,
  classes: false,
  licenses: /** @type {string[]} */ ([]),
  /** @type {("picture" | "report" | "csv" | "json")[]} */
  photo: ["picture", "report", "csv", "json"],
};

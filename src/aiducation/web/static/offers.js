// What this page can do: there is a server behind it.

export const offers = {
  server: true,
  /** @type {("picture" | "report" | "csv" | "json")[]} */
  photo: ["picture", "report", "csv", "json"],
};

// What this page can do: it is alone, without a server.

export const offers = {
  server: false,
  /** @type {("picture" | "report" | "csv" | "json")[]} */
  photo: ["csv", "json"],
};

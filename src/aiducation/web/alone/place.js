// Where this page lies; 'aiducation page' and 'aiducation serve' fill it in.

/** The server whose classes can be joined, or null; whether browsers keep the page. */
export const place = { classServer: /** @type {string | null} */ (null), keeps: true };

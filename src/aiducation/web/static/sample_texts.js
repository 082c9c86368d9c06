// The words of the sample.
import { _ } from "./language.js";

export const sample = {
  button: _("Try the sample"),
  title: _("A meeting of nine tiles with two people, whose portraits are in the public domain"),
};

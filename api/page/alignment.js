// Draws phonemes that were heard over those of the name, with a sign for each pair.

import { h } from "./dom.js";

const BOUNDARY = "|";
const KINDS = {
  same: { sign: "=", word: "same" },
  changed: { sign: "≠", word: "heard differently" },
  added: { sign: "+", word: "heard, not in the name" },
  missing: { sign: "−", word: "in the name, not heard" },
};

/** What became of one pair of phonemes; null stands for none. */
export function kindOf(heard, name) {
  if (heard === null) return "missing";
  if (name === null) return "added";
  return heard === name ? "same" : "changed";
}

function shown(symbol) {
  if (symbol === null) return "·";
  return symbol === BOUNDARY ? "␣" : symbol;
}

function spoken(symbol) {
  if (symbol === null) return "nothing";
  return symbol === BOUNDARY ? "a word boundary" : symbol;
}

function cell([heard, name]) {
  const kind = kindOf(heard, name);
  const { sign, word } = KINDS[kind];
  return h(
    "li",
    { class: `cell ${kind}` },
    h("span", { class: "unseen" }, `${spoken(heard)} for ${spoken(name)}: ${word}`),
    h("span", { class: "ipa heard", "aria-hidden": "true" }, shown(heard)),
    h("span", { class: "sign", "aria-hidden": "true" }, sign),
    h("span", { class: "ipa name", "aria-hidden": "true" }, shown(name)),
  );
}

function legend(pairs) {
  const counts = { same: 0, changed: 0, added: 0, missing: 0 };
  for (const [heard, name] of pairs) counts[kindOf(heard, name)] += 1;
  return h(
    "ul",
    { class: "legend" },
    Object.entries(KINDS).map(([kind, { sign, word }]) =>
      h("li", {}, h("span", { class: `swatch ${kind}`, "aria-hidden": "true" }, sign), ` ${counts[kind]} ${word}`),
    ),
  );
}

/** The alignment of one explanation. */
export function drawAlignment(explanation) {
  return h(
    "div",
    { class: "alignment" },
    h(
      "p",
      { class: "sides" },
      h("span", {}, h("b", {}, "heard "), "“", h("bdi", {}, explanation.heard), "” ", h("span", { class: "ipa" }, `/${explanation.heard_phonemes}/`)),
      h("span", {}, h("b", {}, "name "), "“", h("bdi", {}, explanation.name), "” ", h("span", { class: "ipa" }, `/${explanation.name_phonemes}/`)),
    ),
    h("ol", { class: "cells", "aria-label": "Phonemes, heard above and name below" }, explanation.alignment.map(cell)),
    h("p", { class: "help" }, "Above what was heard, below the name."),
    legend(explanation.alignment),
  );
}

// Where a score comes from, and where the time went.

import { bar, h } from "./dom.js";

const FEATURES = {
  vector: "encoder (sound and meaning)",
  text: "spelling",
  alignment: "phoneme alignment",
  part_alignment: "phoneme alignment of a part",
  heard_part: "share of what was heard",
  name_part: "share of the name",
  sound_ngrams: "runs of sounds",
  letter_ngrams: "runs of letters",
  words: "words",
  name_floor: "the name among other words",
};
const STAGES = {
  queue: "waiting",
  hear: "spoken forms, phonemes",
  encode: "encoder",
  retrieve: "search",
  compare: "comparison",
  rerank: "rerank",
  decide: "decision",
};

function number(value) {
  return value.toFixed(3);
}

/** A table of contributions with bars; they add up to the score of this pair. */
export function drawContributions(explanation) {
  const parts = explanation.contributions;
  const largest = Math.max(...parts.map((part) => Math.abs(part.contribution)), 1e-9);
  const row = (part) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, FEATURES[part.feature] ?? part.feature.replaceAll("_", " ")),
      h("td", { class: "number" }, number(part.value)),
      h("td", { class: "number" }, `× ${number(part.weight)}`),
      h("td", { class: "number" }, number(part.contribution)),
      h("td", { class: "wide" }, bar(Math.abs(part.contribution) / largest, part.contribution < 0 ? "negative" : "")),
    );
  return h(
    "div",
    { class: "scroll" },
    h(
      "table",
      {},
      h("caption", {}, "Where the score comes from"),
      h("thead", {}, h("tr", {}, ["Similarity", "Value", "Weight", "Adds"].map((title, column) => h("th", { scope: "col", class: column ? "number" : false }, title)), h("td", { class: "wide" }))),
      h("tbody", {}, parts.map(row)),
      h(
        "tfoot",
        {},
        h("tr", {}, h("th", { scope: "row", colspan: 3 }, "Score of this hypothesis and this name"), h("td", { class: "number" }, number(explanation.pair_score)), h("td", { class: "wide" })),
        explanation.prior
          ? h("tr", {}, h("th", { scope: "row", colspan: 3 }, "Added by the context"), h("td", { class: "number" }, number(explanation.prior)), h("td", { class: "wide" }))
          : null,
      ),
    ),
  );
}

/** Milliseconds of each stage. */
export function drawLatency(timings, roundTrip) {
  const stages = Object.entries(timings).filter(([stage]) => stage !== "total");
  const longest = Math.max(...stages.map(([, value]) => value), 1e-9);
  const row = ([stage, value]) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, STAGES[stage] ?? stage),
      h("td", { class: "number" }, `${value.toFixed(1)} ms`),
      h("td", { class: "wide" }, bar(value / longest, "time")),
    );
  return h(
    "table",
    {},
    h("caption", {}, "Latency"),
    h("tbody", {}, stages.map(row)),
    h(
      "tfoot",
      {},
      h("tr", {}, h("th", { scope: "row" }, "in the service"), h("td", { class: "number" }, `${(timings.total ?? 0).toFixed(1)} ms`), h("td", { class: "wide" })),
      h("tr", {}, h("th", { scope: "row" }, "as the browser saw it"), h("td", { class: "number" }, `${roundTrip.toFixed(1)} ms`), h("td", { class: "wide" })),
    ),
  );
}

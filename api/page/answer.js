// Draws one answer: decision, candidates beside the lexical baseline, explanation, latency.

import { drawAlignment } from "./alignment.js";
import { bar, fill, h, percent } from "./dom.js";
import { drawContributions, drawLatency } from "./explain.js";

const DECISIONS = {
  match: { sign: "✓", title: "Match" },
  ambiguous: { sign: "?", title: "Ambiguous" },
  no_match: { sign: "∅", title: "No match" },
};

/** One sentence for those who listen. */
export function inWords(answer) {
  const { title } = DECISIONS[answer.decision];
  const [first] = answer.candidates;
  if (!first) return `${title}. No candidates.`;
  const named = `${first.name}, ${percent(first.probability)}`;
  if (answer.decision === "match") return `${title}: ${named}.`;
  return `${title}. The first candidate is ${named}. Nothing fits: ${percent(answer.no_match_probability)}.`;
}

function banner(answer) {
  const { sign, title } = DECISIONS[answer.decision];
  const [first] = answer.candidates;
  const said = answer.decision === "match" && first
    ? h("b", { class: "answer-name" }, h("bdi", {}, first.name))
    : h("span", {}, answer.decision === "ambiguous" ? "several names fit; ask the user" : "nothing in the catalog fits well enough");
  return h(
    "div",
    { class: `banner ${answer.decision}` },
    h("span", { class: "badge" }, h("span", { "aria-hidden": "true" }, sign), ` ${title}`),
    said,
  );
}

function heardList(heard, best) {
  return h(
    "ol",
    { class: "heard-list", "aria-label": "n-best list" },
    heard.map((text, position) =>
      h("li", { class: position === best ? "best" : "" }, h("bdi", {}, text), position === best ? h("span", { class: "tag" }, "fits best") : null),
    ),
  );
}

function entityLine(candidate) {
  const form = candidate.surface_form;
  return h(
    "span",
    { class: "entity-line" },
    h("b", {}, h("bdi", {}, candidate.name)),
    h("span", { class: "muted" }, " ", h("bdi", {}, candidate.id), candidate.type ? [" · ", h("bdi", {}, candidate.type)] : null),
    form && form !== candidate.name ? h("span", { class: "muted" }, " · as “", h("bdi", {}, form), "”") : null,
  );
}

function candidateItem(candidate, position, actions) {
  const choose = h(
    "button",
    { type: "button", class: "candidate", "aria-pressed": position === 0, on: { click: () => actions.choose(position) } },
    entityLine(candidate),
    h("span", { class: "measure" }, bar(candidate.probability), h("span", { class: "number" }, percent(candidate.probability))),
  );
  const meant = h(
    "button",
    { type: "button", class: "quiet meant", on: { click: (event) => actions.meant(candidate, event.currentTarget) } },
    "This is what I meant",
    h("span", { class: "unseen" }, `: ${candidate.name}`),
  );
  return h("li", {}, choose, actions.canLearn ? meant : null);
}

function engineCard(answer, actions) {
  return h(
    "section",
    { class: "card", "aria-labelledby": "engine-title" },
    h("h2", { id: "engine-title" }, "Engine"),
    h("ol", { class: "candidates", id: "candidates" }, answer.candidates.map((item, position) => candidateItem(item, position, actions))),
    h(
      "div",
      { class: "nothing" },
      h("span", { class: "entity-line" }, "nothing in the catalog is right"),
      h("span", { class: "measure" }, bar(answer.no_match_probability, "no"), h("span", { class: "number" }, percent(answer.no_match_probability))),
    ),
    answer.candidates.length ? h("p", { class: "help" }, "Choose a candidate to see where its score comes from.") : null,
  );
}

/** Put the baseline's answer in its card; `answer` is what the engine said. */
export function drawBaseline(place, lexical, answer) {
  const rank = new Map(answer.candidates.map((item, position) => [item.id, position + 1]));
  const item = (candidate) =>
    h(
      "li",
      {},
      h(
        "div",
        { class: "candidate still" },
        h("span", {}, entityLine(candidate), " ", h("span", { class: "tag" }, rank.has(candidate.id) ? `engine's no. ${rank.get(candidate.id)}` : "not in the engine's list")),
        h("span", { class: "measure" }, bar(candidate.score, "plain"), h("span", { class: "number" }, candidate.score.toFixed(3))),
      ),
    );
  fill(
    place,
    h("ol", { class: "candidates", id: "baseline-list" }, lexical.candidates.map(item)),
    h("p", { class: "help" }, `${lexical.baseline}: similarity of spelling, ${lexical.milliseconds.toFixed(1)} ms. It knows no probability and no “no match”.`),
  );
}

function explanationOf(candidate) {
  const { explanation } = candidate;
  if (!explanation) return h("p", { class: "help" }, "The service sent no explanation.");
  return [drawAlignment(explanation), drawContributions(explanation)];
}

/**
 * Draw an answer.
 * @param {Element} place
 * @param {Object} answer of the service
 * @param {string[]} heard
 * @param {{meant: Function, canLearn: boolean, roundTrip: number}} about
 * @returns {Element} where the baseline goes
 */
export function drawAnswer(place, answer, heard, about) {
  const baseline = h("div", { id: "baseline" }, h("p", { class: "help" }, "asking…"));
  const details = h("div", { id: "explanation" });
  const heardPlace = h("div", {});
  const choose = (position) => {
    const candidate = answer.candidates[position];
    const buttons = place.querySelectorAll("button.candidate");
    buttons.forEach((button, number) => button.setAttribute("aria-pressed", String(number === position)));
    fill(details, h("h2", {}, "Why “", h("bdi", {}, candidate.name), "”"), explanationOf(candidate));
    fill(heardPlace, heardList(heard, candidate.explanation?.hypothesis ?? -1));
  };
  fill(
    place,
    h("div", { class: "card" }, banner(answer), heardPlace),
    h(
      "div",
      { class: "two" },
      engineCard(answer, { choose, meant: about.meant, canLearn: about.canLearn }),
      h("section", { class: "card", "aria-labelledby": "baseline-title" }, h("h2", { id: "baseline-title" }, "Lexical baseline"), baseline),
    ),
    answer.candidates.length ? h("section", { class: "card", "aria-live": "polite" }, details) : null,
    h("section", { class: "card", id: "latency" }, drawLatency(answer.timings_ms ?? {}, about.roundTrip)),
  );
  if (answer.candidates.length) choose(0);
  else fill(heardPlace, heardList(heard, -1));
  return baseline;
}

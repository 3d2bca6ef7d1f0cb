// What users meant in the end, and the aliases that it proposes.

import { catalogPath, getJson, postJson, send } from "./api.js";
import { announce, byId, fill, guarded, h, percent } from "./dom.js";

const PAGE = 50;
const NUMBERS = ["Times", "Share", "Number"];
let catalogs = null;

const KINDS = { correction: "corrected", rephrase: "said again" };

function feedbackRow(item) {
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, `“${item.nbest[0].text}”`, item.nbest.length > 1 ? h("span", { class: "muted" }, ` and ${item.nbest.length - 1} more`) : null),
    h("td", { "data-label": "Meant" }, item.entity_id),
    h("td", { "data-label": "Answered" }, item.answered_id ?? "—"),
    h("td", { "data-label": "How" }, item.answered_id === item.entity_id ? "confirmed" : KINDS[item.kind] ?? item.kind),
    h("td", { "data-label": "Number", class: "number" }, item.number),
  );
}

function proposalRow(proposal) {
  const { entity_id, alias, count, share } = proposal;
  const decide = (verb) => (event) => guarded(event.currentTarget, () => decided(verb, { entity_id, alias }));
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, `“${alias}”`),
    h("td", { "data-label": "For" }, entity_id),
    h("td", { "data-label": "Times", class: "number" }, count),
    h("td", { "data-label": "Share", class: "number" }, percent(share)),
    h(
      "td",
      {},
      h(
        "span",
        { class: "actions" },
        h("button", { type: "button", class: "quiet main", on: { click: decide("accept") } }, "Accept", h("span", { class: "unseen" }, ` ${alias} for ${entity_id}`)),
        h("button", { type: "button", class: "quiet", on: { click: decide("dismiss") } }, "Dismiss", h("span", { class: "unseen" }, ` ${alias} for ${entity_id}`)),
      ),
    ),
  );
}

async function decided(verb, choice) {
  const path = catalogPath(catalogs.chosen().name, `/proposals/${verb}`);
  await send("POST", path, { json: { choices: [choice] } });
  await showFeedback();
  announce(verb === "accept" ? `“${choice.alias}” is now an alias of ${choice.entity_id}.` : `“${choice.alias}” is proposed no more.`);
}

function table(caption, titles, rows, empty) {
  if (!rows.length) return [h("h2", {}, caption), h("p", { class: "help" }, empty)];
  return h(
    "table",
    { class: "entities" },
    h("caption", {}, caption),
    h("thead", {}, h("tr", {}, titles.map((title) => (title ? h("th", { scope: "col", class: NUMBERS.includes(title) ? "number" : false }, title) : h("td", {}))))),
    h("tbody", {}, rows),
  );
}

async function showList(name, cursor) {
  const page = await getJson(catalogPath(name, `/feedback?limit=${PAGE}${cursor ? `&cursor=${cursor}` : ""}`));
  const go = (to) => (event) => guarded(event.currentTarget, () => showList(name, to));
  fill(
    byId("feedback"),
    table("Feedback, oldest first", ["Heard", "Meant", "Answered", "How", "Number"], page.feedback.map(feedbackRow), "None yet. “This is what I meant” beside a candidate gives some."),
    h(
      "div",
      { class: "actions" },
      cursor ? h("button", { type: "button", on: { click: go(null) } }, "First page") : null,
      page.next_cursor ? h("button", { type: "button", on: { click: go(page.next_cursor) } }, "Next page") : null,
    ),
  );
}

/** Read and show both lists. */
export async function showFeedback() {
  const { name, writable } = catalogs.chosen();
  if (!writable) {
    fill(byId("proposals"), h("h2", {}, "Feedback"), h("p", {}, `The catalog “${name}” is read-only and keeps no feedback. Start the service with --data-dir to collect some.`));
    fill(byId("feedback"));
    return;
  }
  const { proposals } = await getJson(catalogPath(name, "/proposals?min_count=1"));
  fill(
    byId("proposals"),
    table("Proposed aliases", ["Alias", "For", "Times", "Share", ""], proposals.map(proposalRow), "None: no words were meant for an entity that does not have them already."),
  );
  await showList(name, null);
}

export function startFeedback(shared) {
  catalogs = shared;
}

// What users meant in the end, and the aliases that it proposes.

import { catalogPath, getJson, postJson, send } from "./api.js";
import { confirmed } from "./confirm.js";
import { announce, byId, fill, guarded, h, percent } from "./dom.js";
import { editEntity } from "./entity_dialog.js";

const PAGE = 50;
const NUMBERS = ["Times", "Share", "Number"];
const DAY_MS = 86_400_000;
let catalogs = null;

const KINDS = { correction: "corrected", rephrase: "said again" };

/** The id of an entity, to look at it. */
function entityButton(id) {
  if (id === null) return "—";
  const open = async () => {
    const { name, writable } = catalogs.chosen();
    const said = await editEntity(name, id, writable);
    if (said) announce(said);
  };
  return h("button", { type: "button", class: "quiet link", on: { click: (event) => guarded(event.currentTarget, open) } }, h("bdi", {}, id));
}

/** When it was stored, by the clock of the reader. */
function when(stored) {
  if (!stored) return "—";
  const words = new Date(stored).toLocaleString("en", { dateStyle: "medium", timeStyle: "short" });
  return h("time", { datetime: stored }, words);
}

function feedbackRow(item) {
  const { number } = item;
  const { text } = item.nbest.find((heard) => heard.text.trim());
  const ask = `Delete feedback ${number}, “${text}”, for good?`;
  const remove = (event) => guarded(event.currentTarget, () => forget(`number=${number}`, ask));
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, "“", h("bdi", {}, text), "”", item.nbest.length > 1 ? h("span", { class: "muted" }, ` and ${item.nbest.length - 1} more`) : null),
    h("td", { "data-label": "Meant" }, entityButton(item.entity_id)),
    h("td", { "data-label": "Answered" }, entityButton(item.answered_id)),
    h("td", { "data-label": "How" }, item.answered_id === item.entity_id ? "confirmed" : KINDS[item.kind] ?? item.kind),
    h("td", { "data-label": "When" }, when(item.stored)),
    h("td", { "data-label": "Number", class: "number" }, number),
    h("td", {}, h("button", { type: "button", class: "quiet danger", on: { click: remove } }, "Delete", h("span", { class: "unseen" }, ` feedback ${number}`))),
  );
}

function proposalRow(proposal) {
  const { entity_id, alias, count, share } = proposal;
  const decide = (verb) => (event) => guarded(event.currentTarget, () => decided(verb, { entity_id, alias }));
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, "“", h("bdi", {}, alias), "”"),
    h("td", { "data-label": "For" }, entityButton(entity_id)),
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

/** Delete feedback after a question; `which` is what the service is asked to delete. */
async function forget(which, question) {
  if (!(await confirmed(question))) return;
  const answer = await send("DELETE", catalogPath(catalogs.chosen().name, `/feedback?${which}`));
  const { deleted } = await answer.json();
  await showFeedback();
  announce(`Feedback deleted: ${deleted}.`);
}

async function acceptAll() {
  const asked = { min_count: Number(byId("least-count").value), min_share: Number(byId("least-share").value) / 100 };
  const { accepted } = await postJson(catalogPath(catalogs.chosen().name, "/proposals/accept"), asked);
  await showFeedback();
  announce(`New aliases: ${accepted.filter((item) => item.new).length}.`);
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
    table("Feedback, oldest first", ["Heard", "Meant", "Answered", "How", "When", "Number", ""], page.feedback.map(feedbackRow), "None yet. “This is what I meant” beside a candidate gives some."),
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
  byId("accept-box").hidden = !writable;
  byId("forget-box").hidden = !writable;
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
  const old = byId("forget-old");
  old.addEventListener("submit", (event) => {
    event.preventDefault();
    const days = Number(byId("forget-days").value);
    const before = new Date(Date.now() - days * DAY_MS).toISOString();
    const ask = `Delete all feedback that is older than ${days} days, for good?`;
    guarded(old.querySelector("button"), () => forget(`before=${encodeURIComponent(before)}`, ask));
  });
  byId("forget-all").addEventListener("click", (event) =>
    guarded(event.currentTarget, () => forget("all=true", `Delete all feedback of the catalog “${catalogs.chosen().name}”, for good?`)),
  );
  byId("accept-all").addEventListener("submit", (event) => {
    event.preventDefault();
    guarded(byId("accept-all").querySelector("button"), acceptAll);
  });
}

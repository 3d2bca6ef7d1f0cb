// The tab that resolves: from text or speech to an answer, and back as feedback.

import { catalogPath, postJson } from "./api.js";
import { drawAnswer, drawBaseline, inWords } from "./answer.js";
import { announce, byId, describe, fill, guarded, h, lines } from "./dom.js";
import { startSpeech } from "./speech.js";

const MAX_HYPOTHESES = 50;
let latest = 0;

function query() {
  const heard = lines(byId("heard").value).slice(0, MAX_HYPOTHESES);
  const body = { nbest: heard.map((text) => ({ text })), k: Number(byId("k").value) || 5, explain: true };
  const type = byId("type").value.trim();
  if (type) body.type = type;
  if (byId("precision").value !== "") body.precision = Number(byId("precision").value);
  return { heard, body };
}

async function resolve(catalogs) {
  const { heard, body } = query();
  if (!heard.length) {
    announce("Type what was heard, or speak.");
    byId("heard").focus();
    return;
  }
  announce("");
  const number = (latest += 1);
  const catalog = catalogs.chosen();
  const began = performance.now();
  const answer = await postJson(catalogPath(catalog.name, "/resolve"), body);
  const roundTrip = performance.now() - began;
  if (number !== latest) return;
  const meant = (candidate, button) => guarded(button, () => learn(catalog, body, answer, candidate, button));
  const place = drawAnswer(byId("answer"), answer, heard, { meant, canLearn: catalog.writable, roundTrip });
  byId("spoken-answer").textContent = inWords(answer);
  // After the engine, so that it does not take its time.
  await compare(place, catalog, body, answer);
}

async function compare(place, catalog, { nbest, k, type }, answer) {
  try {
    const lexical = await postJson(catalogPath(catalog.name, "/lexical"), { nbest, k, type });
    drawBaseline(place, lexical, answer);
  } catch (error) {
    fill(place, h("p", { class: "help" }, describe(error)));
  }
}

async function learn(catalog, body, answer, candidate, button) {
  const [first] = answer.candidates;
  const receipt = await postJson(catalogPath(catalog.name, "/feedback"), {
    nbest: body.nbest,
    entity_id: candidate.id,
    kind: "correction",
    answered_id: first?.id ?? null,
    type: body.type ?? null,
  });
  button.textContent = "✓ noted";
  announce(`Noted as feedback ${receipt.number}: “${body.nbest[0].text}” means ${candidate.name}.`);
}

/** Set up the tab; `catalogs.chosen()` is the catalog to ask. */
export function startResolve(catalogs) {
  const form = byId("query");
  const submit = form.querySelector("button[type=submit]");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    guarded(submit, () => resolve(catalogs));
  });
  byId("heard").addEventListener("keydown", (event) => {
    const touch = matchMedia("(pointer: coarse)").matches;
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || (touch && !event.ctrlKey)) return;
    event.preventDefault();
    form.requestSubmit();
  });
  startSpeech((texts) => {
    if (!texts.length) return;
    byId("heard").value = texts.join("\n");
    form.requestSubmit();
  });
}

/** Forget the answer of another catalog. */
export function clearAnswer() {
  latest += 1;
  fill(byId("answer"));
  byId("spoken-answer").textContent = "";
}

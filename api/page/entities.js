// Browse, search and edit the entities of a catalog.

import { catalogPath, entityPath, getJson, postJson, send } from "./api.js";
import { confirmed } from "./confirm.js";
import { announce, byId, fill, guarded, h } from "./dom.js";
import { editEntity } from "./entity_dialog.js";

const PAGE = 25;
const FOUND = 20;
let catalogs = null;
// The cursors of the pages before this one; null is that of the first.
let trail = [null];

function row(entity, writable) {
  const edit = h(
    "button",
    { type: "button", class: "quiet", on: { click: (event) => guarded(event.currentTarget, () => edited(entity.id)) } },
    writable ? "Edit" : "Look",
    h("span", { class: "unseen" }, ` ${entity.name}`),
  );
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, h("bdi", {}, entity.name)),
    h("td", { "data-label": "Id" }, h("bdi", {}, entity.id)),
    h("td", { "data-label": "Type" }, entity.type ?? ""),
    h("td", { "data-label": "Aliases" }, (entity.aliases ?? []).flatMap((alias, place) => [place ? ", " : null, h("bdi", {}, alias)])),
    h("td", { "data-label": "Version", class: "number" }, entity.version),
    h("td", {}, edit),
  );
}

function table(entities, caption, writable) {
  if (!entities.length) return h("p", { class: "help" }, "Nothing here.");
  const titles = ["Name", "Id", "Type", "Aliases", "Version"];
  return h(
    "table",
    { class: "entities" },
    h("caption", {}, caption),
    h("thead", {}, h("tr", {}, titles.map((title) => h("th", { scope: "col", class: title === "Version" ? "number" : false }, title)), h("td", {}))),
    h("tbody", {}, entities.map((entity) => row(entity, writable))),
  );
}

async function edited(id) {
  const { name, writable } = catalogs.chosen();
  const changed = await editEntity(name, id, writable);
  if (changed) await afterChange(changed);
}

async function afterChange(said) {
  await catalogs.refresh();
  await showPage();
  announce(said);
}

/** Show the page that `trail` ends with. */
export async function showPage() {
  const { name, writable } = catalogs.chosen();
  const cursor = trail.at(-1);
  const more = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
  const page = await getJson(catalogPath(name, `/entities?limit=${PAGE}${more}`));
  const go = (change) => (event) =>
    guarded(event.currentTarget, () => {
      change();
      return showPage();
    });
  fill(
    byId("entities"),
    table(page.entities, `Entities by id, page ${trail.length}`, writable),
    h(
      "div",
      { class: "actions" },
      h("button", { type: "button", disabled: trail.length === 1, on: { click: go(() => trail.pop()) } }, "Previous page"),
      h("button", { type: "button", disabled: page.next_cursor === null, on: { click: go(() => trail.push(page.next_cursor)) } }, "Next page"),
    ),
  );
}

/** By exact id first, then as it would be heard. */
async function search(text) {
  const { name, writable } = catalogs.chosen();
  const answer = await postJson(catalogPath(name, "/resolve"), { nbest: [{ text }], k: FOUND });
  const ids = [text, ...answer.candidates.map((item) => item.id).filter((id) => id !== text)];
  const asked = await Promise.allSettled(ids.map((id) => getJson(entityPath(name, id))));
  const entities = asked.filter((item) => item.status === "fulfilled").map((item) => item.value);
  fill(byId("entities"), table(entities, `Nearest to “${text}”`, writable));
  announce(`${entities.length} entities found.`);
}

/** Start again at the first page, for another catalog. */
export async function showCatalog() {
  trail = [null];
  const { name, writable } = catalogs.chosen();
  byId("new-entity").hidden = !writable;
  byId("delete-box").hidden = !writable;
  byId("read-only").hidden = writable;
  byId("upload-box").hidden = !catalogs.canUpload();
  byId("read-only").textContent =
    `The catalog “${name}” is read-only: it is served from an index folder. Start the service with --data-dir to have catalogs that can be changed.`;
  await showPage();
}

async function removeCatalog() {
  const { name } = catalogs.chosen();
  if (!(await confirmed(`Delete the catalog “${name}” with all its entities and feedback?`))) return;
  await send("DELETE", catalogPath(name));
  await catalogs.refresh();
  announce(`Catalog ${name} is deleted.`);
}

/** Set up the forms of the tab. */
export function startEntities(shared) {
  catalogs = shared;
  const form = byId("search");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = byId("sought").value.trim();
    guarded(form.querySelector("button[type=submit]"), () => (text ? search(text) : showCatalog()));
  });
  byId("delete-catalog").addEventListener("click", (event) => guarded(event.currentTarget, removeCatalog));
  byId("show-all").addEventListener("click", (event) => guarded(event.currentTarget, showCatalog));
  byId("new-entity").addEventListener("click", (event) => guarded(event.currentTarget, () => edited(null)));
}

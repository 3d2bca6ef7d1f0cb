// The dialog that shows and changes one entity, never over a change that was not seen.

import { entityPath, send } from "./api.js";
import { confirmed } from "./confirm.js";
import { byId, describe, fill, h, lines } from "./dom.js";

const CONFLICT = 412;
const FIELDS = ["id", "name", "type", "popularity", "aliases", "pronunciations", "attributes"];
const EMPTY = { id: "", name: "", type: null, popularity: 0, aliases: [], pronunciations: [], attributes: {}, lang: null };

function put(entity) {
  byId("entity-id").value = entity.id;
  byId("entity-name").value = entity.name;
  byId("entity-type").value = entity.type ?? "";
  byId("entity-popularity").value = entity.popularity;
  byId("entity-aliases").value = entity.aliases.join("\n");
  byId("entity-pronunciations").value = entity.pronunciations.join("\n");
  byId("entity-attributes").value = JSON.stringify(entity.attributes, null, 1);
}

/** Refuse a whole number that a browser would round: storing it would change it unseen. */
function kept(key, value) {
  if (!Number.isInteger(value) || Number.isSafeInteger(value)) return value;
  throw new Error(`${key}: a browser can't keep whole numbers as large as this; store this entity in another way, or write it as "text"`);
}

function body(lang) {
  let attributes;
  try {
    attributes = JSON.parse(byId("entity-attributes").value || "{}", kept);
  } catch (error) {
    const what = error instanceof SyntaxError ? "are not JSON" : "can't be taken";
    throw new Error(`the attributes ${what}: ${error.message}`);
  }
  return {
    name: byId("entity-name").value,
    type: byId("entity-type").value.trim() || null,
    popularity: Number(byId("entity-popularity").value) || 0,
    aliases: lines(byId("entity-aliases").value),
    pronunciations: lines(byId("entity-pronunciations").value),
    attributes,
    lang,
  };
}

async function read(catalog, id) {
  const answer = await send("GET", entityPath(catalog, id));
  return { entity: await answer.json(), etag: answer.headers.get("ETag") };
}

function problem(...content) {
  const place = byId("entity-problem");
  place.hidden = content.length === 0;
  fill(place, ...content);
}

/**
 * Show an entity; resolves to what to say when something was changed, to null otherwise.
 * @param {string} catalog
 * @param {string|null} id null makes a new one
 * @param {boolean} writable
 */
export async function editEntity(catalog, id, writable) {
  let { entity, etag } = id === null ? { entity: EMPTY, etag: null } : await read(catalog, id);
  const dialog = byId("entity-dialog");
  const form = byId("entity-form");
  byId("entity-title").textContent = id === null ? "New entity" : `Entity ${id}`;
  for (const field of FIELDS) byId(`entity-${field}`).readOnly = !writable || (field === "id" && id !== null);
  form.querySelector("button[type=submit]").hidden = !writable;
  byId("entity-delete").hidden = !writable || id === null;
  put(entity);
  problem();

  return new Promise((resolve) => {
    const done = (said) => {
      dialog.onclose = null;
      if (dialog.open) dialog.close();
      resolve(said);
    };
    const takeTheirs = async () => {
      ({ entity, etag } = await read(catalog, id));
      put(entity);
      problem();
      byId("entity-name").focus();
    };
    const conflict = (error, again) => {
      const isNew = etag === null;
      problem(
        h("p", {}, isNew ? "There is an entity with this id already." : "Somebody else changed this entity while you had it open. Nothing of yours was stored."),
        h("p", { class: "help" }, error.detail),
        isNew ? null : h(
          "p",
          { class: "actions" },
          h("button", { type: "button", on: { click: attempt(takeTheirs) } }, "Show what is there now"),
          h("button", { type: "button", class: "danger", on: { click: attempt(again) } }, "Do mine anyway"),
        ),
      );
    };
    const attempt = (work) => async () => {
      try {
        await work();
      } catch (error) {
        problem(h("p", {}, describe(error)));
      }
    };
    const withVersion = (work) => {
      const run = async (version) => {
        try {
          await work(version);
        } catch (error) {
          if (error.status !== CONFLICT) throw error;
          conflict(error, async () => run((await read(catalog, id)).etag));
        }
      };
      return attempt(() => run(etag));
    };
    const save = withVersion(async (version) => {
      const target = id ?? byId("entity-id").value.trim();
      const headers = version === null ? { "If-None-Match": "*" } : { "If-Match": version };
      await send("PUT", entityPath(catalog, target), { json: body(entity.lang), headers });
      done(`Stored ${target}.`);
    });
    const remove = withVersion(async (version) => {
      if (!(await confirmed(`Delete “${entity.name}” (${id})?`))) return;
      await send("DELETE", entityPath(catalog, id), { headers: { "If-Match": version } });
      done(`Deleted ${id}.`);
    });
    form.onsubmit = (event) => {
      event.preventDefault();
      save();
    };
    byId("entity-delete").onclick = remove;
    byId("entity-cancel").onclick = () => done(null);
    dialog.onclose = () => done(null);
    dialog.showModal();
    if (id !== null) byId("entity-name").focus();
  });
}

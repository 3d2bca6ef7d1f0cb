// Puts the page together: which catalog is chosen, which tab is open.

import { getJson } from "./api.js";
import { announce, byId, fill, guarded, h } from "./dom.js";
import { showCatalog, startEntities } from "./entities.js";
import { showFeedback, startFeedback } from "./feedback.js";
import { startKeys } from "./keys.js";
import { showReport } from "./report.js";
import { clearAnswer, startResolve } from "./resolve.js";
import { startTabs } from "./tabs.js";
import { startUpload } from "./upload.js";

const NONE = { name: "", entities: 0, writable: false };
const RETRY_MS = 1000;
let known = [];
let tab = "resolve";

const catalogs = {
  /** The catalog that is chosen at the top. */
  chosen() {
    return known.find((item) => item.name === byId("catalog").value) ?? NONE;
  },

  /** Whether the service has a data folder: then all its catalogs can be changed. */
  canUpload() {
    return !known.length || known.some((item) => item.writable);
  },

  /** Ask for the catalogs again, return them all; choose `name` if it is given. */
  async refresh(name = null) {
    const before = this.chosen().name;
    const wanted = name ?? before;
    const all = (await getJson("/v1/catalogs")).catalogs;
    known = all.filter((item) => item.state === "ready");
    const select = byId("catalog");
    fill(select, known.map((item) => h("option", { value: item.name }, item.name)));
    if (known.some((item) => item.name === wanted)) select.value = wanted;
    note();
    if (this.chosen().name !== before) await changed();
    return all;
  },
};

function note() {
  const { name, entities, writable } = catalogs.chosen();
  const tag = byId("catalog-note");
  tag.hidden = !name;
  tag.textContent = `${entities.toLocaleString("en")} entities, ${writable ? "writable" : "read-only"}`;
}

async function changed() {
  note();
  clearAnswer();
  await showTab(tab);
}

async function showTab(name) {
  tab = name;
  if (name === "report") return showReport();
  if (!catalogs.chosen().name) return undefined;
  if (name === "catalog") return showCatalog();
  if (name === "feedback") return showFeedback();
  return undefined;
}

function wait() {
  return new Promise((resolve) => setTimeout(resolve, RETRY_MS));
}

/** Wait while the catalogs load. */
async function load() {
  for (;;) {
    try {
      const all = await catalogs.refresh();
      const making = all.filter((item) => item.state === "building");
      if (known.length || !making.length) {
        announce(known.length ? "" : "There is no catalog yet: upload one in the tab Catalog.");
        return;
      }
      announce(`The catalog ${making[0].name} is being made…`);
      await wait();
    } catch (error) {
      if (error.status !== 503 && error.status !== 0) throw error;
      announce(error.status === 503 ? "The catalogs are loading…" : error.detail);
      await wait();
    }
  }
}

startKeys();
startResolve(catalogs);
startEntities(catalogs);
startUpload(catalogs);
startFeedback(catalogs);
byId("catalog").addEventListener("change", () => guarded(null, changed));
startTabs((name) => {
  announce("");
  guarded(null, () => showTab(name));
});
guarded(null, load).then(() => document.body.classList.add("loaded"));

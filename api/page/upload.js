// Upload a catalog file, with progress of sending and of making.

import { authorization, catalogPath, getJson, newKey, Problem } from "./api.js";
import { announce, byId, fill, guarded, h } from "./dom.js";

const TYPES = { jsonl: "application/x-ndjson", ndjson: "application/x-ndjson", csv: "text/csv", parquet: "application/vnd.apache.parquet" };
const POLL_MS = 400;

function contentType(file) {
  const kind = TYPES[file.name.split(".").pop().toLowerCase()];
  if (!kind) throw new Error(`${file.name}: choose a file that ends in .jsonl, .csv or .parquet`);
  return kind;
}

/** Progress as a bar, with the same in words; `share` is null while nobody knows. */
function show(words, share) {
  const progress = h("progress", { max: 1, "aria-label": words });
  if (share !== null) progress.value = share;
  fill(byId("upload-state"), h("p", {}, words), progress);
}

// fetch does not tell how much of a file is sent.
function sendFile(path, file, kind) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    request.setRequestHeader("Content-Type", kind);
    for (const [name, value] of Object.entries(authorization())) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) show("Sending the file", event.loaded / event.total);
    };
    request.onerror = () => reject(new Problem(0, "No answer", "the upload was cut off"));
    request.onload = () => {
      let body = {};
      try {
        body = JSON.parse(request.responseText);
      } catch {
        // Something between the page and the service answered.
      }
      if (request.status === 202) resolve(body);
      else reject(new Problem(request.status, body.title ?? `Status ${request.status}`, body.detail ?? "no details"));
    };
    request.send(file);
  });
}

async function sendWithKey(path, file, kind) {
  for (;;) {
    try {
      return await sendFile(path, file, kind);
    } catch (error) {
      if (error.status !== 401 || !(await newKey())) throw error;
    }
  }
}

async function made(name) {
  for (;;) {
    const info = await getJson(catalogPath(name));
    if (info.state !== "building") return info;
    const { phase = "waiting", done = 0, total = 0 } = info.progress ?? {};
    const count = total ? `: ${done.toLocaleString("en")} of ${total.toLocaleString("en")}` : "";
    show(`Making the catalog, ${phase}${count}`, total ? done / total : null);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function upload(catalogs) {
  const [file] = byId("upload-file").files;
  const name = byId("upload-name").value.trim();
  const query = new URLSearchParams({ name, lang: byId("upload-lang").value.trim() || "en" });
  const form = byId("upload-form").value.trim();
  if (form) query.append("surface_form", form);
  show("Sending the file", 0);
  try {
    await sendWithKey(`/v1/catalogs?${query}`, file, contentType(file));
    const info = await made(name);
    if (info.state === "failed") throw new Error(`The catalog could not be made: ${info.error}`);
    fill(byId("upload-state"), h("p", { class: "good" }, `✓ ${name} is ready: ${info.entities.toLocaleString("en")} entities.`));
    await catalogs.refresh(name);
    announce(`Catalog ${name} is ready.`);
  } catch (error) {
    fill(byId("upload-state"));
    throw error;
  }
}

/** Set up the form. */
export function startUpload(catalogs) {
  const form = byId("upload");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    guarded(form.querySelector("button[type=submit]"), () => upload(catalogs));
  });
}

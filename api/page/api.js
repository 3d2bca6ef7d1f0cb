// Talks to the service. Keeps an API key for this tab, once the service asks for one.

const KEY = "er-engine-key";
let askForKey = null;

export class Problem extends Error {
  constructor(status, title, detail, etag = null) {
    super(detail);
    this.status = status;
    this.title = title;
    this.detail = detail;
    this.etag = etag;
  }
}

/** `ask(problem)` returns a promise of a key, or of null when the person gives none. */
export function onKeyNeeded(ask) {
  askForKey = ask;
}

export function hasKey() {
  return sessionStorage.getItem(KEY) !== null;
}

export function forgetKey() {
  sessionStorage.removeItem(KEY);
}

export function authorization() {
  const key = sessionStorage.getItem(KEY);
  return key ? { Authorization: `Bearer ${key}` } : {};
}

export function catalogPath(catalog, rest = "") {
  return `/v1/catalogs/${encodeURIComponent(catalog)}${rest}`;
}

export function entityPath(catalog, id) {
  // A browser takes these away, however they are written: the request would go to the catalog.
  if (["", ".", ".."].includes(id)) throw new Error(`${JSON.stringify(id)} can't be the id of an entity`);
  return catalogPath(catalog, `/entities/${encodeURIComponent(id)}`);
}

/** Send a request; `json` is a value to send. Throws Problem for every answer that is no success. */
export async function send(method, path, { json, headers = {} } = {}) {
  const more = json === undefined ? {} : { "Content-Type": "application/json" };
  for (;;) {
    const answer = await fetched(path, {
      method,
      headers: { ...more, ...headers, ...authorization() },
      body: json === undefined ? undefined : JSON.stringify(json),
    });
    if (answer.ok) return answer;
    const problem = await problemOf(answer);
    if (answer.status !== 401 || !(await newKey())) throw problem;
  }
}

/** Ask for a key and keep it; false when the person gives none. */
export async function newKey() {
  if (askForKey === null) return false;
  const before = sessionStorage.getItem(KEY);
  const key = await askForKey(before !== null);
  if (!key) return false;
  sessionStorage.setItem(KEY, key);
  return true;
}

async function fetched(path, options) {
  try {
    return await fetch(path, { cache: "no-store", ...options });
  } catch {
    throw new Problem(0, "No answer", "the service can't be reached; is it still running?");
  }
}

export async function problemOf(answer) {
  let body = {};
  try {
    body = await answer.json();
  } catch {
    // Something between the page and the service answered.
  }
  const title = body.title ?? `Status ${answer.status}`;
  const wait = answer.headers.get("Retry-After");
  const detail = (body.detail ?? "no details") + (wait ? ` (come again in ${wait} s)` : "");
  return new Problem(answer.status, title, detail, answer.headers.get("ETag"));
}

export async function getJson(path) {
  return (await send("GET", path)).json();
}

export async function postJson(path, json) {
  return (await send("POST", path, { json })).json();
}

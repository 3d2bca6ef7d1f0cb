// Makes elements. Text from the server becomes text nodes, never markup.

const FORBIDDEN = /^(on|style$|srcdoc$|innerhtml$|outerhtml$)/i;

/**
 * Make an element.
 * @param {string} tag
 * @param {Object} attributes `class`, `aria-label` and others; `on: {click: f}` for events; false and null are left out
 * @param {...(Node|string|number|null|Array)} children strings become text nodes
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  const { on = {}, ...plain } = attributes;
  for (const [name, value] of Object.entries(plain)) {
    if (FORBIDDEN.test(name)) throw new Error(`attribute ${name} is not set here`);
    if (value === false || value === null || value === undefined) continue;
    element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const [name, listener] of Object.entries(on)) element.addEventListener(name, listener);
  append(element, children);
  return element;
}

function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/** Replace what is in an element. */
export function fill(element, ...children) {
  element.replaceChildren();
  append(element, children);
}

export function byId(id) {
  return document.getElementById(id);
}

/** A bar from 0 to `share` of its width; the number beside it is for those who can't see it. */
export function bar(share, kind = "") {
  const inner = h("span", { class: "bar-fill" });
  inner.style.width = `${(Math.max(0, Math.min(1, share)) * 100).toFixed(1)}%`;
  return h("span", { class: `bar ${kind}`, "aria-hidden": "true" }, inner);
}

export function percent(value) {
  const shown = value * 100;
  if (shown > 0 && shown < 0.1) return "< 0.1 %";
  return `${shown.toFixed(shown >= 99.95 || shown < 0.05 ? 0 : 1)} %`;
}

export function lines(text) {
  return text.split("\n").map((line) => line.trim()).filter(Boolean);
}

/** Say something to everybody: shown at the top, and read aloud. */
export function announce(text) {
  byId("status").textContent = text;
}

export function showProblem(error) {
  const place = byId("problem");
  place.hidden = !error;
  place.textContent = error ? describe(error) : "";
}

export function describe(error) {
  return error.title ? `${error.title}: ${error.detail}` : error.message;
}

/** Run what a button started: problems are shown, and it can't be started twice. */
export async function guarded(button, work) {
  if (button?.disabled) return;
  if (button) button.disabled = true;
  showProblem(null);
  try {
    await work();
  } catch (error) {
    showProblem(error);
  } finally {
    if (button) button.disabled = false;
  }
}

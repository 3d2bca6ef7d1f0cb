// The last evaluation report, in a frame that runs nothing.

import { send } from "./api.js";
import { byId, fill, h } from "./dom.js";

// The only place where text becomes HTML: of a sandboxed frame, under the policy of this page.
const policy = window.trustedTypes?.createPolicy("report", { createHTML: (text) => text });

export async function showReport() {
  const place = byId("report");
  let text;
  try {
    text = await (await send("GET", "/v1/report")).text();
  } catch (error) {
    if (error.status !== 404) throw error;
    fill(
      place,
      h("div", { class: "card" }, h("h2", {}, "No report"), h("p", {}, "Make one, and start the service with it:"),
        h("pre", { class: "code" }, "er-engine evaluate INDEX QUERIES --report report.html\ner-engine serve INDEX --report report.html")),
    );
    return;
  }
  const frame = h("iframe", { class: "report", title: "Evaluation report", sandbox: "", referrerpolicy: "no-referrer" });
  frame.srcdoc = policy ? policy.createHTML(text) : text;
  fill(place, frame);
}


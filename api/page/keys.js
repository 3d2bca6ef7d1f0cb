// The dialog that asks for an API key, only when the service does.

import { forgetKey, hasKey, onKeyNeeded } from "./api.js";
import { byId } from "./dom.js";

let waiting = null;

function ask(again) {
  waiting ??= new Promise((resolve) => {
    const dialog = byId("key-dialog");
    const problem = byId("key-problem");
    problem.hidden = !again;
    problem.textContent = again ? "The service does not know the key that was given." : "";
    byId("key").value = "";
    const done = (value) => {
      waiting = null;
      byId("key").value = "";
      if (dialog.open) dialog.close();
      byId("forget-key").hidden = !value;
      resolve(value);
    };
    byId("key-form").onsubmit = (event) => {
      event.preventDefault();
      done(byId("key").value.trim());
    };
    byId("key-cancel").onclick = () => done(null);
    dialog.oncancel = () => done(null);
    dialog.showModal();
  });
  return waiting;
}

export function startKeys() {
  onKeyNeeded(ask);
  byId("forget-key").hidden = !hasKey();
  byId("forget-key").addEventListener("click", () => {
    forgetKey();
    location.reload();
  });
}

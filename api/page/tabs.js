// Tabs as assistive technology expects them: arrows move, one tab stop, the address remembers.

import { byId } from "./dom.js";

const NAMES = ["resolve", "catalog", "feedback", "report"];

/** `shown(name)` is called each time a tab is opened. */
export function startTabs(shown) {
  const tabs = NAMES.map((name) => byId(`tab-${name}`));
  const open = (name, focus = false) => {
    for (const [position, tab] of tabs.entries()) {
      const chosen = NAMES[position] === name;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      byId(`panel-${NAMES[position]}`).hidden = !chosen;
      if (chosen && focus) tab.focus();
    }
    history.replaceState(null, "", `#${name}`);
    shown(name);
  };
  for (const [position, tab] of tabs.entries()) {
    tab.addEventListener("click", () => open(NAMES[position]));
    tab.addEventListener("keydown", (event) => {
      const next = target(event.key, position);
      if (next === null) return;
      event.preventDefault();
      open(NAMES[next], true);
    });
  }
  const named = location.hash.slice(1);
  open(NAMES.includes(named) ? named : NAMES[0]);
}

function target(key, position) {
  const count = NAMES.length;
  const steps = { ArrowRight: position + 1, ArrowLeft: position - 1, Home: 0, End: count - 1 };
  return key in steps ? (steps[key] + count) % count : null;
}

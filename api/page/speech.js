// The browser's speech recognition, with up to five alternatives where it has them.

import { byId } from "./dom.js";

export const ALTERNATIVES = 5;
const LISTENING = "Listening…";
const WHY = {
  "not-allowed": "The browser was not allowed to use the microphone.",
  "service-not-allowed": "The browser does not let this page recognise speech.",
  "audio-capture": "No microphone was found.",
  "no-speech": "Nothing was heard. Try again, a little louder.",
  network: "The browser's recogniser needs a network that it can't reach. Typing works without.",
  "language-not-supported": "The browser's recogniser does not know this language.",
};

/** The n-best list of the first utterance: distinct transcripts, best first. */
export function alternativesOf(results) {
  const texts = new Set();
  const result = results[0];
  for (let place = 0; result && place < result.length; place += 1) {
    const text = result[place].transcript.trim();
    if (text) texts.add(text);
  }
  return [...texts];
}

/** Set up the button; `heard(texts)` gets the n-best list of each utterance. */
export function startSpeech(heard) {
  const button = byId("speak");
  const hint = byId("speech-hint");
  const Recogniser = window.SpeechRecognition ?? window.webkitSpeechRecognition;
  if (!Recogniser) {
    button.disabled = true;
    hint.textContent =
      "This browser has no speech recognition (Chrome, Edge and Safari have). Typing works everywhere.";
    return;
  }
  const usual = "Speaking uses the browser's own recogniser, which may send sound to its maker.";
  hint.textContent = usual;
  let running = null;
  const listening = (active) => {
    button.setAttribute("aria-pressed", String(active));
    byId("speak-label").textContent = active ? "Stop" : "Speak";
  };
  button.addEventListener("click", () => {
    if (running) {
      running.stop();
      return;
    }
    running = recogniser(Recogniser);
    running.onresult = (event) => heard(alternativesOf(event.results));
    running.onerror = (event) => {
      hint.textContent = WHY[event.error] ?? `The browser's recogniser failed: ${event.error}.`;
    };
    running.onend = () => {
      running = null;
      if (hint.textContent === LISTENING) hint.textContent = usual;
      listening(false);
    };
    hint.textContent = LISTENING;
    listening(true);
    running.start();
  });
}

function recogniser(Recogniser) {
  const made = new Recogniser();
  made.lang = byId("speech-lang").value.trim() || "en-US";
  made.maxAlternatives = ALTERNATIVES;
  made.continuous = false;
  made.interimResults = false;
  return made;
}

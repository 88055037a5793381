// The pages work without this: it opens the tables for printing, and shuts again those that were shut.
"use strict";
const opened = new Set();
window.addEventListener("beforeprint", () => {
  for (const one of document.querySelectorAll("details:not([open])")) {
    opened.add(one);
    one.open = true;
  }
});
window.addEventListener("afterprint", () => {
  for (const one of opened) one.open = false;
  opened.clear();
});

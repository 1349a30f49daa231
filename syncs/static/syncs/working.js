"use strict";
// A button that was pressed says that it works, and cannot be pressed twice. Without this it works
// as well: what is sent is the same, and what is done twice is done once.
const pressed = new Map();

document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button || button.formNoValidate || event.defaultPrevented) return;
  if (!event.target.matches("form[data-working]")) return;
  setTimeout(() => { // first the browser gathers what it sends, the button among it
    pressed.set(button, button.textContent);
    button.textContent = event.target.dataset.working || "Working …";
    button.setAttribute("aria-busy", "true");
    button.disabled = true;
  });
});

// Back on the page by the browser's own button.
window.addEventListener("pageshow", () => {
  for (const [button, words] of pressed) {
    button.textContent = words;
    button.removeAttribute("aria-busy");
    button.disabled = false;
  }
  pressed.clear();
});

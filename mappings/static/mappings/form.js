"use strict";
// Keeps the panel beside a mapping's form true while it is filled in, and asks for another
// integration's choices when that is changed. Without it the form works, the panel stands still.
window.addEventListener("DOMContentLoaded", () => {
  const panel = document.getElementById("mapping-panel");
  const form = panel?.closest("form");
  if (!form) {
    return;
  }

  const values = () => new URLSearchParams(
    [...new FormData(form)].filter(([name]) => !name.startsWith("csrf") && !name.startsWith("_"))
  );

  let asked = 0;
  const refresh = async () => {
    const query = values();
    const mine = ++asked;
    query.set("pk", panel.dataset.pk);
    const answer = await fetch(`${panel.dataset.url}?${query}`, { credentials: "same-origin" });
    if (answer.ok && mine === asked) {
      panel.innerHTML = await answer.text();
    }
  };

  let wait;
  // jQuery, because the search selects tell only it.
  django.jQuery(form).on("change input", ":input", (event) => {
    if (event.type === "change" && panel.dataset.reload.split(" ").includes(event.target.name)) {
      window.location.search = values().toString();
      return;
    }
    clearTimeout(wait);
    wait = setTimeout(refresh, 300);
  });
});

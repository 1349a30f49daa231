"use strict";
// Keeps the panel beside a mapping's form true while it is filled in, and asks for another
// integration's choices when that is changed. Without it the form works, the panel stands still.
{
  const panel = document.getElementById("mapping-panel");
  const $ = django.jQuery;

  const values = (form) => new URLSearchParams(
    [...new FormData(form)].filter(([name]) => !name.startsWith("csrf") && !name.startsWith("_"))
  );

  const refresh = async (form) => {
    const query = values(form);
    query.set("pk", panel.dataset.pk);
    const answer = await fetch(`${panel.dataset.url}?${query}`, { credentials: "same-origin" });
    if (answer.ok) {
      panel.innerHTML = await answer.text();
    }
  };

  if (panel) {
    const form = panel.closest("form") || document.querySelector("form[id$=_form]");
    let wait;
    $(form).on("change input", ":input", (event) => {
      if (event.type === "change" && panel.dataset.reload.split(" ").includes(event.target.name)) {
        window.location.search = values(form).toString();
        return;
      }
      clearTimeout(wait);
      wait = setTimeout(refresh, 300, form);
    });
  }
}

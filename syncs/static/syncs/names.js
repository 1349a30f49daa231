// The admin's warning about hours behind or ahead of the server is about moments; our forms have
// days, and hours of the site's clock.
document.addEventListener("DOMContentLoaded", () => {
  document.body.removeAttribute("data-admin-utc-offset");
});

// The search box inside a list of choices has no name of its own: it gets that of its field,
// whenever it is made.
const nameBoxes = () => {
  for (const box of document.querySelectorAll(".select2-search__field:not([aria-label])")) {
    const field = box.closest(".select2-container")?.previousElementSibling;
    const label = field?.labels?.[0]?.textContent.trim();
    if (label) box.setAttribute("aria-label", label);
  }
  // Django explains its boxes of permissions by signs that only an image may name.
  for (const sign of document.querySelectorAll(".search-label-icon:not([role])")) {
    sign.setAttribute("role", "img");
  }
};
window.addEventListener("load", nameBoxes);
new MutationObserver(nameBoxes).observe(document.documentElement, { childList: true, subtree: true });

// trends.js: what is pressed in the chart opens beside it; without this script it opens as a page.
"use strict";
(() => {
  const sheet = document.getElementById("answers"),
    title = document.getElementById("answers-title");
  const whole = document.getElementById("answers-all");
  document.addEventListener("click", async (event) => {
    const link = event.target.closest?.("[data-opens-answers] svg a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const address = link.href.baseVal;
    title.textContent = link.getAttribute("aria-label") || "Answers of " + link.querySelector("title").textContent;
    whole.href = address;
    document.getElementById("answers-list").replaceChildren();
    sheet.showModal();
    try {
      await htmx.ajax("GET", address, { target: "#answers-list", select: "[data-list]", swap: "innerHTML" });
    } catch {
      /* said below */
    }
    const found = sheet.querySelectorAll("[data-item]").length;
    // Nothing came: the network, or the sign-in is over. The page itself says which.
    if (!sheet.querySelector("[data-list]")) {
      location.href = address;
      return;
    }
    window.plumbline.announce(found === 1 ? "1 answer" : found + " answers");
  });
})();

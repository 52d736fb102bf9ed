// review/form.js: the grade pane. What is chosen, which criterion is open, what is still missing.
"use strict";
(() => {
  const form = document.getElementById("grade");
  if (!form) return;
  const $ = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const criteria = all(".cr", form);
  let active = 0,
    asking = false,
    evidence = [],
    changed = () => {};

  const chosen = (cr) => $("input[name^=c]:checked", cr);
  const reason = (cr) => $("input[name^=w]:checked", cr);
  const needsReason = (cr) => chosen(cr)?.dataset.standing === "fails" && !reason(cr);
  const isOpen = (cr) => !chosen(cr) || needsReason(cr);
  const showError = (text) => {
    const box = $("[data-error]");
    box.hidden = !text;
    box.textContent = text || "";
  };

  const paint = () => {
    criteria.forEach((cr, index) => {
      const level = chosen(cr),
        state = $("[data-state]", cr);
      cr.classList.toggle("active", index === active);
      state.className = level
        ? "badge " + ({ meets: "good", partly: "warn", fails: "bad" }[level.dataset.standing] || "")
        : "fine";
      state.textContent = level ? level.dataset.label : "not graded yet";
      $("[data-why]", cr).classList.toggle(
        "ask",
        level?.dataset.standing === "fails" && (needsReason(cr) || (asking && index === active)),
      );
    });
    const left = criteria.filter(isOpen).length,
      button = $("[data-submit]");
    button.setAttribute("aria-disabled", left > 0);
    button.classList.toggle("btn-primary", left === 0);
    button.firstChild.textContent = left ? `${left} left to grade ` : "Submit and next ";
    criteria[active]?.scrollIntoView({ block: "nearest" });
  };
  const go = (index) => {
    active = Math.min(Math.max(index, 0), criteria.length - 1);
    asking = false;
    paint();
  };
  const next = () => {
    const at = criteria.findIndex((cr, i) => i > active && isOpen(cr)),
      first = criteria.findIndex(isOpen);
    go(at >= 0 ? at : first >= 0 ? first : active);
  };

  const choose = (cr, input) => {
    input.checked = true;
    if (input.dataset.standing !== "fails") {
      all("input[name^=w]", cr).forEach((one) => {
        one.checked = false;
      });
      next();
    } else {
      asking = true;
      paint();
    }
    changed();
  };
  const askForWords = () => {
    showError("Say in a comment what went wrong.");
    form.note.focus();
  };
  const chooseReason = (cr, input) => {
    input.checked = true;
    asking = false;
    if (input.value === "something_else" && !form.note.value.trim()) {
      paint();
      askForWords();
    } else next();
    changed();
  };
  const digit = (key) => {
    const cr = criteria[active];
    if (chosen(cr)?.dataset.standing === "fails" && (asking || needsReason(cr))) {
      const input = $(`input[data-reason="${key}"]`, cr);
      if (input) {
        chooseReason(cr, input);
        return;
      }
    }
    const input = $(`input[data-digit="${key}"]`, cr);
    if (input) choose(cr, input);
  };
  form.addEventListener("change", (event) => {
    const cr = event.target.closest(".cr");
    if (cr && event.target.name.startsWith("c")) {
      active = criteria.indexOf(cr);
      choose(cr, event.target);
    } else if (cr && event.target.name.startsWith("w")) chooseReason(cr, event.target);
    else changed();
  });
  form.note.addEventListener("input", () => {
    showError("");
    changed();
  });
  form.addEventListener("click", (event) => {
    const head = event.target.closest("[data-open]");
    if (head) go(criteria.indexOf(head.closest(".cr")));
  });

  // At most 2,000 characters, never half of one: an emoji is two of JavaScript's.
  const whole = (text) =>
    [...text]
      .slice(0, 2000)
      .join("")
      .replace(/\p{Surrogate}/gu, "");
  const mark = (where, text) => {
    evidence.push({ where: where === "answer" ? where : Number(where), text: whole(text) });
    changed();
  };

  window.plumbline.form = {
    criteria,
    go,
    digit,
    mark,
    showError,
    step: (by) => go(active + by),
    examples: () => {
      const box = $(".ex", criteria[active]);
      box.open = !box.open;
    },
    urgent: () => {
      form.urgent.checked = !form.urgent.checked;
      changed();
    },
    meetsAll: () => {
      criteria
        .filter((cr) => !chosen(cr))
        .forEach((cr) => {
          $("input[data-standing=meets]", cr).checked = true;
        });
      next();
      changed();
    },
    onChange: (run) => {
      changed = run;
    },
    // True when it can be sent; else says what is missing, at the place.
    complete: () => {
      const cr = criteria.find(isOpen);
      if (cr) {
        go(criteria.indexOf(cr));
        showError(`${cr.dataset.name} is not graded yet.`);
        return false;
      }
      if (criteria.some((one) => reason(one)?.value === "something_else") && !form.note.value.trim()) {
        askForWords();
        return false;
      }
      return true;
    },
    draft: () => ({
      version: Number(form.version.value),
      note: form.note.value,
      urgent: form.urgent.checked,
      evidence,
      marks: Object.fromEntries(
        criteria
          .filter(chosen)
          .map((cr) => [
            cr.dataset.criterion,
            { level: Number(chosen(cr).value) || null, went_wrong: reason(cr)?.value || "" },
          ]),
      ),
    }),
    restore: (kept) => {
      form.reset();
      evidence = [];
      asking = false;
      showError("");
      if (kept) {
        form.note.value = kept.note || "";
        form.urgent.checked = Boolean(kept.urgent);
        evidence = kept.evidence || [];
        criteria.forEach((cr) => {
          const given = (kept.marks || {})[cr.dataset.criterion];
          if (!given) return;
          const level = $(`input[name^=c][value="${given.level ?? 0}"]`, cr);
          if (level) level.checked = true;
          const why = given.went_wrong && $(`input[name^=w][value="${given.went_wrong}"]`, cr);
          if (why) why.checked = true;
        });
      }
      const first = criteria.findIndex(isOpen);
      go(first < 0 ? 0 : first);
    },
    evidence: () => JSON.stringify(evidence),
    // In words, for somebody who must decide what to do with a grade that was not taken.
    said: () =>
      criteria
        .filter(chosen)
        .map(
          (cr) => `${cr.dataset.name}: ${chosen(cr).dataset.label}${reason(cr) ? ", " + reason(cr).dataset.label : ""}`,
        ),
  };
})();

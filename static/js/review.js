// The review screen by keyboard. The next answer is already in the page, hidden: a submit swaps at
// once and fetches the one after. Posts that fail wait on this computer and go up when back.
"use strict";
(() => {
  const rv = document.getElementById("rv");
  const form = document.getElementById("grade");
  if (!rv || !form) return;
  rv.classList.add("js");
  const $ = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const items = document.getElementById("items");
  const criteria = all(".cr", form);
  const WAITING = "plumbline-waiting:" + rv.dataset.page;
  let current, shownAt = 0, evidence = [], saving = 0, active = 0, asking = false;
  let done = Number(rv.dataset.done), inSitting = Number(rv.dataset.inSitting);
  const total = Number(rv.dataset.total);

  const post = (url, data) => fetch(url, { method: "POST", body: data, credentials: "same-origin",
    headers: { "X-Plumbline": "review", "X-CSRFToken": document.body.dataset.token } });
  const chosen = (cr) => $("input[name^=c]:checked", cr);
  const reason = (cr) => $("input[name^=w]:checked", cr);
  const needsReason = (cr) => chosen(cr)?.dataset.standing === "fails" && !reason(cr);
  const open = () => criteria.filter((cr) => !chosen(cr) || needsReason(cr));
  const showError = (text) => { const box = $("[data-error]"); box.hidden = !text; box.textContent = text || ""; };

  const paint = () => {
    criteria.forEach((cr, index) => {
      const level = chosen(cr), state = $("[data-state]", cr);
      cr.classList.toggle("active", index === active);
      state.className = level ? "badge " + ({ meets: "good", partly: "warn", fails: "bad" }[level.dataset.standing] || "") : "fine";
      state.textContent = level ? level.dataset.label : "not graded yet";
      $("[data-why]", cr).classList.toggle("ask", level?.dataset.standing === "fails" && (needsReason(cr) || (asking && index === active)));
    });
    const left = open().length, button = $("[data-submit]");
    button.setAttribute("aria-disabled", left > 0);
    button.classList.toggle("btn-primary", left === 0);
    button.firstChild.textContent = left ? `${left} left to grade ` : "Submit and next ";
    criteria[active]?.scrollIntoView({ block: "nearest" });
  };
  const go = (index) => { active = Math.min(Math.max(index, 0), criteria.length - 1); asking = false; paint(); };
  const next = () => { const at = criteria.findIndex((cr, i) => i > active && (!chosen(cr) || needsReason(cr))); const first = criteria.findIndex((cr) => !chosen(cr) || needsReason(cr)); go(at >= 0 ? at : first >= 0 ? first : active); };

  const choose = (cr, input) => {
    input.checked = true;
    if (input.dataset.standing !== "fails") { all("input[name^=w]", cr).forEach((one) => { one.checked = false; }); next(); }
    else { asking = true; paint(); }
    keepDraft();
  };
  const chooseReason = (cr, input) => {
    input.checked = true; asking = false;
    if (input.value === "something_else" && !form.note.value.trim()) { paint(); form.note.focus(); showError("Say in a comment what went wrong."); } else next();
    keepDraft();
  };
  const digit = (key) => {
    const cr = criteria[active];
    if (chosen(cr)?.dataset.standing === "fails" && (asking || needsReason(cr))) {
      const input = $(`input[data-reason="${key}"]`, cr);
      if (input) { chooseReason(cr, input); return; }
    }
    const input = $(`input[data-digit="${key}"]`, cr);
    if (input) choose(cr, input);
  };

  const draft = () => ({ version: Number(form.version.value), note: form.note.value, urgent: form.urgent.checked, evidence,
    marks: Object.fromEntries(criteria.filter(chosen).map((cr) => [cr.dataset.criterion, { level: Number(chosen(cr).value) || null, went_wrong: reason(cr)?.value || "" }])) });
  const keepDraft = () => {
    clearTimeout(saving);
    const item = current, text = JSON.stringify(draft());
    $("[data-saved]").textContent = "";
    saving = setTimeout(async () => {
      const data = new FormData(); data.set("draft", text);
      try { const answer = await post(item.dataset.save, data); if (answer.ok && item === current) $("[data-saved]").textContent = "Draft saved"; } catch { /* kept in the page; the next key tries again */ }
    }, 600);
  };
  const restore = (kept) => {
    form.note.value = kept.note || ""; form.urgent.checked = Boolean(kept.urgent); evidence = kept.evidence || [];
    criteria.forEach((cr) => {
      const mark = (kept.marks || {})[cr.dataset.criterion];
      if (!mark) return;
      const level = $(`input[name^=c][value="${mark.level ?? 0}"]`, cr); if (level) level.checked = true;
      const why = mark.went_wrong && $(`input[name^=w][value="${mark.went_wrong}"]`, cr); if (why) why.checked = true;
    });
  };

  const show = (item) => {
    current = item; shownAt = performance.now();
    form.reset(); evidence = []; active = 0; asking = false; showError("");
    all(".item", items).forEach((one) => { one.hidden = one !== item; });
    form.action = item.dataset.url; document.getElementById("skip").action = item.dataset.skip;
    form.done.value = done; document.getElementById("undo").done.value = done; document.getElementById("skip").done.value = done;
    if (item.dataset.draft) restore(JSON.parse(item.dataset.draft));
    $("[data-now]").textContent = inSitting + 1; $(".meter").value = inSitting;
    $("[data-minutes]").textContent = Math.max(1, Math.round((total - inSitting) * 45 / 60));
    $(".conv", item).scrollTop = 0; $(".m.target", item)?.scrollIntoView({ block: "center" });
    const first = criteria.findIndex((cr) => !chosen(cr)); active = first < 0 ? 0 : first;
    paint();
    $("[data-title]", item).focus({ preventScroll: true });
    window.plumbline.announce(`${inSitting + 1} of ${total}. ${item.dataset.kind} question.`);
    performance.mark("plumbline-item-shown");
  };

  const waiting = () => JSON.parse(localStorage.getItem(WAITING) || "[]");
  const setWaiting = (list) => { localStorage.setItem(WAITING, JSON.stringify(list)); const box = $("[data-offline]"); box.hidden = !list.length; box.textContent = list.length === 1 ? "1 grade waiting to send" : `${list.length} grades waiting to send`; };
  const sendWaiting = async () => {
    for (const one of waiting()) {
      try {
        const answer = await post(one.url, new URLSearchParams(one.body));
        if (answer.status >= 500) return;
        setWaiting(waiting().filter((other) => other.url !== one.url));
      } catch { return; }
    }
  };
  setInterval(() => { if (waiting().length) sendWaiting(); }, 5000);
  setWaiting(waiting());

  const addFresh = async (answer) => { if (answer.status === 200) items.insertAdjacentHTML("beforeend", await answer.text()); };
  const finish = () => { location.href = `${rv.dataset.finish}?done=${done}`; };
  const forward = (item) => {
    const following = all(".item", items).find((one) => one !== item);
    item.remove();
    if (inSitting >= total) { finish(); return; }
    if (following) show(following); else location.href = `${rv.dataset.page}?done=${done}`;
  };

  let sending = null;
  const submit = async () => {
    const left = open();
    if (left.length) { go(criteria.indexOf(left[0])); showError(`${left[0].dataset.name} is not graded yet.`); return; }
    if (performance.now() - shownAt < 250) return;
    if (criteria.some((cr) => reason(cr)?.value === "something_else") && !form.note.value.trim()) { showError("Say in a comment what went wrong."); form.note.focus(); return; }
    clearTimeout(saving);
    const item = current;
    form.seconds.value = Math.round((performance.now() - shownAt) / 1000); form.evidence.value = JSON.stringify(evidence);
    const body = new FormData(form);
    all(".item", items).forEach((one) => body.append("shown", one.dataset.itemId));
    const kept = draft();
    done += 1; inSitting += 1;
    const before = sending;
    const spare = all(".item", items).find((one) => one !== item);
    const request = (async () => { if (before) await before; return post(item.dataset.url, body); })();
    sending = request.catch(() => null);
    if (spare || inSitting >= total) { item.hidden = true; if (spare && inSitting < total) show(spare); }
    try {
      const answer = await request;
      if (answer.status === 422) { const why = await answer.json(); done -= 1; inSitting -= 1; item.dataset.draft = JSON.stringify(kept); show(item); showError(why.message); return; }
      if (!answer.ok) throw new Error(answer.status);
      await addFresh(answer);
      if (inSitting >= total) { finish(); return; }
    } catch {
      const plain = [...body.entries()].map(([name, value]) => [name, String(value)]);
      setWaiting([...waiting(), { url: item.dataset.url, body: plain }]);
      window.plumbline.announce("We could not send that grade. It is kept on this computer. We try again in 5 seconds.");
    }
    if (item === current) forward(item); else item.remove();
  };

  form.addEventListener("submit", (event) => { event.preventDefault(); submit(); });
  form.addEventListener("change", (event) => {
    const cr = event.target.closest(".cr");
    if (cr && event.target.name.startsWith("c")) { active = criteria.indexOf(cr); choose(cr, event.target); }
    else if (cr && event.target.name.startsWith("w")) chooseReason(cr, event.target);
    else keepDraft();
  });
  form.note.addEventListener("input", () => { showError(""); keepDraft(); });
  form.addEventListener("click", (event) => { const head = event.target.closest("[data-open]"); if (head) go(criteria.indexOf(head.closest(".cr"))); });
  form.note.addEventListener("keydown", (event) => {
    if (event.key === "Enter") { event.preventDefault(); if (event.ctrlKey || event.metaKey) submit(); else { form.note.blur(); } }
    if (event.key === "Escape") { event.stopPropagation(); form.note.blur(); }
  });
  document.getElementById("skip").addEventListener("submit", async (event) => {
    event.preventDefault();
    const item = current, body = new FormData(event.target);
    body.set("reason", event.submitter.value); all(".item", items).forEach((one) => body.append("shown", one.dataset.itemId));
    document.getElementById("skip-dialog").close();
    await addFresh(await post(item.dataset.skip, body));
    forward(item);
  });
  items.addEventListener("mouseup", () => {
    const picked = getSelection(), text = picked.toString().trim();
    const home = picked.anchorNode?.parentElement?.closest("[data-evidence]");
    if (!text || !home || !home.contains(picked.focusNode)) return;
    const where = home.dataset.evidence;
    evidence.push({ where: where === "answer" ? where : Number(where), text: text.slice(0, 2000) });
    try { picked.getRangeAt(0).surroundContents(document.createElement("mark")); } catch { /* spans several elements: kept, not painted */ }
    picked.removeAllRanges(); keepDraft();
  });

  const sheet = document.getElementById("definition");
  $("[data-definition]").addEventListener("click", (event) => { event.preventDefault(); sheet.showModal(); });
  const { keys } = window.plumbline;
  const say = (key, says, run, label) => keys.push({ key, says, run, label });
  for (const number of "123456789") keys.push({ key: number, says: "", run: () => digit(number), hidden: true });
  say("1 2 3", "Fails, partly, meets; moves on", () => {});
  say("0", "Can’t judge", () => digit("0"));
  say("ArrowUp", "Criterion before", () => go(active - 1), "↑"); say("ArrowDown", "Criterion after", () => go(active + 1), "↓");
  say("Enter", "Submit and next", () => { if (!document.activeElement.matches("a, button, summary")) submit(); else document.activeElement.click(); });
  say("u", "Undo the last grade", () => document.getElementById("undo").requestSubmit());
  say("s", "Skip", () => document.getElementById("skip-dialog").showModal());
  say("f", "Urgent", () => { form.urgent.checked = !form.urgent.checked; keepDraft(); });
  say("c", "Comment", () => form.note.focus());
  say("e", "Examples", () => { const box = $(".ex", criteria[active]); box.open = !box.open; });
  say("d", "Full definition", () => sheet.showModal());
  if (rv.hasAttribute("data-meets-all")) say("a", "Meets for all still open", () => {
    criteria.filter((cr) => !chosen(cr)).forEach((cr) => { $("input[data-standing=meets]", cr).checked = true; });
    next(); keepDraft();
  });
  say("t", "Passages", () => $("[data-passages]", current).focus());
  say("Escape", "Leave; your draft is kept", () => document.getElementById("leave").requestSubmit(), "Esc");
  $("[data-keys]").addEventListener("click", () => keys.find((one) => one.key === "?").run());
  setInterval(() => { const data = new FormData(); all(".item", items).forEach((one) => data.append("id", one.dataset.itemId)); if (!document.hidden) post(rv.dataset.hold, data).catch(() => {}); }, 300000);

  show($(".item", items));
})();

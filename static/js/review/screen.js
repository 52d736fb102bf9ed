// review/screen.js: the answers and the keys. The next answer is already in the page, hidden: a submit
// swaps at once and fetches the one after, while the grade goes up behind it (waiting.js).
"use strict";
(() => {
  const rv = document.getElementById("rv"),
    form = document.getElementById("grade");
  if (!rv || !form) return;
  rv.classList.add("js");
  const $ = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const { form: pane, drafts, waiting, post, announce, readKey, keys } = window.plumbline;
  const items = document.getElementById("items"),
    total = Number(rv.dataset.total);
  const TOO_SOON = 250,
    LEAVE_AT_LATEST = 3000;
  let current = null,
    shownAt = 0,
    stuck = false;
  let done = Number(rv.dataset.done),
    inSitting = Number(rv.dataset.inSitting);
  const sent = []; // what this page has graded, the newest last, so that Undo can name it

  const all_items = () => all(".item", items);
  window.plumbline.onScreen = () => all_items().map((one) => one.dataset.itemId);

  const count = () => {
    for (const one of [form, document.getElementById("undo"), document.getElementById("skip")]) one.done.value = done;
    $("[data-now]").textContent = inSitting + 1;
    $(".meter").value = inSitting;
    $("[data-minutes]").textContent = Math.max(1, Math.round(((total - inSitting) * 45) / 60));
  };
  const show = (item) => {
    current = item;
    shownAt = performance.now();
    stuck = false;
    all_items().forEach((one) => {
      one.hidden = one !== item;
    });
    form.action = item.dataset.url;
    form.held.value = item.dataset.held;
    document.getElementById("skip").action = item.dataset.skip;
    pane.restore(drafts.start(item) || (item.dataset.draft ? JSON.parse(item.dataset.draft) : null));
    count();
    $(".conv", item).scrollTop = 0;
    $(".m.target", item)?.scrollIntoView({ block: "center" });
    $("[data-title]", item).focus({ preventScroll: true });
    announce(`${inSitting + 1} of ${total}.${item.dataset.kind ? ` ${item.dataset.kind} question.` : ""}`);
    performance.mark("plumbline-item-shown");
  };
  const changed = () => {
    if (current) drafts.keep(current, pane.draft());
  };
  pane.onChange(changed);

  const page = () => `${rv.dataset.page}?done=${done}`;
  const finish = () => {
    location.href = `${rv.dataset.finish}?done=${done}`;
  };
  const addFresh = async ({ answer }) => {
    if (answer?.status !== 200) return;
    const html = await answer.text();
    if (html.includes("data-item-id")) items.insertAdjacentHTML("beforeend", html);
  };
  // On from `item`; where the server cannot be reached, stay: another page would only be the browser's error.
  const forward = (item, reached = true) => {
    const following = all_items().find((one) => one !== item);
    item.remove();
    if (inSitting < total && following) {
      show(following);
      return;
    }
    current = null;
    if (reached) {
      if (inSitting >= total) finish();
      else location.href = page();
      return;
    }
    stuck = true;
    pane.showError("No more answers are loaded. This page goes on by itself when what waits has gone up.");
  };
  waiting.listen(async (entry, result) => {
    if (entry.page === window.plumbline.pageId) await addFresh(result);
    if (!stuck || waiting.open().length) return;
    const ready = all_items().find((one) => one !== current);
    if (inSitting >= total) finish();
    else if (ready) show(ready);
    else location.href = page();
  });

  const bringBack = (item, draft) => {
    all_items()
      .filter((one) => one === item)
      .forEach((one) => one.remove());
    item.dataset.draft = JSON.stringify(draft);
    items.prepend(item);
    show(item);
  };
  const submit = async () => {
    if (!current || !pane.complete() || performance.now() - shownAt < TOO_SOON) return;
    const item = current,
      id = item.dataset.itemId,
      kept = pane.draft();
    form.seconds.value = Math.round((performance.now() - shownAt) / 1000);
    form.evidence.value = pane.evidence();
    const body = [...new FormData(form).entries()].filter(([name]) => name !== "csrfmiddlewaretoken");
    drafts.forget(id);
    done += 1;
    inSitting += 1;
    const says = {
      title: `${item.dataset.kind || "An answer"}, ${$(".conv .pane-h .fine", item).textContent}`,
      marks: pane.said(),
      note: kept.note,
    };
    const { id: entry, heard } = waiting.send({ what: "grade", item: id, url: item.dataset.url, body, says });
    const grade = { id, item, kept, entry };
    sent.push(grade);
    const spare = all_items().find((one) => one !== item);
    if (spare && inSitting < total) {
      item.remove();
      show(spare);
    } else {
      item.hidden = true;
      current = null;
    }
    const result = await heard;
    if (result.kind === "refused" && result.status === 422 && sent.includes(grade)) {
      sent.splice(sent.indexOf(grade), 1);
      waiting.drop(entry);
      done -= 1;
      inSitting -= 1;
      if (current) await drafts.flush();
      bringBack(item, kept);
      pane.showError(result.message);
    } else if (!current && sent.includes(grade)) forward(item, result.kind === "done" || result.kind === "refused");
  };

  // Undo names its grade, and waits for one that is on its way: it can only be taken back where it is.
  const undo = async () => {
    const grade = sent.pop();
    if (!grade) {
      takeBackNewest();
      return;
    }
    const entry = waiting.find(grade.entry),
      untouched = entry && !navigator.onLine && !entry.tried;
    if (entry?.refused || untouched) {
      waiting.drop(grade.entry);
      restore(grade);
      return;
    }
    $("[data-saved]").textContent = "Taking it back";
    const { heard } = waiting.send({
      what: "undo",
      item: grade.id,
      url: document.getElementById("undo").action,
      body: [
        ["assignment", grade.id],
        ["done", String(done)],
      ],
    });
    const result = await heard;
    $("[data-saved]").textContent = "";
    if (result.kind !== "refused" || entry) restore(grade);
    else pane.showError(`${result.message} Your grade stands.`);
  };
  const restore = (grade) => {
    done = Math.max(done - 1, 0);
    inSitting = Math.max(inSitting - 1, 0);
    if (current) drafts.flush();
    bringBack(grade.item, grade.kept);
    announce("Taken back. Grade it again.");
  };
  const takeBackNewest = async () => {
    const form_ = document.getElementById("undo");
    if (!form_.assignment.value) {
      pane.showError("There is nothing to undo.");
      return;
    }
    if (current) await drafts.flush();
    const result = await post(form_.action, new URLSearchParams(new FormData(form_)), { as: "review" });
    if (result.kind === "done") location.href = result.words.location;
    else {
      if (result.kind === "signed_out") waiting.signedOut(result.sign_in);
      pane.showError(`${result.message || "You are signed out."} Your last grade stands.`);
    }
  };

  const skip = async (reason) => {
    const item = current;
    if (!item) return;
    drafts.forget(item.dataset.itemId);
    const spare = all_items().some((one) => one !== item);
    const { heard } = waiting.send({
      what: "skip",
      item: item.dataset.itemId,
      url: item.dataset.skip,
      body: [
        ["reason", reason],
        ["done", String(done)],
      ],
    });
    if (spare) {
      forward(item);
      return;
    }
    item.hidden = true;
    current = null;
    const result = await heard;
    if (!current) forward(item, result.kind === "done" || result.kind === "refused");
  };
  // Leaving waits for the draft and what is on its way, but not for ever: both are kept on this computer.
  const leave = async () => {
    const late = new Promise((resolve) => setTimeout(resolve, LEAVE_AT_LATEST));
    await Promise.race([late, Promise.all([drafts.flush(), waiting.open().length ? waiting.pump() : null])]);
    const result = await post(document.getElementById("leave").action, new URLSearchParams(), { as: "review" });
    if (result.kind === "done" || result.kind === "signed_out")
      location.href = result.words?.location || rv.dataset.home;
    else pane.showError(`${result.message} You cannot leave by this key now; your draft is kept on this computer.`);
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  document.getElementById("undo").addEventListener("submit", (event) => {
    event.preventDefault();
    undo();
  });
  document.getElementById("leave").addEventListener("submit", (event) => {
    event.preventDefault();
    leave();
  });
  document.getElementById("skip").addEventListener("submit", (event) => {
    event.preventDefault();
    document.getElementById("skip-dialog").close();
    skip(event.submitter.value);
  });
  form.note.addEventListener("keydown", (event) => {
    if (readKey.composing(event)) return; // Enter and Esc belong to the input method then
    if (event.key === "Enter") {
      event.preventDefault();
      if (event.repeat) return;
      if (event.ctrlKey || event.metaKey) submit();
      else form.note.blur();
    }
    if (event.key === "Escape") {
      event.stopPropagation();
      form.note.blur();
    }
  });
  items.addEventListener("mouseup", () => {
    const picked = getSelection(),
      text = picked.toString().trim();
    const from = picked.anchorNode,
      home = (from?.closest ? from : from?.parentElement)?.closest("[data-evidence]");
    if (!text || !home || !home.contains(picked.focusNode)) return;
    pane.mark(home.dataset.evidence, text);
    try {
      picked.getRangeAt(0).surroundContents(document.createElement("mark"));
    } catch {
      /* spans several elements: kept, not painted */
    }
    picked.removeAllRanges();
  });

  const sheet = document.getElementById("definition");
  const openSheet = () => {
    drafts.flush();
    sheet.showModal();
  };
  $("[data-definition]").addEventListener("click", (event) => {
    event.preventDefault();
    openSheet();
  });
  const say = (key, says, run, label) => keys.push({ key, says, run, label });
  for (const number of "123456789") keys.push({ key: number, says: "", run: () => pane.digit(number), hidden: true });
  say("1 2 3", "Fails, partly, meets; moves on", () => {});
  say("0", "Can’t judge", () => pane.digit("0"));
  say("ArrowUp", "Criterion before", () => pane.step(-1), "↑");
  say("ArrowDown", "Criterion after", () => pane.step(1), "↓");
  say("Enter", "Submit and next", () => {
    if (!document.activeElement.matches("a, button, summary")) submit();
    else document.activeElement.click();
  });
  say("u", "Undo the last grade", undo);
  say("s", "Skip", () => document.getElementById("skip-dialog").showModal());
  say("f", "Urgent", pane.urgent);
  say("c", "Comment", () => form.note.focus());
  say("e", "Examples", pane.examples);
  say("d", "Full definition", openSheet);
  if (rv.hasAttribute("data-meets-all")) say("a", "Meets for all still open", pane.meetsAll);
  say("t", "Passages", () => {
    if (current) $("[data-passages]", current).focus();
  });
  say("Escape", "Leave; your draft is kept", leave, "Esc");
  $("[data-keys]").addEventListener("click", () => keys.find((one) => one.key === "?").run());

  setInterval(async () => {
    if (document.hidden || !all_items().length) return;
    const data = new URLSearchParams();
    all_items().forEach((one) => data.append("id", one.dataset.itemId));
    const result = await post(rv.dataset.hold, data, { as: "review" });
    if (result.kind === "signed_out") waiting.signedOut(result.sign_in);
  }, 300000);

  // An answer whose grade still waits to go up is in hand at the server, but done here.
  const graded = new Set(
    waiting
      .open()
      .filter((one) => one.what !== "undo")
      .map((one) => one.item),
  );
  const first = all_items().find((one) => !graded.has(one.dataset.itemId));
  all_items()
    .filter((one) => graded.has(one.dataset.itemId))
    .forEach((one) => {
      if (first) one.remove();
      else one.hidden = true;
    });
  if (first) show(first);
  else {
    stuck = true;
    pane.showError("Your grades wait to go up. This page goes on by itself then.");
    waiting.pump();
  }
})();

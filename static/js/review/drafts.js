// review/drafts.js: every key is kept on this computer at once and on the server half a second later.
// "Draft saved" is said when the server has it, never before.
"use strict";
(() => {
  const rv = document.getElementById("rv");
  if (!rv) return;
  const { post, waiting } = window.plumbline;
  const KEY = "plumbline-drafts:" + document.body.dataset.person;
  const PAUSE = 600,
    AGAIN = 5000,
    KEEPALIVE = 60000; // bytes that may go out while a page closes
  const box = document.querySelector("[data-saved]");
  let timer = 0,
    line = Promise.resolve(),
    keeps = true,
    current = null;
  let memory = {};

  const read = () => {
    if (!keeps) return memory;
    try {
      return JSON.parse(localStorage.getItem(KEY)) || {};
    } catch {
      return memory;
    }
  };
  const write = (drafts) => {
    memory = drafts;
    try {
      localStorage.setItem(KEY, JSON.stringify(drafts));
      keeps = true;
    } catch {
      keeps = false;
    }
  };
  const forget = (id) => {
    const drafts = read();
    delete drafts[id];
    write(drafts);
  };
  const say = (text) => {
    box.textContent = text;
  };

  const send = async (id, keepalive = false) => {
    const one = read()[id];
    if (!one) return true;
    const data = new URLSearchParams({ draft: one.text });
    const result = await post(one.url, data, { as: "review", keepalive: keepalive && one.text.length < KEEPALIVE / 3 });
    if (result.kind === "done") {
      if (read()[id]?.text === one.text) {
        forget(id);
        if (id === current) say("Draft saved");
      }
      waiting.signedOut("");
      return true;
    }
    if (result.kind === "signed_out") waiting.signedOut(result.sign_in);
    if (id === current) {
      const here = keeps ? "Draft kept on this computer" : "Draft not saved: this browser keeps nothing";
      say(result.kind === "refused" ? `Draft not saved. ${result.message}` : `${here}, not on the server yet`);
      if (result.kind !== "refused") {
        clearTimeout(timer);
        timer = setTimeout(() => flush(id), AGAIN);
      }
    }
    return false;
  };
  // One after the other: an older draft never lands on a newer one.
  const flush = (id = current) => {
    clearTimeout(timer);
    line = line.then(() => send(id)).catch(() => false);
    return line;
  };

  const leaving = () => {
    if (current && read()[current]) {
      clearTimeout(timer);
      send(current, true);
    }
  };
  addEventListener("pagehide", leaving);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) leaving();
  });
  for (const name of ["online", "focus"])
    addEventListener(name, () => {
      if (current && read()[current]) flush();
    });

  window.plumbline.drafts = {
    // A fresh answer is on screen: the draft this computer has beyond the server's, if any.
    start: (item) => {
      current = item.dataset.itemId;
      say("");
      const kept = read()[current];
      if (kept) timer = setTimeout(() => flush(current), PAUSE);
      return kept ? JSON.parse(kept.text) : null;
    },
    keep: (item, draft) => {
      const id = item.dataset.itemId;
      write({ ...read(), [id]: { url: item.dataset.save, text: JSON.stringify(draft), at: Date.now() } });
      say("");
      clearTimeout(timer);
      timer = setTimeout(() => flush(id), PAUSE);
    },
    forget: (id) => {
      clearTimeout(timer);
      forget(id);
    },
    flush,
  };

  // Drafts that nobody came back to for a month.
  const month = 30 * 86400 * 1000,
    drafts = read();
  const fresh = Object.fromEntries(Object.entries(drafts).filter(([, one]) => Date.now() - one.at < month));
  if (Object.keys(fresh).length < Object.keys(drafts).length) write(fresh);
})();

// waiting.js: grades on their way. Each is put by on this computer first and goes only when the server
// has it, so no network, no sign-in and no closed tab loses one. Kept for each person by themselves;
// every page sends what waits.
"use strict";
(() => {
  const person = document.body.dataset.person;
  if (!person) return;
  const { announce, token } = window.plumbline;
  const KEY = "plumbline-waiting:" + person,
    PATIENCE = 20000,
    AGAIN = 5000,
    SLOW = 4000;
  const strip = document.querySelector("[data-offline]"),
    sheet = document.getElementById("refused");
  const asked = new Map(); // entry id -> who on this page waits to hear how its first try went
  let memory = null; // the list, where the browser keeps nothing
  let said = "",
    signIn = "",
    timer = 0,
    running = null;
  const listeners = [];

  const read = () => {
    if (memory) return memory;
    try {
      return JSON.parse(localStorage.getItem(KEY)) || [];
    } catch {
      return [];
    }
  };
  const write = (list) => {
    try {
      localStorage.setItem(KEY, JSON.stringify(list));
      memory = null;
    } catch {
      memory = list;
    }
    show();
  };
  const change = (id, how) => write(read().map((one) => (one.id === id ? { ...one, ...how } : one)));
  const drop = (id) => write(read().filter((one) => one.id !== id));
  const open = () => read().filter((one) => !one.refused);

  // One post of a script of ours. `kind` says what became of it:
  // done, refused (with words), signed_out, or later (no network, a fault of ours, a token too old).
  const post = async (url, data, { as = "waiting", keepalive = false } = {}) => {
    const once = () =>
      fetch(url, {
        method: "POST",
        body: data,
        credentials: "same-origin",
        keepalive,
        signal: AbortSignal.timeout?.(PATIENCE),
        headers: { "X-Plumbline": as, "X-Plumbline-Person": person, "X-CSRFToken": token() },
      });
    try {
      let answer = await once(),
        words = await wordsOf(answer);
      if (answer.status === 403 && words.code === "token") {
        answer = await once();
        words = await wordsOf(answer);
      }
      return outcome(answer, words);
    } catch {
      return { kind: "later", message: "We cannot reach Plumbline." };
    }
  };
  const wordsOf = async (answer) => {
    if (!answer.headers.get("Content-Type")?.includes("json")) return {};
    try {
      return await answer.clone().json();
    } catch {
      return {};
    }
  };
  const outcome = (answer, words) => {
    // A network's own page (a hotel's, a firm's) is no answer, whatever its status says.
    if (answer.redirected || !answer.headers.has("X-Plumbline"))
      return { kind: "later", message: "We cannot reach Plumbline." };
    const { status } = answer,
      message = words.message || "";
    if (answer.ok) return { kind: "done", answer, words };
    if (status === 401) return { kind: "signed_out", sign_in: words.sign_in };
    if (words.code === "other_person") return { kind: "later", message, stop: true };
    if (status === 403 || status === 408 || status === 425 || status === 429 || status >= 500)
      return { kind: "later", message, status };
    return { kind: "refused", message: message || "That was not taken.", status };
  };

  const bodyOf = (entry, here) => {
    const body = new URLSearchParams(entry.body);
    if (here) window.plumbline.onScreen().forEach((id) => body.append("shown", id));
    return body;
  };
  const tell = (entry, result) => {
    listeners.forEach((listen) => listen(entry, result));
    asked.get(entry.id)?.(result);
    asked.delete(entry.id);
  };
  const settle = (entry, result) => {
    if (result.kind === "done" || (entry.what === "undo" && result.kind === "refused")) drop(entry.id);
    else if (result.kind === "refused") change(entry.id, { refused: result.message });
    else change(entry.id, { tried: (entry.tried || 0) + 1 });
    tell(entry, result);
  };

  // In the order they were given, one at a time. A fault of ours with one does not hold up the others,
  // but what is about the same answer keeps its order.
  const sendAll = async () => {
    const behind = new Set();
    let trouble = null;
    for (const { id } of open()) {
      const entry = open().find((one) => one.id === id);
      if (!entry || behind.has(entry.item)) continue;
      const here = entry.page === window.plumbline.pageId && Boolean(window.plumbline.onScreen);
      const result = await post(entry.url, bodyOf(entry, here), { as: here ? "review" : "waiting" });
      settle(entry, result);
      if (result.kind === "done" || result.kind === "refused") continue;
      trouble = result;
      behind.add(entry.item);
      if (result.kind === "signed_out" || result.stop || !result.status || result.status !== 500) break;
    }
    signIn = trouble?.kind === "signed_out" ? trouble.sign_in || document.body.dataset.signIn : "";
    said = trouble?.message || "";
    // Another tab may have sent what this one asked about, or it stands behind what did not go.
    for (const [id, hear] of asked) {
      const entry = read().find((one) => one.id === id);
      if (!entry) hear({ kind: "done" });
      else if (entry.refused) hear({ kind: "refused", message: entry.refused });
      else if (trouble) hear(trouble);
      else continue;
      asked.delete(id);
    }
  };
  // One tab at a time; where the browser has no locks, the server still stores the same grade once.
  const alone = (work) => (navigator.locks ? navigator.locks.request(KEY, work) : work());
  const pump = () => {
    running = (running || Promise.resolve())
      .then(() => alone(sendAll))
      .catch(() => {})
      .then(() => {
        clearTimeout(timer);
        const tries = Math.max(0, ...open().map((one) => one.tried || 0));
        if (open().length) timer = setTimeout(pump, tries > 12 ? 6 * AGAIN : AGAIN);
        show();
      });
    return running;
  };

  const counted = (list) => {
    const many = (what, noun) => {
      const n = list.filter((one) => one.what === what).length;
      return n && `${n} ${noun}${n === 1 ? "" : "s"}`;
    };
    return [many("grade", "grade"), many("skip", "skip"), many("undo", "undo")].filter(Boolean).join(" and ");
  };
  const words = (list) => {
    const they = list.length === 1 ? "it goes up by itself" : "they go up by themselves";
    if (signIn)
      return list.length
        ? `${counted(list)} waiting to send. You are signed out: sign in again in a new tab; ${they}.`
        : "You are signed out. Sign in again in a new tab; what you do here is kept on this computer.";
    if (memory) {
      const why = "This browser keeps nothing (its storage is full or switched off): leave this page open";
      return `${counted(list)} waiting to send. ${why}; ${they}.`;
    }
    return `${counted(list)} waiting to send. ${said ? said + " " : ""}Your work is kept on this computer; ${they}.`;
  };
  let shownWords = "";
  const show = () => {
    if (!strip) return;
    // What goes straight through is no news; what was tried in vain, or cannot be kept, is.
    const all = read(),
      bad = all.filter((one) => one.refused);
    const late = all.some((one) => !one.refused && (one.tried || Date.now() - Date.parse(one.at) > SLOW));
    const waits = signIn || late || (memory && open().length) ? words(open()) : "";
    const lost = bad.length ? `${counted(bad)} could not be saved.` : "";
    strip.hidden = !waits && !lost;
    strip.querySelector("[data-words]").textContent = [waits, lost].filter(Boolean).join(" ");
    const link = strip.querySelector("a");
    link.hidden = !signIn;
    if (signIn) link.href = signIn;
    strip.querySelector("button").hidden = !bad.length;
    if (shownWords !== waits + lost) {
      shownWords = waits + lost;
      if (shownWords) announce(shownWords);
    }
  };

  // What the server refused stays readable, with everything that was chosen, until its person decides.
  const line = (tag, text, className = "") =>
    Object.assign(document.createElement(tag), { textContent: text, className });
  const button = (text, run) => {
    const one = line("button", text, "btn btn-sm");
    one.type = "button";
    one.addEventListener("click", run);
    return one;
  };
  const list = () => {
    const bad = read().filter((one) => one.refused);
    if (!bad.length) {
      sheet.close();
      return;
    }
    sheet.querySelector("ul").replaceChildren(
      ...bad.map((one) => {
        const row = document.createElement("li"),
          acts = line("div", "", "actions mt");
        acts.append(
          button("Try again", () => {
            change(one.id, { refused: "" });
            pump().then(list);
          }),
          button("Throw it away", () => {
            drop(one.id);
            list();
          }),
        );
        row.append(
          line("b", one.says?.title || "A grade"),
          line("p", one.refused, "hint"),
          ...(one.says?.marks || []).map((mark) => line("p", mark)),
          ...(one.says?.note ? [line("p", one.says.note, "quote")] : []),
          acts,
        );
        return row;
      }),
    );
    if (!sheet.open) sheet.showModal();
  };
  strip?.querySelector("button").addEventListener("click", list);

  const newId = () => crypto.randomUUID?.() || String(Date.now()) + Math.random();
  window.plumbline.pageId = newId();
  Object.assign(window.plumbline, {
    post,
    waiting: {
      // Put by, then sent behind what waits already; the promise says how the first try went.
      send: (entry) => {
        const one = { ...entry, id: newId(), page: window.plumbline.pageId, at: new Date().toISOString() };
        write([...read(), one]);
        const heard = new Promise((resolve) => asked.set(one.id, resolve));
        pump();
        setTimeout(show, SLOW + 100);
        return { id: one.id, heard };
      },
      find: (id) => read().find((one) => one.id === id),
      open,
      drop,
      pump,
      listen: (listener) => listeners.push(listener),
      signedOut: (address) => {
        signIn = address;
        show();
      },
      keepsNothing: () => Boolean(memory),
    },
  });

  const soon = () => {
    if (open().length && !document.hidden) pump();
  };
  for (const name of ["online", "focus", "pageshow"]) addEventListener(name, soon);
  document.addEventListener("visibilitychange", soon);
  addEventListener("storage", (event) => {
    if (event.key === KEY) show();
  });
  addEventListener("beforeunload", (event) => {
    if (memory && open().length) event.preventDefault();
  });
  show();
  if (open().length) pump();
})();

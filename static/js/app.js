// What every page shares: g-then-letter, the key list, copy buttons, dialogs, toasts, the busy bar.
"use strict";
(() => {
  const body = document.body;
  // Some browsers keep a whole page for Back, even one they may not keep: what it shows may be of
  // somebody who signed out since. It is hidden and asked for again.
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    document.documentElement.hidden = true;
    location.reload();
  });
  const single = body.dataset.singleKeys !== "off";
  const announce = (text) => {
    document.getElementById("announce").textContent = text;
  };

  // On a phone the navigation scrolls sideways: show where we are.
  const here = document.querySelector(".nav [aria-current]");
  if (here) here.parentElement.scrollLeft = here.offsetLeft - here.parentElement.offsetLeft - 48;

  // One table: what the cheat sheet shows is what is handled.
  const keys = [{ key: "?", says: "Keys for this page", run: () => showKeys() }];
  const search = document.querySelector("[data-search]");
  // With Alt+Shift held, "/" is "?" on many layouts: there it is another key.
  if (search) keys.push({ key: single ? "/" : "q", says: "Search", run: () => search.focus() });
  document
    .querySelectorAll("[data-go]")
    .forEach((link) =>
      keys.push({ key: link.dataset.go, after: "g", says: link.dataset.says, run: () => link.click() }),
    );
  // Every list of the page in turn, also one that came later (what a search found).
  const move = (step) => {
    const links = [...document.querySelectorAll("[data-item]")];
    const at = links.indexOf(document.activeElement);
    links[Math.min(Math.max(at + step, 0), links.length - 1)]?.focus();
  };
  if (search || document.querySelector("[data-list]"))
    keys.push(
      { key: "j", says: "Down the list", run: () => move(1) },
      { key: "k", says: "Up the list", run: () => move(-1) },
    );
  // Days of a chart: the arrows walk them, Enter opens the one in focus as any link.
  const walking = () => document.activeElement?.closest("[data-walk]");
  const walk = (step) => {
    const days = [...walking().querySelectorAll("a")];
    const next = days[days.indexOf(document.activeElement) + step];
    if (!next) return;
    document.activeElement.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  };
  if (document.querySelector("[data-walk]"))
    keys.push(
      {
        key: "ArrowLeft",
        label: "←",
        says: "Day before, in a chart",
        always: true,
        when: walking,
        run: () => walk(-1),
      },
      { key: "ArrowRight", label: "→", says: "Day after, in a chart", always: true, when: walking, run: () => walk(1) },
    );
  // Signing in again elsewhere changes the token; the cookie has the newest.
  const token = () => /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1] || body.dataset.token;
  Object.assign(window.plumbline, { keys, single, announce, token });

  const showKeys = () => {
    const list = document.getElementById("keys-list");
    list.replaceChildren(
      ...keys
        .filter((one) => !one.hidden)
        .flatMap((one) => {
          const term = document.createElement("dt"),
            says = document.createElement("dd");
          const plain = (one.after ? one.after + " " : "") + (one.label || one.key);
          term.append(
            ...(single || one.always ? plain : "Alt+Shift+" + plain)
              .split(" ")
              .map((part) => Object.assign(document.createElement("kbd"), { textContent: part })),
          );
          says.textContent = one.says;
          return [term, says];
        }),
    );
    document.getElementById("keys").showModal();
  };

  const { readKey } = window.plumbline;
  const typing = (event) =>
    event.target.closest("input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]") ||
    document.querySelector("dialog[open]");
  // Enter held down presses a button or sends a form again and again; nobody means that.
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.repeat && event.key === "Enter" && !event.target.closest("textarea, [contenteditable]"))
        event.preventDefault();
    },
    true,
  );
  let first = "";
  document.addEventListener("keydown", (event) => {
    if (readKey.composing(event) || event.repeat || typing(event)) return;
    if (["Alt", "AltGraph", "CapsLock", "Shift", "Control", "Meta"].includes(event.key)) return; // for a key to come
    const plain = readKey.plain(event);
    const wanted = single ? plain : event.altKey && event.shiftKey && !event.ctrlKey && !event.metaKey;
    const key = single ? readKey.single(event) : readKey.withAlt(event);
    const hit = keys.find(
      (one) =>
        one.key === key && (one.after || "") === first && (one.always ? plain : wanted) && (!one.when || one.when()),
    );
    first = wanted && key === "g" && !first ? "g" : "";
    if (hit) {
      event.preventDefault();
      hit.run(event);
    }
  });

  document.addEventListener("click", async (event) => {
    const copy = event.target.closest("[data-copy]");
    if (copy) {
      const source = copy.dataset.copy ? document.getElementById(copy.dataset.copy) : copy;
      await navigator.clipboard?.writeText(source.dataset.text || source.value || source.textContent);
      announce("Copied");
      copy.textContent = "Copied";
    }
    const opens = event.target.closest("[data-opens]");
    if (opens) {
      event.preventDefault();
      document.getElementById(opens.dataset.opens).showModal();
    }
    if (event.target.closest("[data-print]")) window.print();
  });

  const arm = (toast) => {
    let timer;
    const start = () => {
      timer = setTimeout(() => toast.remove(), 10000);
    };
    toast.addEventListener("mouseenter", () => clearTimeout(timer));
    toast.addEventListener("mouseleave", start);
    toast.addEventListener("focusin", () => clearTimeout(timer));
    toast.addEventListener("focusout", start);
    start();
  };
  document.querySelectorAll("[data-toast]").forEach(arm);
  new MutationObserver((changes) =>
    changes.forEach((change) => change.addedNodes.forEach((node) => node.matches?.("[data-toast]") && arm(node))),
  ).observe(document.getElementById("toasts"), { childList: true });

  const busy = document.getElementById("busy");
  let wait;
  body.addEventListener("htmx:beforeRequest", () => {
    wait = setTimeout(() => busy.classList.add("on"), 300);
  });
  body.addEventListener("htmx:afterRequest", () => {
    clearTimeout(wait);
    busy.classList.remove("on");
  });
  body.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRFToken"] = window.plumbline.token();
  });
  // A whole page is no fragment: go there instead. (Who wants a part of one says which.)
  body.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, etc, elt, requestConfig } = event.detail;
    if (etc?.select || elt.closest("[hx-select]") || !/^\s*<!doctype/i.test(xhr.responseText)) return;
    event.detail.shouldSwap = false;
    if (requestConfig.verb === "get") location.href = xhr.responseURL;
  });
  body.addEventListener("htmx:afterSwap", (event) => {
    const said = event.detail.target.querySelector?.("[data-says]");
    if (said) announce(said.dataset.says);
  });
  // What did not come is said in the place it was for; what asks again by itself needs no words.
  const failed = (event) => {
    const { target, elt, xhr } = event.detail;
    if (xhr?.status === 401 || !target || elt.matches("[hx-trigger^=every]")) return;
    const words = document.createElement("p");
    words.className = "callout warn";
    words.setAttribute("role", "alert");
    words.textContent = "That did not come through. Nothing was changed. Type again or press Enter to try once more.";
    target.replaceChildren(words);
  };
  for (const name of ["responseError", "sendError", "timeout"]) body.addEventListener("htmx:" + name, failed);
})();

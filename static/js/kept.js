// kept.js: what was typed into a form is not lost when its post does not arrive. The sign-in may be over,
// the line gone, the server ill. It stays in this tab, for its person alone, until the server says that it
// had it (a cookie brings back the number of the post); then it is put back, or for flags sent again.
"use strict";
(() => {
  const KEY = "plumbline-typed:",
    BUSY = 3000,
    TRIES = 3;
  const { token, announce } = window.plumbline;
  const { person } = document.body.dataset;
  const all = () => Object.keys(sessionStorage).filter((key) => key.startsWith(KEY));
  const read = (key) => {
    try {
      return JSON.parse(sessionStorage.getItem(key));
    } catch {
      return null;
    }
  };
  const arrived = ({ number }) => {
    const name = "plumbline_got_" + number;
    if (!document.cookie.split("; ").some((one) => one.startsWith(name + "="))) return false;
    document.cookie = name + "=; max-age=0; path=/; samesite=lax";
    return true;
  };
  const goesTo = (form) => new URL(form.getAttribute("action") || location.href, location.href).href;
  const posts = (form) => form.getAttribute("method")?.toLowerCase() === "post";
  const secret = (form) => form.querySelector("[type=password], [autocomplete=one-time-code]");
  const put = (form, name, value) => {
    const field =
      form.elements[name] || form.appendChild(Object.assign(document.createElement("input"), { type: "hidden", name }));
    field.value = value;
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || !posts(form)) return;
    // Pressed twice, or Enter held: the first one is on its way.
    if (Date.now() - Number(form.dataset.sentAt || 0) < BUSY) {
      event.preventDefault();
      return;
    }
    form.dataset.sentAt = Date.now();
    if (form.elements.csrfmiddlewaretoken) form.elements.csrfmiddlewaretoken.value = token();
    if (!person || secret(form) || form.hasAttribute("data-not-kept")) return;
    const number = (crypto.randomUUID?.() || String(Math.random()).slice(2)).slice(0, 13);
    const typed = [...new FormData(form, event.submitter)].filter(
      ([name, value]) => typeof value === "string" && !/^(csrfmiddlewaretoken|plumbline_)/.test(name),
    );
    const label = (event.submitter || form.querySelector("button"))?.textContent.trim() || "";
    const before = read(KEY + person),
      again = before?.action === goesTo(form) ? before.tries || 0 : 0;
    try {
      sessionStorage.setItem(
        KEY + person,
        JSON.stringify({
          number,
          person,
          label,
          action: goesTo(form),
          fields: typed,
          page: location.pathname + location.search,
          sends: form.hasAttribute("data-sends-itself"),
          tries: again + 1,
        }),
      );
    } catch {
      return;
    } // nothing can be kept; the post goes as ever
    put(form, "plumbline_person", person);
    put(form, "plumbline_kept", number);
  });

  const button = (text, run, more = "") => {
    const one = Object.assign(document.createElement("button"), {
      type: "button",
      textContent: text,
      className: "btn btn-sm " + more,
    });
    one.addEventListener("click", run);
    return one;
  };
  const callout = (text, ...acts) => {
    const box = document.createElement("div"),
      words = document.createElement("span"),
      row = document.createElement("div");
    box.className = "callout warn kept";
    box.setAttribute("role", "alert");
    row.className = "actions";
    words.textContent = text;
    row.append(...acts);
    box.append(words, row);
    document.querySelector("[data-kept]")?.remove();
    box.dataset.kept = "";
    return box;
  };
  const sendNow = (kept) => {
    const form = Object.assign(document.createElement("form"), { method: "post", action: kept.action, hidden: true });
    form.toggleAttribute("data-sends-itself", kept.sends);
    kept.fields.forEach(([name, value]) =>
      form.append(Object.assign(document.createElement("textarea"), { name, value })),
    );
    put(form, "csrfmiddlewaretoken", token());
    document.body.append(form);
    form.requestSubmit();
  };
  // The fields as they were, where the form is on this page; hidden ones too: a version that is known to
  // be older is refused in words, not written over a newer one.
  const putBack = (kept) => {
    const form = [...document.forms].find(
      (one) => posts(one) && goesTo(one) === kept.action && kept.fields.some(([name]) => one.elements[name]),
    );
    if (!form) return null;
    for (const one of form.elements) {
      const values = kept.fields.filter(([name]) => name === one.name).map(([, value]) => value);
      if (one.type === "radio" || one.type === "checkbox") one.checked = values.includes(one.value);
      else if (one.tagName === "SELECT" && one.multiple)
        for (const option of one.options) option.selected = values.includes(option.value);
      else if (values.length && one.tagName !== "BUTTON" && one.type !== "file") one.value = values[0];
    }
    return form;
  };
  const shorten = (text) => ([...text].length > 160 ? [...text].slice(0, 160).join("") + "…" : text);
  const offer = (key, kept) => {
    if (kept.sends && kept.tries < TRIES) {
      announce("It is sent now.");
      sendNow(kept);
      return;
    }
    const away = () => {
      sessionStorage.removeItem(key);
      document.querySelector("[data-kept]")?.remove();
    };
    const form = putBack(kept);
    const typed = kept.fields
      .map(([, value]) => value)
      .filter((value) => /\s/.test(value.trim()))
      .map(shorten);
    const box = form
      ? callout(
          "This did not arrive before. What you typed is back: look it over and send it again.",
          button("Throw it away", () => {
            form.reset();
            away();
          }),
        )
      : callout(
          `This did not arrive${typed.length ? `: “${typed.join("” “")}”` : kept.label ? `: ${kept.label}` : "."}`,
          button("Send it now", () => sendNow(kept), "btn-primary"),
          button("Throw it away", away),
        );
    const place = form || document.querySelector("main");
    if (form) place.before(box);
    else place.prepend(box);
    box.scrollIntoView({ block: "nearest" });
  };

  const look = () => {
    for (const key of all()) {
      const kept = read(key);
      if (!kept || arrived(kept)) {
        sessionStorage.removeItem(key);
        continue;
      }
      if (kept.person === person) offer(key, kept);
      if (!person) document.querySelector("[data-unsent]")?.removeAttribute("hidden");
    }
  };
  look();
  addEventListener("pageshow", (event) => {
    if (event.persisted) {
      for (const form of document.forms) delete form.dataset.sentAt;
      look();
    }
  });
})();

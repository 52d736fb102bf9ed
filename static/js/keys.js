// keys.js: which key was meant, whatever layout it was pressed on. One reading for every page.
"use strict";
window.plumbline = window.plumbline || {};
(() => {
  const ASKING = { "؟": "?", "？": "?", "\u037e": "?", "՞": "?", "¿": "?" };
  const ASCII = /^[\x20-\x7e]$/;

  // Letters, digits and signs of Latin layouts are taken as they are written: on Dvorak or AZERTY a
  // letter sits elsewhere. Where the key writes none of them (Cyrillic, Greek, Arabic, accents of a
  // French digit row), its place says which was meant.
  const written = (event) => {
    const { key, code, shiftKey } = event;
    if (ASKING[key]) return ASKING[key];
    if (/^[a-z]$/i.test(key)) return key.toLowerCase();
    if (/^[0-9]$/.test(key)) return key;
    const digit = /^(?:Digit|Numpad)(\d)$/.exec(code)?.[1];
    if (ASCII.test(key)) return !shiftKey && digit && !"/?".includes(key) ? digit : key;
    const named = /^[A-Z][A-Za-z0-9]+$/.test(key) && key !== "Unidentified";
    if (named || shiftKey) return key;
    return digit ?? /^Key([A-Z])$/.exec(code)?.[1].toLowerCase() ?? key;
  };

  // With single keys switched off, Alt+Shift is held: signs above digits and Mac's letters are read by place.
  const writtenWithAlt = (event) => {
    const { key, code } = event;
    if (/^[a-z0-9]$/i.test(key)) return key.toLowerCase();
    const place = /^(?:Key|Digit|Numpad)([A-Z0-9])$/.exec(code)?.[1];
    return place ? place.toLowerCase() : ASKING[key] || (code === "Slash" ? "?" : key);
  };

  window.plumbline.readKey = {
    // Part of a word that an input method still puts together: never a key of ours.
    composing: (event) => event.isComposing || event.keyCode === 229 || event.key === "Process" || event.key === "Dead",
    plain: (event) => !(event.ctrlKey || event.altKey || event.metaKey || event.getModifierState?.("AltGraph")),
    // A single key as it was meant, or "" when Shift makes something else of a letter.
    single: (event) => {
      const key = written(event);
      return event.shiftKey && /^[a-z]$/.test(key) ? "" : key;
    },
    withAlt: writtenWithAlt,
  };
})();

// Improvements that no page needs: one press per form, keys on the case screen, focus on the error summary.
(() => {
  "use strict";

  const errors = document.getElementById("errors");
  if (errors) errors.focus();

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    form.querySelectorAll("button").forEach((button) => button.setAttribute("aria-disabled", "true"));
  });

  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return; // back from the browser's memory: the buttons must work again
    document.querySelectorAll("form[data-sent]").forEach((form) => {
      delete form.dataset.sent;
      form.querySelectorAll("button").forEach((button) => button.removeAttribute("aria-disabled"));
    });
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[type=button][aria-disabled=true][aria-describedby]");
    const why = button && document.getElementById(button.getAttribute("aria-describedby"));
    if (!why) return;
    why.tabIndex = -1;
    why.focus();
  });

  // A finding's link leads to its line; with script the caret goes there too.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-line]");
    const text = link && document.querySelector(".v-lines textarea");
    if (!text) return;
    const lines = text.value.split("\n");
    const line = Math.min(Number(link.dataset.line), lines.length);
    const start = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    setTimeout(() => { // after the browser has gone to the number of the line
      text.focus({ preventScroll: true });
      text.setSelectionRange(start, start + lines[line - 1].length);
    });
  });

  document.querySelectorAll("button[data-print]").forEach((button) => {
    button.hidden = false; // without script the browser's own menu prints
    button.addEventListener("click", () => window.print());
  });

  // Case screen: an element says its own key with data-key; a switch with data-keys-off turns them off for good.
  const keysOff = () => window.localStorage.getItem("keys") === "off";
  const toggle = document.querySelector("[data-keys-off]");
  if (toggle) {
    const show = () => {
      toggle.setAttribute("aria-pressed", String(keysOff()));
      document.querySelectorAll(".v-kbd").forEach((key) => { key.hidden = keysOff(); });
    };
    toggle.hidden = false;
    show();
    toggle.addEventListener("click", () => {
      window.localStorage.setItem("keys", keysOff() ? "on" : "off");
      show();
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || keysOff()) return;
    if (event.target.closest("input, select, textarea, [contenteditable]")) return;
    const target = document.querySelector(`[data-key="${CSS.escape(event.key.toUpperCase())}"]`);
    if (!target) return;
    event.preventDefault();
    target.click();
  });
})();

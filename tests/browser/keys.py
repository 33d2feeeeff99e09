"""A page by Tab alone: everything that can be pressed or filled is reached, in order, visibly, and let go again."""

from itertools import pairwise
from typing import Any

from playwright.sync_api import Page

MOST_STOPS_INSIDE = 6  # a day field has places of its own for year, month, day and calendar
WATCH = """() => {
  const looks = (one) => { const style = getComputedStyle(one); return [style.outlineStyle, style.outlineWidth,
    style.outlineColor, style.boxShadow].join(" ") };
  const around = (one) => [one, one.parentElement, one.closest("li"), one.closest("label")].filter(Boolean);
  const wanted = [], groups = new Set();
  const all = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex], [contenteditable]";
  for (const one of document.querySelectorAll(all)) {
    if (one.disabled || one.tabIndex < 0 || one.closest("[inert]")) continue;
    if (!one.checkVisibility({visibilityProperty: true})) continue;
    if (one.type === "radio") {
      const name = (one.form ? one.form.action : "") + " " + one.name;
      const own = [...document.getElementsByName(one.name)].filter((other) => other.form === one.form);
      if (groups.has(name) || (own.some((other) => other.checked) && !one.checked)) continue;
      groups.add(name);
    }
    wanted.push(one);
  }
  const before = new Map(wanted.flatMap(around).map((one) => [one, looks(one)]));
  const seen = window.keysSeen = [];
  window.keysStuck = () => document.activeElement === wanted.at(-1);
  document.addEventListener("focusin", ({target}) => {
    const at = wanted.indexOf(target);
    const is_shown = around(target).some((one) => before.has(one) ? before.get(one) !== looks(one) : true);
    seen.push([at, is_shown, target.outerHTML.slice(0, 120)]);
  });
  const lonely = [...document.forms].filter((form) => form.querySelector("input:not([type=hidden])")
    && !form.querySelector("button:not([type=button]), input[type=submit]"));
  return {
    wanted: wanted.map((one) => one.outerHTML.slice(0, 120)),
    inside: wanted.filter((one) => /^(date|time|month|datetime-local)$/.test(one.type)).length,
    jumps: [...document.querySelectorAll("[tabindex]")].filter((one) => one.tabIndex > 0).length,
    overlays: document.querySelectorAll("dialog, [popover], [aria-haspopup], [role=menu], [role=dialog]").length,
    lonely: lonely.map((form) => form.action),
  };
}"""


def problems(page: Page) -> list[str]:
    """What a keyboard meets on a page that was opened just now."""
    found = page.evaluate(WATCH)
    wanted = found["wanted"]
    for _ in range(len(wanted) + MOST_STOPS_INSIDE * found["inside"] + 1):
        page.keyboard.press("Tab")
    seen, is_stuck = page.evaluate("[window.keysSeen, window.keysStuck()]")
    return [
        *(f"Enter does not send the form to {action}" for action in found["lonely"]),
        *(["a positive tabindex changes the order"] if found["jumps"] else []),
        *(["a dialog or menu: prove that Escape closes it and gives the focus back"] if found["overlays"] else []),
        *([f"no way out of {wanted[-1]}"] if is_stuck and not found["inside"] else []),
        *_walked(wanted, seen),
    ]


def _walked(wanted: list[str], seen: list[Any]) -> list[str]:
    order = [at for at, _, _ in seen if at >= 0]
    first = order[: len(wanted)]
    unseen = [f"not reached by Tab: {wanted[at]}" for at in range(len(wanted)) if at not in order]
    jumps = [f"out of order: {wanted[b]}" for a, b in pairwise(first) if b != a + 1]
    hidden = [f"focus does not show: {text}" for _, is_shown, text in seen if not is_shown]
    return [*unseen, *(jumps if not unseen else []), *dict.fromkeys(hidden)]


def skips(page: Page) -> bool:
    """Whether the first Tab and Enter lead into the content, so that the next stop lies in it."""
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    inside = "document.activeElement.closest('main, footer') !== null"
    return bool(page.evaluate(f"location.hash === '#main' && {inside}"))

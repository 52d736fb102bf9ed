"""What axe finds on a page, by day and by night."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

OPTIONS: dict[str, Any] = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
# All that another theme can change.
OF_COLOURS: dict[str, Any] = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
}


def violations(page: Page) -> list[str]:
    """A line for each rule that is broken, in the light theme or in the dark one."""
    return _in_theme(page, "light", OPTIONS) + _in_theme(page, "dark", OF_COLOURS)


def _in_theme(page: Page, theme: str, options: dict[str, Any]) -> list[str]:
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    page.evaluate("Promise.all(document.getAnimations().map(one => one.finished))")
    return [
        f"{theme}: {one['id']} {[node['target'] for node in one['nodes']][:3]}"
        for one in Axe().run(page, options=options).response["violations"]
    ]

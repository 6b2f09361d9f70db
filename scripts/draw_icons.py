"""Draw the app's icons and splash screens from the mark.

    python scripts/draw_icons.py           writes frontend/public/icons/*.png

They are drawn by a browser, once, and committed: installing needs no browser.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.browser import open_browser  # noqa: E402

from goodfences.web.splash import GROUNDS, SPLASHES  # noqa: E402

ICONS = ROOT / "frontend" / "public" / "icons"
PAPER, PINE, CLAY = GROUNDS["light"], "#095b41", "#9e4421"
IN_THE_DARK = {PINE: "#82d2a8", CLAY: "#eead89"}
FENCE = '<path d="M3 8l3-4 3 4v17H3zM12 8l3-4 3 4v17h-6z"/><path d="M1 13h19v2.4H1zM1 19h19v2.4H1z"/>'
GATE = '<path fill="{gate}" d="M23 9l3-4 3 4v14l-6 2z"/>'
# Name, pixels, how much of the square the mark takes, and the ground. A maskable icon keeps to the middle.
DRAWN = [
    ("app-192", 192, 0.72, PAPER),
    ("app-512", 512, 0.72, PAPER),
    ("maskable-512", 512, 0.56, PAPER),
    ("apple-180", 180, 0.64, PAPER),
    ("badge-96", 96, 0.9, ""),
]


def drawing(share: float, ground: str) -> str:
    """The mark in the middle of a square of 100; a badge is a silhouette on nothing."""
    width = 100 * share
    scale, gate = width / 30, CLAY if ground else "#ffffff"
    left, top = (100 - 30 * scale) / 2 - scale, (100 - 22 * scale) / 2 - 3.5 * scale
    back = f'<rect width="100" height="100" fill="{ground}"/>' if ground else ""
    mark = f'<g fill="{PINE if ground else "#ffffff"}" transform="translate({left} {top}) scale({scale})">'
    whole = f"{back}{mark}{FENCE}{GATE.format(gate=gate)}</g>"
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">{whole}</svg>'


def main() -> None:
    ICONS.mkdir(parents=True, exist_ok=True)
    with open_browser() as browser:
        for name, pixels, share, ground in DRAWN:
            draw(browser, name, pixels, pixels, drawing(share, ground))
        for splash in SPLASHES:
            mark = drawing(0.3, GROUNDS[splash.scheme])
            for light, dark in IN_THE_DARK.items() if splash.scheme == "dark" else ():
                mark = mark.replace(light, dark)
            draw(browser, splash.name, splash.width * splash.ratio, splash.height * splash.ratio, mark)


def draw(browser: Browser, name: str, width: int, height: int, mark: str) -> None:
    """The mark in the middle, on its own ground all over."""
    page = browser.new_page(viewport={"width": width, "height": height})
    found = re.search(r'<rect [^>]*fill="([^"]+)"', mark)
    ground = found[1] if found else "none"
    style = f"body{{margin:0;background:{ground};display:grid;align-content:center;height:100vh}}"
    page.set_content(f"<style>{style}svg{{display:block;width:100vw}}</style>{mark}")
    page.screenshot(path=ICONS / f"{name}.png", omit_background=True)
    page.close()


if __name__ == "__main__":
    main()

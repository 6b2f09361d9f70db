"""Draw the app's icons from the mark: python scripts/draw_icons.py writes frontend/public/icons/*.png.

They are drawn by a browser, once, and committed: installing needs no browser.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.browser import open_browser  # noqa: E402

ICONS = ROOT / "frontend" / "public" / "icons"
PAPER, PINE, CLAY = "#faf8f3", "#0f5c43", "#9c4521"
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
            page = browser.new_page(viewport={"width": pixels, "height": pixels})
            page.set_content(f"<style>*{{margin:0}}svg{{display:block;width:100vw}}</style>{drawing(share, ground)}")
            page.screenshot(path=ICONS / f"{name}.png", omit_background=True)
            page.close()


if __name__ == "__main__":
    main()

"""The splash screens of iPhones, which make none of the manifest: a picture for each screen, light and dark."""

from __future__ import annotations

from dataclasses import dataclass

SCREENS = (
    (375, 667, 2), (414, 896, 2), (375, 812, 3), (390, 844, 3), (393, 852, 3), (402, 874, 3),
    (414, 896, 3), (420, 912, 3), (428, 926, 3), (430, 932, 3), (440, 956, 3),
)  # fmt: skip
"""Width and height upright, in CSS pixels, and how many real ones there are to each."""
GROUNDS = {"light": "#fbfaf6", "dark": "#0f1612"}
"""`--paper` of the design system, by color scheme: the `theme-color` of pages and manifest, which can't name it."""


@dataclass(frozen=True)
class Splash:
    """One picture, `name` among the icons, and the media query of the only screen that it fits."""

    width: int
    height: int
    ratio: int
    scheme: str

    @property
    def name(self) -> str:
        return f"splash-{self.width * self.ratio}x{self.height * self.ratio}-{self.scheme}"

    @property
    def media(self) -> str:
        return (
            f"(device-width: {self.width}px) and (device-height: {self.height}px)"
            f" and (-webkit-device-pixel-ratio: {self.ratio}) and (orientation: portrait)"
            f" and (prefers-color-scheme: {self.scheme})"
        )


SPLASHES = tuple(Splash(*screen, scheme) for screen in SCREENS for scheme in GROUNDS)

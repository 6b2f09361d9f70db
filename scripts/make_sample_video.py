"""Make the styleguide's sample video: an abstract street at night, 18 seconds, a key frame every 2 seconds.

.venv/bin/python scripts/make_sample_video.py frontend/public/sample.mp4
"""

from __future__ import annotations

import sys

import av
import numpy as np

WIDTH, HEIGHT, FPS, SECONDS = 640, 360, 10, 18


def picture(second: float) -> np.ndarray:
    """Sky, houses with lit windows, a road, and a light that passes."""
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    image[:] = (28, 36, 52)
    image[210:] = (38, 42, 48)
    for left, top in ((20, 90), (190, 120), (330, 70), (500, 110)):
        image[top:210, left : left + 120] = (46, 52, 64)
        image[top + 25 : top + 50, left + 20 : left + 45] = (196, 164, 92)
    image[268:272, ::1] = (78, 80, 82)
    at = int((second / SECONDS) * (WIDTH + 160)) - 120
    left, right = max(at, 0), min(at + 90, WIDTH)
    if left < right:
        image[235:262, left:right] = (150, 156, 160)
        image[245:253, max(right - 8, 0) : right] = (250, 240, 190)
    return image


def main() -> None:
    with av.open(sys.argv[1], "w", options={"movflags": "faststart"}) as target:
        stream = target.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.options = {"crf": "32", "g": str(2 * FPS), "sc_threshold": "0", "preset": "veryslow"}
        for number in range(FPS * SECONDS):
            target.mux(stream.encode(av.VideoFrame.from_ndarray(picture(number / FPS), format="rgb24")))
        target.mux(stream.encode())


if __name__ == "__main__":
    main()

"""Turns a decoded frame the way a player shows it, so that a copy needs no note that says how to turn it."""

from __future__ import annotations

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

Plane = NDArray[np.uint8]

_PLANAR = {"yuv420p", "yuvj420p"}


def upright(frame: VideoFrame) -> VideoFrame:
    """`frame` itself where it stands upright; else a turned copy with its time, in yuv420p or yuvj420p."""
    turns = round(frame.rotation / 90) % 4
    if not turns:
        return frame
    if frame.format.name not in _PLANAR:
        pts, duration, base = frame.pts, frame.duration, frame.time_base
        frame = frame.reformat(format="yuv420p")
        frame.pts, frame.duration, frame.time_base = pts, duration, base
    return of_planes([np.ascontiguousarray(np.rot90(plane, turns)) for plane in planes_of(frame)], frame)


def planes_of(frame: VideoFrame, *, copy: bool = True) -> list[Plane]:
    """The planes of a frame of 8 bits a sample: luma, and two of color at half the size."""
    found = []
    for plane in frame.planes:
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[: plane.height, : plane.width]
        found.append(rows.copy() if copy else rows)
    return found


def of_planes(planes: list[Plane], like: VideoFrame) -> VideoFrame:
    """A new frame of these planes, with the format and the time of `like`."""
    height, width = planes[0].shape
    made = VideoFrame(width, height, like.format.name)
    for plane, rows in zip(made.planes, planes, strict=True):
        padded = np.zeros((plane.height, plane.line_size), np.uint8)
        padded[:, : rows.shape[1]] = rows
        plane.update(padded.tobytes())
    made.pts, made.duration, made.time_base = like.pts, like.duration, like.time_base
    return made

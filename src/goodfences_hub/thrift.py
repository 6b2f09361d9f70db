"""Keeps memory small: where the C library would rather keep it at hand, and where a camera would like a lot of it."""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import sys
import threading
from contextlib import suppress
from functools import cache

import av._core

# glibc's malloc.h
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
LEAST_PRIORITY = 19
LARGE = 128 * 1024
ONE_PIECE = 64 * 1024 * 1024
"""A picture of 8K has 50 MB."""


def give_memory_back() -> None:
    """One heap for all threads, and large blocks back to the system as soon as they are freed.

    glibc gives each thread a heap of its own, and raises its thresholds once a large block was freed: with a thread a
    camera and a block a segment, a third of a hub's memory was held for nobody. Does nothing on another C library.
    """
    name = ctypes.util.find_library("c")
    mallopt = getattr(ctypes.CDLL(name), "mallopt", None) if name else None
    if mallopt is not None:
        for option, value in ((_ARENA_MAX, 1), (_TRIM_THRESHOLD, LARGE), (_MMAP_THRESHOLD, LARGE)):
            mallopt(option, value)


def be_humble() -> None:
    """Let this thread run when nothing else wants to, until it ends: recording comes first. On Linux, where a thread
    has a priority of its own."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LEAST_PRIORITY)


@cache
def bound_ffmpeg() -> None:
    """Let FFmpeg ask for no more than ONE_PIECE at once, in this process, from now on.

    It believes lengths that a camera names: one that announced two gigabytes of description got them, within the ten
    seconds that it had.
    """
    # A symbol is looked for in what the module is linked with, too: the wheel's own libavutil.
    ctypes.CDLL(av._core.__file__).av_max_alloc(ctypes.c_size_t(ONE_PIECE))

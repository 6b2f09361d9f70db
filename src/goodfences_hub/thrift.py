"""Keeps memory small where the C library would rather keep it at hand."""

from __future__ import annotations

import ctypes
import ctypes.util

# glibc's malloc.h
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
LARGE = 128 * 1024


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

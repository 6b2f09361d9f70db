"""Loading what a program is made of: modules, models, forms and views, which stay for as long as it runs."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def for_good() -> Iterator[None]:
    """What comes to be in this block is never looked through for garbage. Meanwhile that takes a third of the time
    that a program needs to start; later one page in a hundred would wait a fifth of a second for it."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()

"""What other rooms say of their own matters: whether one is still news when its note goes out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

IsNews = Callable[[str, datetime], bool]

_is_news: dict[str, IsNews] = {}


def on_is_news(about: str, is_news: IsNews) -> None:
    """Ask `is_news(subject, now)` before a note about that leaves. Registered in `AppConfig.ready`; twice is once."""
    _is_news[about] = is_news


def is_news(about: str, subject: str, now: datetime) -> bool:
    """True where nobody says otherwise."""
    return about not in _is_news or _is_news[about](subject, now)

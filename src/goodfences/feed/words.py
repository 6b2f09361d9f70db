"""How search reads the words of a post: no capitals, no accents, one and many alike."""

from __future__ import annotations

from goodfences.feed.models import Post, Word
from goodfences.searching import plain_words

MOST_WORDS = 300
MOST_TERMS = 6
_LONGEST = 24
_SHORTEST = 2


def words_of(*texts: str) -> list[str]:
    """The words of texts as they are compared, each once, in the order in which they come."""
    long_enough = (word for word in plain_words(*texts) if len(word) >= _SHORTEST)
    return list(dict.fromkeys(_singular(word)[:_LONGEST] for word in long_enough))


def index(post: Post) -> None:
    """Make what search knows of a post what it says now. In the caller's transaction."""
    found = words_of(post.title, post.text, post.outcome)[:MOST_WORDS]
    Word.objects.filter(post=post).exclude(word__in=found).delete()
    Word.objects.bulk_create(
        [Word(area_cell=post.area_cell, word=word, post=post) for word in found], ignore_conflicts=True
    )


def _singular(word: str) -> str:
    """`bikes` is found by `bike`, `luces` not by `luz`: near enough for both languages, and the same for both."""
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word

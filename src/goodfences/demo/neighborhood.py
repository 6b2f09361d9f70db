"""What the town's neighbors have told each other lately: written through the acts of the pages, then dated back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from goodfences import source
from goodfences.agencies import access
from goodfences.demo.cast import BY_KEY
from goodfences.feed import actions, portal
from goodfences.feed.guarding import Answers
from goodfences.feed.models import Comment, FeedEvent, Post
from goodfences.people.models import Account

_LIVED_HERE = timedelta(days=400)


@dataclass(frozen=True)
class Told:
    """A post of home number `home` so many hours ago; comments as (home, hours later, text)."""

    home: int
    hours: float
    kind: str
    title: str
    text: str
    comments: tuple[tuple[int, float, str], ...] = ()
    resolved: tuple[float, str] | None = None
    thanked: int = 0
    act: str = ""


POSTS = (
    Told(
        21, 700, "helped", "The bike from the rail yard is back",
        "Two neighbors shared what their street cameras had seen, and it stood in a cellar near by.", thanked=6,
    ),
    Told(
        14, 390, "unknown_visitor", "Somebody went from door to door and tried the handles",
        "In a gray jacket and a yellow helmet. He tried the handle of our door and of the next two.",
        ((30, 1, "He read the meter at ours as well."),), (20, "was the meter reader"), act="tried",
    ),
    Told(
        3, 170, "lost_found", "Found: a ring with four keys",
        "Beside the bench at the tram stop, with a small wooden fish on it. Tell me what else hangs there.",
        ((44, 2, "A blue tag from the swimming hall?"), (3, 3, "That is it. They lie in your letter box.")),
        (3.5, "back with their owner"), 2,
    ),
    Told(
        5, 120, "question", "¿Alguien conoce un buen taller de bicicletas por aquí?",
        "Se me rompió la cadena y no quiero cruzar media ciudad.",
        ((16, 4, "El de la calle de la estación, muy amable y barato."),), thanked=1,
    ),
    Told(
        9, 76, "crime", "A cargo bike was taken from our yard between two and four",
        "Two people cut the lock, stole it and drove off toward the harbor in a white van. I saw it all.",
        (
            (28, 2, "The same van stood across the street the evening before, with its lights off."),
            (9, 5, "Thank you. I told the police; they know the time now."),
        ),
    ),
    Told(
        33, 49, "hazard", "The third step at the park stairs is loose",
        "It tips when one steps on its left side. The city knows and comes on Thursday.",
        ((12, 1, "My mother fell there last week. Thank you for telling them."),), thanked=3,
    ),
    Told(
        18, 26, "missing_pet", "Milo is gone since yesterday evening",
        "A small brown dachshund with a red collar, very shy. He ran when the fireworks went off. Please don’t "
        "run after him; tell me where he was.",
        (
            (40, 2, "I heard a small dog bark behind the old mill this morning, around seven."),
            (7, 5, "He sat under the bridge an hour ago and went toward the gardens."),
        ),
        (9, "found, asleep under a porch three houses on"), 4,
    ),
    Told(
        48, 11, "thanks", "Thank you to whoever cleared the snow before our door",
        "I came home with a broken wrist and the way was free. That was kind.",
    ),
    Told(
        26, 5, "hazard", "A branch hangs in the wires over the bike path",
        "It came down in the night. I have called the city. Walk the other way round with children until they come.",
        ((2, 0.5, "They are here now and have closed the path."),), thanked=1,
    ),
    Told(1, 2, "question", "Whose gray cat sits on our stairs every morning?", "She is well fed and very polite."),
)  # fmt: skip
"""The oldest first."""


def tell() -> None:
    """Fill the feed of a town that has just been settled."""
    residents = Account.objects.filter(kind=Account.Kind.RESIDENT)
    residents.update(created_at=source.now() - _LIVED_HERE)
    neighbors = list(residents.order_by("pk"))
    for told in POSTS:
        _tell(told, neighbors)
    _agency()
    # Nobody was looking when this was told.
    FeedEvent.objects.all().delete()


def _tell(told: Told, neighbors: list[Account]) -> None:
    author = neighbors[told.home]
    at = source.now() - timedelta(hours=told.hours)
    post = actions.write_post(
        account=author,
        kind=told.kind,
        title=told.title,
        text=told.text,
        language=author.language,
        answers=Answers(act=told.act),
    )
    Post.objects.filter(pk=post.pk).update(written_at=at, told_at=at)
    for home, later, text in told.comments:
        writer = neighbors[home]
        said = actions.write_comment(account=writer, ref=post.ref, text=text, language=writer.language)
        Comment.objects.filter(pk=said.pk).update(written_at=at + timedelta(hours=later))
    for number in range(told.thanked):
        actions.thank(account=neighbors[(told.home + 3 + number) % len(neighbors)], ref=post.ref)
    if told.resolved is not None:
        later, outcome = told.resolved
        actions.resolve_post(account=author, ref=post.ref, outcome=outcome)
        ended = at + timedelta(hours=later)
        Post.objects.filter(pk=post.pk).update(resolved_at=ended, told_at=ended)


def _agency() -> None:
    account = Account.objects.get(email=BY_KEY["ada"].email)
    post = portal.write_post(
        officer=access.officer_of(account.pk),
        kind="hazard",
        title="The market street is closed on Saturday morning",
        text="A crane is set up between six and noon. Buses go round by the station.",
    )
    at = source.now() - timedelta(hours=30)
    Post.objects.filter(pk=post.pk).update(written_at=at, told_at=at)

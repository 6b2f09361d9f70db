"""Where an account is signed in: by browser, each to be ended from any other."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from goodfences import source
from goodfences.errors import NotFound
from goodfences.mail import outbox
from goodfences.people.models import Account, Browser, Glance

SEEN_EVERY = timedelta(hours=1)
FORGOTTEN_AFTER = timedelta(days=400)
"""A browser that wasn't used for so long is a new one again."""

_NAMES = (
    ("Edge", r"Edg(e|A|iOS)?/"),
    ("Opera", r"OPR/|Opera"),
    ("Samsung Internet", r"SamsungBrowser/"),
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Chrome", r"Chrome/|CriOS/|Chromium/"),
    ("Safari", r"Safari/"),
)
_SYSTEMS = (
    ("Android", r"Android"),
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Windows", r"Windows"),
    ("Mac", r"Mac OS X|Macintosh"),
    ("ChromeOS", r"CrOS"),
    ("Linux", r"Linux"),
)


def name_of(agent: str) -> str:
    """`Firefox on Linux`: what a person recognizes in what a browser says of itself; nothing finer is kept."""
    found = [next((name for name, sign in kinds if re.search(sign, agent)), "") for kinds in (_NAMES, _SYSTEMS)]
    return " on ".join(part for part in found if part) or "A program"


def shown(name: str) -> str:
    """What `name_of` found, in the reader's language."""
    browser, on, system = name.partition(" on ")
    if on:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return _("A program") if name == "A program" else name


@transaction.atomic
def signed_in(*, account: Account, token: str, agent: str, session_key: str) -> Browser:
    """Remember a sign-in. Into an account that has others, one from a new browser is told by email."""
    now = source.now()
    held = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    known = Browser.objects.filter(account=held, digest=source.token_digest(token)).first()
    if known is not None:
        known.name, known.session_key, known.last_seen_at = name_of(agent), session_key, now
        known.save(update_fields=["name", "session_key", "last_seen_at"])
        return known
    is_first = not Browser.objects.filter(account=held).exists()
    browser = Browser.objects.create(
        account=held,
        digest=source.token_digest(token),
        name=name_of(agent),
        session_key=session_key,
        first_seen_at=now,
        last_seen_at=now,
    )
    if not is_first:
        _tell(held, browser)
    return browser


def is_known(email: str, token: str) -> bool:
    """Whether the account of `email` has signed in in the browser with this cookie."""
    if not token:
        return False
    return Browser.objects.filter(account__email=email.strip().lower(), digest=source.token_digest(token)).exists()


def here(account: Account, token: str) -> Browser | None:
    """The browser with this cookie, where the account signed in in it."""
    return Browser.objects.filter(account=account, digest=source.token_digest(token)).first() if token else None


def seen(session_key: str) -> None:
    """The session was used just now."""
    Browser.objects.filter(session_key=session_key).update(last_seen_at=source.now())


def session_renamed(before: str, after: str) -> None:
    """Django gave a session another key, as it does when a password changes."""
    Browser.objects.filter(session_key=before).update(session_key=after)


def signed_out(session_key: str) -> None:
    """The browser stays known."""
    Browser.objects.filter(session_key=session_key).update(session_key="")


@transaction.atomic
def end(*, account: Account, ref: str) -> None:
    """Sign a browser out, at once and for good; it isn't known any more. Raises NotFound."""
    browser = Browser.objects.filter(account=account, ref=ref).first()
    if browser is None:
        raise NotFound
    _end([browser])


@transaction.atomic
def end_all(*, account: Account, but_session: str = "") -> int:
    """Sign out everywhere, or everywhere else; returns from how many browsers."""
    browsers = list(Browser.objects.filter(account=account).exclude(session_key=but_session))
    _end(browsers)
    return len(browsers)


@transaction.atomic
def sign_out_others(*, account: Account, but_sessions: Collection[str]) -> None:
    """The password changed: what was signed in by the old one isn't any more. The browsers stay known."""
    others = Browser.objects.filter(account=account).exclude(session_key__in=[*but_sessions, ""])
    Session.objects.filter(pk__in=list(others.values_list("session_key", flat=True))).delete()
    others.update(session_key="")


def forget_old() -> int:
    """Delete browsers that weren't seen for a year; returns how many."""
    return Browser.objects.filter(last_seen_at__lt=source.now() - FORGOTTEN_AFTER).delete()[0]


def glance(*, staff: Account, address: str, what: str) -> None:
    """Somebody of the staff saw or did something of the person who reads `address`, who can read so."""
    account = Account.objects.filter(email=address.strip().lower()).first()
    if account is not None:
        who = f"{staff.kind} {staff.name}".strip()
        Glance.objects.create(account=account, who=who[:80], what=what, at=source.now())


def _end(browsers: list[Browser]) -> None:
    keys = [browser.session_key for browser in browsers if browser.session_key]
    Session.objects.filter(pk__in=keys).delete()
    Browser.objects.filter(pk__in=[browser.pk for browser in browsers]).delete()


def _named(account: Account, browser: Browser) -> str:
    with translation.override(account.language):
        return shown(browser.name)


def _tell(account: Account, browser: Browser) -> None:
    outbox.queue(
        once=f"browser:{browser.pk}",
        to=account.email,
        template="new_browser",
        context={
            "browser": _named(account, browser),
            "signed_in_at": browser.first_seen_at.isoformat(),
            "link": f"{settings.SITE_URL}/accounts/signing-in/",
            "instance_name": settings.INSTANCE_NAME,
        },
        language=account.language,
        time_zone=account.time_zone,
    )

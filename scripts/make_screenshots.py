"""Take pictures of the main pages in the demo town: two widths, light and dark, into docs/img.

    PYTHONPATH=. python scripts/make_screenshots.py [--out FOLDER] [--full] [--only NAME ... | --all [--as NAME ...]]

With --all every page that each person of the town can click to, into a folder of its own a person. Every page of the
table of routes, in an instance that has one of everything: `PICTURES=FOLDER pytest tests/web/test_every_page.py`.

Plays the demo's story first, so that every page shows something; then asks twice more, so that something shared is
still there and an ask is open.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page
from tests.browser import READY, open_browser
from tests.tour import WINGS, route_of, tour

from goodfences.demo import launcher
from goodfences.demo.processes import free_port

ROOT = Path(__file__).resolve().parent.parent
WIDTHS = {390: 844, 1280: 900}
MAIN = (
    *("home", "record", "request", "today", "clip", "cover", "ask", "email"),
    *("feed", "guardrails"),
    *("numbers", "verify"),
    *("portal-new", "portal-request", "portal-video"),
)
"""What docs/img shows; the other pages are pictured when asked for."""


@dataclass(frozen=True)
class Shot:
    """A page as `who` sees it (None is the public), once what `press` selects was pressed there, from `at` on."""

    name: str
    who: str | None
    path: str
    press: str = ""
    at: str = ""


def shots() -> list[Shot]:
    """What is pictured, once the story has been played in the town."""
    from goodfences.demo import mailbox, scenario
    from goodfences.demo.cast import BY_KEY
    from goodfences.evidence.models import SharedVideo
    from goodfences.video_requests import letters
    from goodfences.video_requests.models import Ask

    scenario.play(lambda: None)
    # The story ends with a deletion: of another share there is still something to see.
    kept = scenario.ask()
    scenario.share(kept, scenario.mails(kept)[0])
    scenario.receive(kept)
    shared = SharedVideo.objects.latest("shared_at")
    request = scenario.ask()
    scenario.mails(request)
    ask = Ask.objects.get(video_request=request, owner__email=BY_KEY["olive"].email)
    entry = letters.ledger_url(request)
    letter = next(letter for letter in mailbox.letters(to=BY_KEY["olive"].email) if entry in letter.text)
    clip = ask.owner.households.get().cameras.first().clips.first()
    return [
        Shot("home", None, "/"),
        Shot("record", None, "/record/"),
        Shot("request", None, f"/record/requests/{shared.video_request.ref}/"),
        Shot("partners", None, "/record/partners/"),
        Shot("entry", None, f"/record/ledger/{request.ledger_index}/"),
        Shot("policy", None, "/record/policy/"),
        Shot("numbers", None, "/record/numbers/"),
        Shot("verify", None, "/record/verify/", press="[data-island='verify'] button", at="#browser"),
        Shot("today", "olive", "/home/"),
        Shot("clip", "olive", f"/home/clips/{clip.ref}/"),
        Shot("cover", "olive", f"/home/clips/{clip.ref}/cover/", press=".tools button:nth-child(2)"),
        Shot("feed", "olive", "/neighbors/"),
        Shot("guardrails", None, "/guardrails/"),
        Shot("cameras", "olive", "/cameras/"),
        Shot("ask", "olive", f"/requests/{ask.ref}/"),
        Shot("shared", "olive", "/requests/"),
        Shot("email", None, f"/demo/mail/{letter.key}/html/"),
        Shot("decline", None, scenario.decline_path(letter)),
        Shot("portal", "omar", "/portal/"),
        Shot("portal-new", "omar", "/portal/requests/new/"),
        Shot("portal-request", "omar", f"/portal/requests/{shared.video_request.ref}/"),
        Shot("portal-video", "omar", f"/portal/shared/{shared.ref}/"),
        Shot("portal-decide", "ada", f"/portal/requests/{request.ref}/"),
        Shot("staff", "otto", "/staff/"),
        Shot("demo", None, "/demo/"),
        Shot("sign-in", None, "/accounts/login/"),
    ]


@contextmanager
def page_of(browser: Browser, url: str, who: str | None) -> Iterator[Page]:
    """A window in which `who` is signed in."""
    context = browser.new_context(timezone_id="Europe/Helsinki")
    page = context.new_page()
    if who:
        page.goto(f"{url}/demo/")
        page.locator(f"form[action$='/sign-in/{who}/'] button").click()
        page.wait_for_load_state()
    yield page
    context.close()


def take(page: Page, url: str, shot: Shot, out: Path, *, full: bool) -> None:
    """The four pictures of one page."""
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        page.goto(url + shot.path)
        page.wait_for_function(READY, timeout=60_000)
        if shot.press:
            page.locator(shot.press).first.click()
        if shot.at:
            page.locator(shot.at).first.evaluate("it => it.scrollIntoView()")
        page.wait_for_timeout(1200)  # tiles and posters fade in
        both_schemes(page, out / f"{shot.name}-{width}", full=full)


def both_schemes(page: Page, path: Path, *, full: bool) -> None:
    """The page as it stands, light and dark."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_timeout(300)
        page.screenshot(path=path.with_name(f"{path.name}-{scheme}.png"), full_page=full)


def take_all(page: Page, url: str, name: str, out: Path, *, full: bool) -> None:
    """Four pictures of every page that `name` can click to."""
    start, wings = WINGS[name]
    out.mkdir(exist_ok=True)
    for met in tour(page, url + start, wings):
        route = route_of(met).replace(":", "-")
        for width, height in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_timeout(600)
            both_schemes(page, out / f"{route}-{width}", full=full)
        print(name, route, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Take pictures of the main pages.")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "img")
    parser.add_argument("--full", action="store_true", help="whole pages, not the first window")
    parser.add_argument("--only", nargs="*", default=MAIN, help="names of pages")
    parser.add_argument("--all", action="store_true", help="every page, not the main ones alone")
    parser.add_argument("--as", nargs="*", default=list(WINGS), choices=list(WINGS), dest="names", help="for --all")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    port = free_port()
    with tempfile.TemporaryDirectory() as folder, launcher.running(Path(folder), port):
        wanted = [shot for shot in shots() if shot.name in options.only]
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright keeps a loop in this thread
        url = launcher.address(port)
        with open_browser() as browser:
            for name in options.names if options.all else ():
                with page_of(browser, url, None if name == "nobody" else name.lower()) as page:
                    take_all(page, url, name, options.out / name.lower(), full=options.full)
            for shot in () if options.all else wanted:
                with page_of(browser, url, shot.who) as page:
                    take(page, url, shot, options.out, full=options.full)
                print(shot.name, flush=True)


if __name__ == "__main__":
    main()

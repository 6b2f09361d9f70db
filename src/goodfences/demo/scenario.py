"""The whole story, played by itself: each step is the act that a page calls, printed with the link to look at it."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import httpx
from django.conf import settings

from goodfences import places, source
from goodfences.agencies.models import Officer
from goodfences.clips.models import Clip
from goodfences.demo import aftermath, mailbox, progress, town
from goodfences.demo.cast import BY_KEY
from goodfences.demo.telling import StoryBroke, say, wait
from goodfences.evidence import command as verify_package
from goodfences.evidence import portal as evidence
from goodfences.evidence.models import SharedVideo
from goodfences.evidence.owner import actions as sharing
from goodfences.evidence.owner import choosing
from goodfences.ledger import command as verify_ledger
from goodfences.people.models import Account
from goodfences.video_requests import actions as requests
from goodfences.video_requests import asks
from goodfences.video_requests import letters as letters_of
from goodfences.video_requests.fields import RequestFields
from goodfences.video_requests.models import Ask, Matching, VideoRequest

REASON = (
    "A cyclist was hit at the corner and the driver left without stopping. "
    "We are looking for a light van with a broken right headlamp."
)
RADIUS_M = 420
SHARED_MS = 6000
AUDIENCE = 3
"""One who shares, one who declines, one who stays silent."""


def play(check_on_programs: Callable[[], None]) -> int:
    """Play the story in the running town; 0 when every step held. `check_on_programs` raises where one died."""
    try:
        wait_for_footage(check_on_programs)
        request = ask()
        olive, other, silent = mails(request)
        decline_from_email(other)
        say("A third home does nothing", f"{silent} keeps its email unread. Nobody will ever be told.", "/demo/mail/")
        share(request, olive)
        package = receive(request)
        omar, ada = _officer("omar"), _officer("ada")
        aftermath.hand_on(request, ada)
        aftermath.ask_and_answer(request, omar, olive)
        holds = check(request, package)
        aftermath.judge(request, omar, olive)
        return aftermath.delete(request, ada, olive) or holds
    except StoryBroke as broke:
        print(f"\nThe story broke: {broke}", file=sys.stderr)
        return 1


def wait_for_footage(check_on_programs: Callable[[], None]) -> None:
    """Until every camera's clip was uploaded and checked."""

    def ready() -> bool:
        check_on_programs()
        footage = progress.read()
        waiting = Clip.objects.filter(state=Clip.State.STORED, checked_at__isnull=True).exists()
        return footage.done and not waiting

    wait("Uploading the town's video", ready, seconds=300)
    count = Clip.objects.filter(checked_at__isnull=False).count()
    say("Cameras recorded", f"{count} clips of real street video came in, each sealed and checked.", "/demo/")


def _officer(key: str) -> Officer:
    return Officer.objects.select_related("agency").get(account__email=BY_KEY[key].email)


def ask() -> VideoRequest:
    """Omar writes a request around the town's middle, and Ada opens it."""
    omar, ada = _officer("omar"), _officer("ada")
    ends_at = source.now() - timedelta(minutes=5)
    fields = RequestFields(
        case_number=f"NG-2026-{int(ends_at.timestamp()) % 100_000:05}",
        incident_type="hit_and_run",
        reason=REASON,
        contact=omar.contact,
        place_name=town.homes()[0].street,
        area=places.area_from_circle(*town.center(), RADIUS_M),
        starts_at=ends_at - timedelta(hours=2),
        ends_at=ends_at,
    )
    draft = requests.save_draft(officer=omar, fields=fields)
    requests.submit(officer=omar, ref=draft.ref)
    say(
        "Omar asks",
        f"{omar.shown_as} drew an area, chose two hours and named a case.",
        f"/portal/requests/{draft.ref}/",
        "omar",
    )
    opened = requests.approve(officer=ada, ref=draft.ref)
    say("Ada opens it", "A second officer agreed, and it is public from now on.", f"/record/requests/{opened.ref}/")
    return opened


def mails(request: VideoRequest) -> tuple[Account, mailbox.Letter, str]:
    """Olive, the letter to somebody who will decline, and the address of somebody who stays silent."""

    def letters() -> list[mailbox.Letter] | None:
        if not Matching.objects.filter(video_request=request, finished_at__isnull=False).exists():
            return None
        if Ask.objects.filter(video_request=request).count() < AUDIENCE:
            raise StoryBroke(
                "Too few owners may be asked again: each gets at most three requests in seven days, of all agencies "
                "together. Empty the town by `make demo-reset`, and the story can be played again."
            )
        entry = letters_of.ledger_url(request)
        found = [letter for letter in mailbox.letters() if entry in letter.text]
        waiting = Ask.objects.filter(video_request=request, state=Ask.State.WAITING).exists()
        return found if not waiting and len(found) >= AUDIENCE else None

    found = wait("The owners' email", letters)
    say("The owners get an email", "It asks, and says that no is fine.", f"/demo/mail/{found[0].key}/")
    olive = Account.objects.get(email=BY_KEY["olive"].email)
    others = [letter for letter in found if olive.email not in letter.to]
    if len(others) == len(found):
        raise StoryBroke("Olive got no email.")
    in_english = set(Account.objects.filter(language="en").values_list("email", flat=True))
    others.sort(key=lambda letter: letter.to not in in_english)
    return olive, others[0], others[1].to


def decline_path(letter: mailbox.Letter) -> str:
    """Where the email's link to say no leads."""
    found = re.search(rf"{re.escape(settings.SITE_URL)}(/e/(?!look/|stop/)\S+)", letter.text)
    if found is None:
        raise StoryBroke("The email holds no link to decline.")
    return found[1]


def decline_from_email(letter: mailbox.Letter) -> None:
    """Open the email's link as a person without an account's session would, and press its one button."""
    path = decline_path(letter)
    with httpx.Client(base_url=settings.SITE_URL, follow_redirects=True) as client:
        client.get(path)
        answer = client.post(path, data={"act": "decline"})
    if answer.status_code != 200:
        raise StoryBroke(f"Declining from the email was answered {answer.status_code}.")
    say("A neighbor declines", f"{letter.to} pressed one button behind the link, without signing in.", path)


def share(request: VideoRequest, olive: Account) -> None:
    """Olive opens her ask and shares six seconds of a clip; returns once the agency has them."""
    ask = Ask.objects.get(video_request=request, owner=olive)
    asks.mark_opened(account=olive, ask_ref=ask.ref)
    clip = choosing.clips_of(ask)[0]
    start, end = choosing.inside_window(ask, clip)
    choice = choosing.Choice(clip_ref=clip.ref, starts_ms=start + 1000, ends_ms=min(end, start + 1000 + SHARED_MS))
    sharing.share(account=olive, ask_ref=ask.ref, cuts=[choice], told={})
    video = wait("Preparing the share", lambda: SharedVideo.objects.filter(video_request=request).first())
    length = (video.ends_at - video.starts_at).total_seconds()
    say(
        "Olive shares",
        f"{length:.1f} seconds of one clip, cut by key frames; no name, no sound.",
        f"/requests/{ask.ref}/",
        "olive",
    )


def receive(request: VideoRequest) -> Path:
    """Omar watches what was shared and downloads the package; where it lies."""
    omar = _officer("omar")
    video = evidence.videos_of(omar, request.ref).get()
    evidence.view(officer=omar, video_ref=video.ref)
    package = evidence.download(officer=omar, request_ref=request.ref)
    path = Path(settings.STATE) / package.file_name
    with path.open("wb") as file:
        file.writelines(package.chunks())
    say(
        "Omar watches and downloads",
        f"The evidence package lies in {path}",
        f"/portal/requests/{request.ref}/",
        "omar",
    )
    say("Olive sees that he did", "Who, when and for which case.", "/requests/", "olive")
    return path


def check(request: VideoRequest, package: Path) -> int:
    """Anyone checks the package and, once Omar has closed the request, the record; 0 where all holds."""
    print(f"\n  Anyone checks the package:  goodfences verify {package}\n", flush=True)
    package_holds = verify_package.main([str(package)])
    requests.close(officer=_officer("omar"), ref=request.ref)
    say(
        "Omar closes the request",
        "The public record says so, and how many videos came.",
        f"/record/requests/{request.ref}/",
    )
    print(f"\n  Anyone checks the record:  goodfences verify ledger {settings.SITE_URL}\n", flush=True)
    record_holds = verify_ledger.verify_ledger(settings.SITE_URL, None)
    return package_holds or record_holds

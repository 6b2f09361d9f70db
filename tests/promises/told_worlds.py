"""Worlds whose shared acts are a script: what officers press, what owners give, and how time goes by.

A step names nothing that isn't there: it takes the n-th request or video of the agencies, counted anew each time, and
does nothing where there is none. So a script is a function of what is shared, whatever its steps, and can be cut
short anywhere. Officers act through their pages; what each answered, refused or not, is kept beside what is seen at
the end. So is what the database was told meanwhile: an officer waits for the same statements, whatever is hidden.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from operator import methodcaller
from typing import Any

from django.db import connection

from goodfences import source
from goodfences.agencies.models import Agency, Officer
from goodfences.appeals import tasks as handed_in
from goodfences.appeals.models import Appeal, HandIn
from goodfences.auditing import tasks as auditing
from goodfences.auditing.models import Flag
from goodfences.errors import NotFound, Refused
from goodfences.evidence import portal, retention
from goodfences.evidence.models.after import Question, Reuse
from goodfences.evidence.owner import afterwards, letters, telling
from goodfences.ledger import actions as ledger
from goodfences.video_requests import actions as requests
from goodfences.video_requests.models import VideoRequest
from tests import story
from tests.promises import seen
from tests.promises.seen import Question as Asked
from tests.promises.seen import Seen
from tests.promises.worlds import BEGINNING, World

_SAVEPOINT = re.compile(r'"s\d+_x\d+"')
OF_THE_AGENCY = {
    "the asker": {"northgate": "omar", "harbor": "sam"},
    "the second": {"northgate": "ada", "harbor": "hank"},
}
"""Officers of the agency whose request or video it is: else most would be pressed by somebody who may not."""

WHO = (*OF_THE_AGENCY, *OF_THE_AGENCY, *OF_THE_AGENCY, "omar", "ada", "aggie", "audrey", "sam", "hank")
ON_REQUESTS: dict[str, dict[str, Any]] = {
    "request": {},
    "approve": {},
    "reject": {"rejection_reason": "No incident is named, so nobody should be asked."},
    "take_back": {},
    "close": {},
    "withdraw": {},
    "copy": {},
    "discard": {},
    "restore": {},
    "package": {},
    "helped": {"helped": "yes"},
}
ON_VIDEOS: dict[str, dict[str, Any]] = {
    "shared_video": {},
    "shared_after": {},
    "shared_hold": {"ground": "The trial is pending."},
    "shared_lift": {},
    "shared_hand_on": {"to": "defense", "name": "Public defender", "why": "The defense asked for it."},
    "shared_ask": {"text": "Did the rider stop before the corner?"},
    "shared_propose": {"case_number": "NG-77-1", "reason": story.REASON},
    "shared_open_reuse": {},
    "shared_answer": {"answer": "kept", "why": "The trial begins in March.", "law": "Evidence Code 412"},
    "shared_deletion_receipt": {},
}
ON_HANDED_IN: dict[str, dict[str, Any]] = {
    "appeal_package": {},
    "handed_in": {},
    "handed_in_hold": {"ground": "The trial is pending."},
    "handed_in_lift": {},
    "close_appeal": {},
}
LOOKED_AT = {"request", "shared_video", "shared_after", "shared_deletion_receipt", "handed_in"}
"""Pages; the others are pressed."""

OWNERS = ("answer", "allow", "ask_deletion")
Step = tuple[str, tuple[Any, ...]]
BEFORE: list[Step] = [("ask", ("northgate", True)), ("give", (0,)), ("ask", ("harbor", True)), ("give", (1,))]
"""What a story begins with, so that there is something to press."""


@dataclass
class ToldWorld(World):
    """A world that lives through `script`; `answers` is what each step was answered."""

    script: list[Step] = field(default_factory=list)
    answers: Seen = field(default_factory=dict)

    def _story(self) -> list[Any]:
        told = [methodcaller("_do", number, *step) for number, step in enumerate([*BEFORE, *self.script])]
        return [*map(methodcaller, BEGINNING), *told, methodcaller("_tell_more")]

    def _do(self, number: int, name: str, given: tuple[Any, ...]) -> None:
        self.now = f"{number} {name} {given}"
        try:
            getattr(self, f"do_{name}")(*given)
        except (Refused, NotFound) as error:
            self.answers["", self.now] = seen.Answer(0, (), "", repr(getattr(error, "problems", error)).encode())
        ledger.sign_checkpoint()
        self.requests = {str(one.pk): one for one in VideoRequest.objects.order_by("pk")}

    def do_ask(self, agency: str, opened: bool) -> None:
        """A request, which a second officer opens or which waits."""
        self._submit(agency)
        if opened:
            self._approve(agency)

    def do_press(self, who: str, button: str, number: int) -> None:
        if (one := _nth(list(VideoRequest.objects.order_by("pk")), number)) is not None:
            self._press(who, one.agency, button, one.ref, ON_REQUESTS[button])

    def do_press_video(self, who: str, button: str, number: int) -> None:
        if (video := _nth(self.videos, number)) is None:
            return
        given = dict(ON_VIDEOS[button])
        if button == "shared_hold":
            given["until"] = (source.now().date() + timedelta(days=9)).isoformat()
        if button == "shared_open_reuse":
            given["reuse"] = getattr(Reuse.objects.filter(video=video).order_by("pk").first(), "ref", "")
        self._press(who, video.video_request.agency, button, video.ref, given)

    def do_press_handed_in(self, who: str, button: str) -> None:
        model = Appeal if "appeal" in button else HandIn
        if (one := model.objects.order_by("pk").first()) is None:
            return
        given = dict(ON_HANDED_IN[button])
        if button == "handed_in_hold":
            given["until"] = (source.now().date() + timedelta(days=9)).isoformat()
        self._press(who, (one if model is Appeal else one.appeal).agency, button, one.ref, given)

    def do_review(self, who: str, finding: str) -> None:
        auditing.run_due(100)
        if (flag := Flag.objects.order_by("pk").first()) is not None:
            self._press(
                who, flag.agency, "review", flag.ref, {"finding": finding, "words": "The report was filed before."}
            )

    def do_give(self, number: int) -> None:
        """Somebody shares one or two videos for an open request; who it is, is hidden."""
        going = list(VideoRequest.objects.filter(state=VideoRequest.State.OPEN).order_by("pk"))
        if (one := _nth(going, number)) is not None:
            self.requests["given"] = one
            self._give("given")

    def do_owner(self, what: str, number: int) -> None:
        """The owner of a video says something that its agency hears: of one that was downloaded nothing, as they may
        have left, and at once that it be deleted."""
        with source.using(self.own):
            telling.tell_due(100)
        video = _nth([one for one in self.videos if one.downloaded_at is None and not one.destroyed_at], number)
        if video is None:
            return
        ask = letters.ask_of(video)
        assert ask is not None
        if what == "answer" and Question.objects.filter(video=video, answer="").exists():
            afterwards.answer_question(account=ask.owner, video_ref=video.ref, text="For a second.")
        if what == "allow" and (reuse := Reuse.objects.filter(video=video).exclude(opened_at=None).first()):
            afterwards.allow(account=ask.owner, reuse_ref=reuse.ref)
        if what == "ask_deletion":
            asked = video.video_request
            portal.download(officer=asked.requester, request_ref=asked.ref, video_ref=video.ref)
            afterwards.ask_deletion(account=ask.owner, video_ref=video.ref)

    def do_appeal(self, handed: bool) -> None:
        """A public appeal, which somebody may answer; there is one at a time for a case."""
        self._appeal()
        if handed:
            self._hand_in()

    def do_wait(self, hours: int) -> None:
        """Time goes by, and the worker does what it brings: requests and appeals end, videos and answers are due."""
        self.pass_time(timedelta(hours=hours))
        requests.expire_due(100)
        handed_in.run_due(10)
        handed_in.run_retention(10)
        retention.run_due(100)
        auditing.run_due(100)

    def _press(self, who: str, agency: Agency, button: str, ref: str, given: dict[str, Any]) -> None:
        who = OF_THE_AGENCY[who][agency.slug.split("-")[0]] if who in OF_THE_AGENCY else who
        client = seen.sign_in(self, who)
        asked = Asked(f"portal:{button}", self.now, {"ref": ref})
        said: list[str] = []
        with connection.execute_wrapper(partial(_noted, said)):
            if button in LOOKED_AT:
                self.answers[who, self.now] = seen.ask(client, asked)
            else:
                self.answers[who, self.now] = seen.press(client, asked, given)
        self.answers[who, f"{self.now}, waited for"] = seen.Answer(0, (), "", "\n".join(said).encode())

    def _requester(self, name: str) -> Officer:
        return self.officer("sam" if name == "harbor" else "omar")


def _noted(said: list[str], execute: Any, sql: str, *given: Any) -> Any:
    """Keeps what the database is told, without the values: what an officer waits for is no more than that."""
    said.append(_SAVEPOINT.sub("savepoint", sql))
    return execute(sql, *given)


def _nth(there: list[Any], number: int) -> Any:
    return there[number % len(there)] if there else None

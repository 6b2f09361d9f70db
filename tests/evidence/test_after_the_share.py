"""After the share: hold, handing on, retention with proof, requests to delete, one question, another case.

Each act of the agency's is public, stands in the custody log and reaches the owner; silence reaches nobody.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from goodfences import source
from goodfences.agencies.models import Agency
from goodfences.errors import NotFound, Refused
from goodfences.evidence import chain, command, custody, layout, portal, receipts, tasks
from goodfences.evidence.after import answering, asking, handing_on, holding, queries
from goodfences.evidence.after_receipts import DELETION_FORMAT, REUSE_FORMAT
from goodfences.evidence.models import DeletionRequest, Question, Reuse, SharedVideo
from goodfences.evidence.owner import actions as owner
from goodfences.evidence.owner import afterwards
from goodfences.ledger import actions as signing
from goodfences.ledger import keys as ledger_keys
from goodfences.ledger import queries as ledger
from goodfences.mail.models import OutboxMessage
from goodfences.people.models import Account
from goodfences.vault import blobs
from goodfences.video_requests import asks
from goodfences.video_requests.models.request import VideoRequest
from goodfences_record.canonical import canonical
from goodfences_record.notes import VerifierKey
from tests.persons import make_agency, officer

pytestmark = pytest.mark.django_db

GROUND = "Pending trial, section 1417 of the penal code."
WHY = "The defense asked for all video in discovery."
ASKED = "Did the rider stop at the corner before the crash?"
REASON = "The same van may have hit a second cyclist an hour later, two streets away. We compare its broken lamp."


def work() -> None:
    """The ledger is signed, and the worker comes by."""
    signing.sign_checkpoint()
    tasks.run_due(20)
    tasks.run_retention(20)
    signing.sign_checkpoint()


def mails(template: str) -> list[OutboxMessage]:
    return list(OutboxMessage.objects.filter(template=template).order_by("pk"))


def kinds(video: SharedVideo) -> list[str]:
    log = custody.log_of(video)
    chain.check(log)
    assert video.ref in chain.in_words(log)
    return [event["kind"] for event in log["events"]]


def said(kind: str) -> dict[str, Any]:
    body = ledger.entries(kind=kind).get().body
    assert body is not None
    return body


def says(receipt: dict[str, Any], words: str, folder: Path) -> None:
    """`goodfences verify receipt` says so of the receipt, and that one changed word breaks it."""
    file = folder / "receipt.json"
    for changed in (receipt, {**receipt, "receipt": {**receipt["receipt"], "video": {}}}):
        file.write_bytes(layout.as_json(changed))
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            status = command.main_receipt([str(file), "--key", ledger_keys.public_key()])
        assert (status, words in out.getvalue()) == ((0, True) if changed is receipt else (1, False))


def rules(refused: Any) -> set[str]:
    return {problem.rule for problem in refused.value.problems}


@pytest.fixture
def downloaded(ready: SharedVideo, omar: Account, opened: VideoRequest) -> SharedVideo:
    portal.download(officer=officer(omar), request_ref=opened.ref)
    ready.refresh_from_db()
    return ready


class TestRetention:
    def test_a_video_is_destroyed_when_its_time_is_over_with_a_signed_receipt(
        self, downloaded: SharedVideo, omar: Account, olive: Account, clock: source.SeededSource, tmp_path: Path
    ) -> None:
        assert downloaded.keep_until == downloaded.shared_at + timedelta(days=90)
        clock.advance(timedelta(days=89))
        work()
        assert [blob.name for blob in blobs.store().blobs("shared")] == [downloaded.blob]
        clock.advance(timedelta(days=2))
        work()
        gone = SharedVideo.objects.get()
        assert gone.destroyed_at and not gone.blob and not list(blobs.store().blobs("shared"))
        key = VerifierKey.parse(ledger_keys.public_key())
        content = receipts.check_alone(gone.deletion_receipt, key, form=DELETION_FORMAT)
        assert content["video"]["sha256"] == gone.sha256 and content["downloaded_at"]
        says(gone.deletion_receipt, "Destroyed: a video shared with Northgate Police", tmp_path)
        assert kinds(gone)[-1] == "destroyed"
        body = said("request.video_deleted")
        assert body["why"] == "retention"
        assert body["receipt_sha256"] == hashlib.sha256(canonical(gone.deletion_receipt)).hexdigest()
        assert gone.ref not in json.dumps(body)
        assert len(mails("video_news")) == 1 and mails("video_news")[0].to == olive.email
        with pytest.raises(NotFound):
            portal.view(officer=officer(omar), video_ref=gone.ref)
        work()
        assert ledger.entries(kind="request.video_deleted").count() == 1 and len(mails("video_news")) == 1

    def test_what_was_destroyed_is_in_no_package(
        self, ready: SharedVideo, omar: Account, opened: VideoRequest, clock: source.SeededSource
    ) -> None:
        SharedVideo.objects.update(keep_until=source.now())
        work()
        with pytest.raises(Refused):
            portal.download(officer=officer(omar), request_ref=opened.ref)

    def test_a_shorter_time_that_the_agency_publishes_counts_at_once(
        self, ready: SharedVideo, northgate: Agency
    ) -> None:
        Agency.objects.update(retention_days=30)
        work()
        assert SharedVideo.objects.get().keep_until == ready.shared_at + timedelta(days=30)
        Agency.objects.update(retention_days=300)
        work()
        assert SharedVideo.objects.get().keep_until == ready.shared_at + timedelta(days=30)

    def test_a_worker_that_dies_after_the_file_is_gone_leaves_the_rest_to_the_next_one(
        self, ready: SharedVideo, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        SharedVideo.objects.update(keep_until=source.now())

        def dies(*_: Any, **__: Any) -> None:
            raise OSError("no space left")

        with monkeypatch.context() as patched, pytest.raises(OSError, match="no space"):
            patched.setattr(custody, "record", dies)
            work()
        assert SharedVideo.objects.get().destroyed_at is None
        work()
        assert SharedVideo.objects.get().deletion_receipt


class TestLegalHold:
    def test_retention_waits_until_it_ends_by_itself(
        self, ready: SharedVideo, ada: Account, olive: Account, clock: source.SeededSource
    ) -> None:
        until = (source.now() + timedelta(days=20)).date()
        held = holding.hold(officer=officer(ada), video_ref=ready.ref, ground=GROUND, until=until)
        SharedVideo.objects.update(keep_until=source.now())
        work()
        assert SharedVideo.objects.get().destroyed_at is None
        shown = afterwards.of_video(olive, ready.ref)
        assert shown.hold == held and held.ends_at.isoformat() == "2026-12-15T00:00:00+02:00"
        (letter,) = mails("video_news")
        assert letter.to == olive.email and letter.context["why"] == GROUND
        body = said("request.video_held")
        assert body["until"] == "2026-12-14T22:00:00Z" and GROUND not in json.dumps(body)
        assert kinds(ready)[-1] == "held"
        clock.advance(timedelta(days=21))
        assert afterwards.of_video(olive, ready.ref).hold is None
        work()
        assert SharedVideo.objects.get().destroyed_at

    def test_it_can_be_lifted_before(self, ready: SharedVideo, ada: Account, aggie: Account) -> None:
        holding.hold(officer=officer(ada), video_ref=ready.ref, ground=GROUND, until=source.now().date())
        with pytest.raises(Refused):
            holding.hold(officer=officer(aggie), video_ref=ready.ref, ground=GROUND, until=source.now().date())
        holding.lift(officer=officer(aggie), video_ref=ready.ref)
        assert kinds(ready)[-2:] == ["held", "hold_lifted"]
        with pytest.raises(Refused):
            holding.lift(officer=officer(aggie), video_ref=ready.ref)

    @pytest.mark.parametrize("days", [-1, 181])
    def test_its_end_is_near(self, days: int, ready: SharedVideo, ada: Account) -> None:
        with pytest.raises(Refused) as refused:
            until = (source.now() + timedelta(days=days)).date()
            holding.hold(officer=officer(ada), video_ref=ready.ref, ground="Trial", until=until)
        assert rules(refused) == {"hold.max", "ground.length"}

    @pytest.mark.parametrize("who", ["omar", "audrey", "sam"])
    def test_approvers_of_the_agency_alone(
        self, who: str, ready: SharedVideo, request: pytest.FixtureRequest
    ) -> None:
        acting = officer(request.getfixturevalue(who))
        with pytest.raises(NotFound):
            holding.hold(officer=acting, video_ref=ready.ref, ground=GROUND, until=date(2026, 12, 1))
        with pytest.raises(NotFound):
            handing_on.hand_on(officer=acting, video_ref=ready.ref, to="court", name="County court", why=WHY)


class TestHandingOn:
    def test_its_owner_reads_to_whom_and_for_what_and_the_public_how_often(
        self, downloaded: SharedVideo, ada: Account, olive: Account, omar: Account, opened: VideoRequest
    ) -> None:
        handing_on.hand_on(
            officer=officer(ada), video_ref=downloaded.ref, to="defense", name="Public defender's office", why=WHY
        )
        assert mails("video_news") == []
        work()
        (letter,) = mails("video_news")
        assert (letter.context["to"], letter.context["why"], letter.to) == ("the defense", WHY, olive.email)
        body = said("request.handed_on")
        assert body["to"] == "defense" and "defender" not in json.dumps(body) and WHY not in json.dumps(body)
        event = downloaded.custody.order_by("sequence").last()
        assert event is not None and event.details == {
            "to": "defense",
            "name": "Public defender's office",
            "for": WHY,
        }
        assert "Public defender's office" in chain.in_words(custody.log_of(downloaded))
        (done,) = afterwards.of_video(olive, downloaded.ref).hand_ons
        assert done.why == WHY

    def test_another_agency_needs_an_agreement_in_force(self, ready: SharedVideo, ada: Account) -> None:
        given = {"officer": officer(ada), "video_ref": ready.ref, "to": "agency", "why": WHY}
        for name in ("Nobody's Police", "Northgate Police"):
            with pytest.raises(Refused) as refused:
                handing_on.hand_on(name=name, **given)
            assert rules(refused) == {"hand_on.agency"}
        make_agency("harbor-sheriff", "Harbor Sheriff", "sheriff")
        assert handing_on.hand_on(name="Harbor Sheriff", **given).to == "agency"


class TestAskingForDeletion:
    def test_what_was_not_downloaded_is_taken_back_instead(self, ready: SharedVideo, olive: Account) -> None:
        with pytest.raises(Refused) as refused:
            afterwards.ask_deletion(account=olive, video_ref=ready.ref)
        assert rules(refused) == {"deletion.not_downloaded"}

    def test_it_is_a_task_with_a_deadline_and_a_mail_to_the_agency(
        self, downloaded: SharedVideo, olive: Account, omar: Account, sam: Account
    ) -> None:
        asked = afterwards.ask_deletion(account=olive, video_ref=downloaded.ref)
        assert afterwards.ask_deletion(account=olive, video_ref=downloaded.ref) == asked
        assert asked.due_at == source.now() + timedelta(days=14)
        (letter,) = mails("deletion_asked")
        assert letter.to == "requests@northgate-police.example" and "live" not in json.dumps(letter.context)
        assert queries.tasks(officer(omar)).deletions == [asked]
        assert queries.tasks(officer(sam)).deletions == []
        assert kinds(downloaded)[-1] == "deletion_asked"

    def test_deleted_is_answered_in_public_and_destroys_the_copy_here_at_once(
        self, downloaded: SharedVideo, olive: Account, ada: Account, omar: Account
    ) -> None:
        afterwards.ask_deletion(account=olive, video_ref=downloaded.ref)
        why = "All copies on our evidence server were overwritten and the log of that was kept."
        answering.answer(officer=officer(ada), video_ref=downloaded.ref, answer="deleted", why=why)
        work()
        gone = SharedVideo.objects.get()
        assert gone.destroyed_at and gone.deletion_receipt["receipt"]["why"].startswith("Its owner asked for it")
        body = said("request.deletion_answered")
        assert (body["answer"], body["why"], body["law"], body["by"]) == ("deleted", why, "", "Sergeant 3102")
        assert said("request.video_deleted")["why"] == "asked"
        assert not [trace for trace in (gone.ref, olive.email, "Olive") if trace in json.dumps(body)]
        answered = [letter for letter in mails("video_news") if letter.context.get("deleted")]
        assert [letter.context["why"] for letter in answered] == [why]
        assert queries.tasks(officer(omar)).number == 0

    def test_kept_needs_a_law(self, downloaded: SharedVideo, olive: Account, ada: Account) -> None:
        afterwards.ask_deletion(account=olive, video_ref=downloaded.ref)
        given = {"officer": officer(ada), "video_ref": downloaded.ref, "why": "The trial begins in March."}
        with pytest.raises(Refused) as refused:
            answering.answer(answer="kept", **given)
        assert rules(refused) == {"law.length"}
        answering.answer(answer="kept", law="Evidence Code 412", **given)
        with pytest.raises(Refused) as refused:
            answering.answer(answer="deleted", **given)
        assert rules(refused) == {"deletion.answered"}
        work()
        assert said("request.deletion_answered")["law"] == "Evidence Code 412"
        assert SharedVideo.objects.get().destroyed_at is None

    def test_what_is_on_hold_cannot_be_said_to_be_deleted(
        self, downloaded: SharedVideo, olive: Account, ada: Account
    ) -> None:
        afterwards.ask_deletion(account=olive, video_ref=downloaded.ref)
        holding.hold(officer=officer(ada), video_ref=downloaded.ref, ground=GROUND, until=source.now().date())
        with pytest.raises(Refused) as refused:
            answering.answer(officer=officer(ada), video_ref=downloaded.ref, answer="deleted", why=GROUND)
        assert rules(refused) == {"deletion.held"}

    def test_no_answer_in_time_is_on_the_public_record_once(
        self, downloaded: SharedVideo, olive: Account, clock: source.SeededSource
    ) -> None:
        afterwards.ask_deletion(account=olive, video_ref=downloaded.ref)
        clock.advance(timedelta(days=14))
        work()
        work()
        assert said("request.deletion_overdue")["due_at"] == "2026-12-08T12:00:00Z"
        assert DeletionRequest.objects.get().overdue_at == source.now()

    def test_nobody_but_the_owner_asks(self, downloaded: SharedVideo, stranger: Account, hugo: Account) -> None:
        for other in (stranger, hugo):
            with pytest.raises(NotFound):
                afterwards.ask_deletion(account=other, video_ref=downloaded.ref)


class TestOneQuestion:
    def test_it_reaches_the_owner_and_the_answer_comes_back(
        self, ready: SharedVideo, omar: Account, ada: Account, olive: Account
    ) -> None:
        asking.ask(officer=officer(omar), video_ref=ready.ref, text=ASKED)
        with pytest.raises(NotFound):
            afterwards.answer_question(account=olive, video_ref=ready.ref, text="Yes.")
        work()
        (letter,) = mails("video_question")
        assert letter.to == olive.email and letter.context["said"] == ASKED and "List-Unsubscribe" in letter.headers
        assert ASKED not in json.dumps(said("request.question_asked"))
        with pytest.raises(Refused):
            asking.ask(officer=officer(ada), video_ref=ready.ref, text=ASKED)
        afterwards.answer_question(account=olive, video_ref=ready.ref, text=" He did, for a second.\n")
        found = queries.of_video(portal.video(officer(omar), ready.ref)).question
        assert found is not None and found.answer == "He did, for a second."
        with pytest.raises(Refused):
            afterwards.answer_question(account=olive, video_ref=ready.ref, text="Or not.")

    def test_the_rules_of_a_reason_hold_for_it(self, ready: SharedVideo, omar: Account) -> None:
        with pytest.raises(Refused) as refused:
            asking.ask(
                officer=officer(omar),
                video_ref=ready.ref,
                text="If you don't answer you will be charged with a crime.",
            )
        assert rules(refused) == {"reason.pressure"}
        assert not Question.objects.exists()

    def test_who_muted_the_agency_gets_no_mail_and_nothing_else_differs(
        self, ready: SharedVideo, omar: Account, olive: Account, opened: VideoRequest
    ) -> None:
        asks.mute(owner_id=olive.pk, agency_id=opened.agency_id)
        asking.ask(officer=officer(omar), video_ref=ready.ref, text=ASKED)
        work()
        assert mails("video_question") == [] and Question.objects.get().told_at
        assert afterwards.waiting(olive, [ready]) == {ready.ref: ["question"]}


class TestAnotherCase:
    @pytest.fixture
    def asked(self, downloaded: SharedVideo, omar: Account, ada: Account) -> Reuse:
        given = {"video_ref": downloaded.ref, "case_number": "26-0588", "reason": REASON}
        reuse = asking.propose_reuse(officer=officer(omar), **given)
        asking.open_reuse(officer=officer(ada), video_ref=downloaded.ref, reuse_ref=reuse.ref)
        work()
        return Reuse.objects.get()

    def test_a_second_officer_opens_it(self, ready: SharedVideo, ada: Account, aggie: Account) -> None:
        given = {"video_ref": ready.ref, "case_number": "26-0588", "reason": REASON}
        reuse = asking.propose_reuse(officer=officer(ada), **given)
        with pytest.raises(Refused) as refused:
            asking.open_reuse(officer=officer(ada), video_ref=ready.ref, reuse_ref=reuse.ref)
        assert rules(refused) == {"officers.second"}
        assert queries.tasks(officer(aggie)).reuses == [reuse] and queries.tasks(officer(ada)).reuses == []
        asking.open_reuse(officer=officer(aggie), video_ref=ready.ref, reuse_ref=reuse.ref)
        assert queries.tasks(officer(aggie)).reuses == []

    def test_the_owner_is_asked_once_it_is_public(
        self, asked: Reuse, olive: Account, clock: source.SeededSource
    ) -> None:
        (letter,) = mails("video_reuse")
        assert letter.to == olive.email and letter.context["other_case"] == "26-0588"
        body = said("request.reuse_asked")
        assert body["details_sha256"] == asking.details_hash(asked) and "26-0588" not in json.dumps(body)

    def test_allowed_it_stands_in_the_custody_log_with_a_signed_receipt(
        self, asked: Reuse, olive: Account, omar: Account, tmp_path: Path
    ) -> None:
        afterwards.decline(reuse_ref=asked.ref)
        allowed = afterwards.allow(account=olive, reuse_ref=asked.ref)
        assert not afterwards.is_declined(allowed)
        key = VerifierKey.parse(ledger_keys.public_key())
        content = receipts.check_alone(allowed.receipt, key, form=REUSE_FORMAT)
        assert content["also_for"]["case_number"] == "26-0588"
        says(allowed.receipt, "may serve case 26-0588, too", tmp_path)
        assert kinds(allowed.video)[-1] == "reuse_allowed"
        assert [r.case_number for r in queries.of_video(portal.video(officer(omar), allowed.video.ref)).allowed]

    def test_no_and_silence_are_the_same_rows_to_the_agency(self, asked: Reuse, omar: Account) -> None:
        before = queries.of_video(portal.video(officer(omar), asked.video.ref))
        afterwards.decline(reuse_ref=asked.ref)
        assert queries.of_video(portal.video(officer(omar), asked.video.ref)) == before
        assert Reuse.objects.filter(pk=asked.pk).values().get() == {
            name: value for name, value in asked.__dict__.items() if not name.startswith("_")
        }

    def test_nothing_is_allowed_that_the_record_does_not_prove(self, asked: Reuse, olive: Account) -> None:
        Reuse.objects.update(reason="For something else altogether, which nobody has published before.")
        with pytest.raises(Refused) as refused:
            afterwards.allow(account=olive, reuse_ref=asked.ref)
        assert rules(refused) == {"ledger.proof"}

    def test_it_ends(self, asked: Reuse, olive: Account, clock: source.SeededSource) -> None:
        clock.advance(timedelta(days=7))
        with pytest.raises(Refused) as refused:
            afterwards.allow(account=olive, reuse_ref=asked.ref)
        assert rules(refused) == {"reuse.ended"}

    def test_the_rules_of_a_request_hold_for_it(self, ready: SharedVideo, omar: Account) -> None:
        for case, reason, broken in (
            ("26-0412", REASON, "reuse.same"),
            ("none", REASON, "case_number.format"),
            ("26-0588", "We want to know who marched in the protest that evening and who spoke.", "purpose.assembly"),
        ):
            with pytest.raises(Refused) as refused:
                asking.propose_reuse(officer=officer(omar), video_ref=ready.ref, case_number=case, reason=reason)
            assert broken in rules(refused)

    def test_taken_back_nothing_of_it_is_left(self, ready: SharedVideo, omar: Account, olive: Account) -> None:
        asking.propose_reuse(officer=officer(omar), video_ref=ready.ref, case_number="26-0588", reason=REASON)
        asking.ask(officer=officer(omar), video_ref=ready.ref, text=ASKED)
        owner.withdraw(account=olive, share_ref=ready.share_ref)
        assert not Reuse.objects.exists() and not Question.objects.exists()
        work()
        assert mails("video_question") == []

"""What follows a share, played like the rest of the story: handed on, one question, whether it helped, deleted."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from goodfences.agencies.models import Officer
from goodfences.demo import mailbox, telling
from goodfences.evidence import command as verify
from goodfences.evidence import layout
from goodfences.evidence.after import answering, asking, handing_on
from goodfences.evidence.models import SharedVideo
from goodfences.evidence.models.after import DeletionRequest, Question
from goodfences.evidence.owner import afterwards
from goodfences.ledger import keys as ledger_keys
from goodfences.people.models import Account
from goodfences.video_requests import actions as requests
from goodfences.video_requests.models import VideoRequest

QUESTION = "Did the van stop before it turned, or did it drive on without slowing down?"


def hand_on(request: VideoRequest, ada: Officer) -> None:
    """Before anything leaves the agency, it is on record."""
    given = {"name": "Office of the public defender", "why": "The defense asked for it in discovery."}
    handing_on.hand_on(officer=ada, video_ref=_video(request).ref, to="defense", **given)
    telling.say(
        "Ada hands it on to the defense",
        "Recorded before it goes: Olive reads to whom and for what, the public that it happened.",
        f"/portal/shared/{_video(request).ref}/after/",
        "ada",
    )


def ask_and_answer(request: VideoRequest, omar: Officer, olive: Account) -> None:
    """The one question, through a relay: Omar never learns whom he asks."""
    video = _video(request)
    asking.ask(officer=omar, video_ref=video.ref, text=QUESTION)
    telling.wait(
        "Bringing the question", lambda: Question.objects.filter(video=video, told_at__isnull=False).exists()
    )
    letter = telling.wait("The email with the question", lambda: _letter(olive, QUESTION))
    telling.say("Omar asks one question", "It reached Olive through a relay.", f"/demo/mail/{letter.key}/")
    afterwards.answer_question(account=olive, video_ref=video.ref, text="It slowed down, and then drove on.")
    where = f"/portal/shared/{video.ref}/after/"
    telling.say("Olive answers", "She needn't have: silence would have been told to nobody.", where, "omar")


def judge(request: VideoRequest, omar: Officer, olive: Account) -> None:
    """Two clicks after the case, and whoever shared is thanked."""
    requests.say_whether_it_helped(officer=omar, ref=request.ref, helped=True)
    letter = telling.wait("The thank-you", lambda: _letter(olive, "neighborhood a safer place"))
    telling.say("Omar says that it helped", "It is on the public record.", f"/record/requests/{request.ref}/")
    telling.say("Olive is thanked", "Once, and for what it was good for.", f"/demo/mail/{letter.key}/")


def delete(request: VideoRequest, ada: Officer, olive: Account) -> int:
    """Olive asks for it, Ada answers in public, the copy is destroyed; 0 where the receipt of that holds."""
    video = _video(request)
    afterwards.ask_deletion(account=olive, video_ref=video.ref)
    telling.say("Olive asks that it be deleted", "Ada has to answer, in public.", "/portal/tasks/", "ada")
    how = "Every copy was deleted from the case file, with the case closed."
    answering.answer(officer=ada, video_ref=video.ref, answer=DeletionRequest.Answer.DELETED, why=how)
    gone = telling.wait(
        "Destroying the copy", lambda: SharedVideo.objects.exclude(destroyed_at=None).filter(pk=video.pk).first()
    )
    receipt = Path(settings.STATE) / f"deleted-{gone.ref}.json"
    receipt.write_bytes(layout.as_json(gone.deletion_receipt))
    telling.say("The copy is destroyed", f"The signed receipt lies in {receipt}", "/requests/", "olive")
    print(f"\n  Anyone checks it:  goodfences verify receipt {receipt} --key KEY\n", flush=True)
    return verify.main_receipt([str(receipt), "--key", ledger_keys.public_key()])


def _video(request: VideoRequest) -> SharedVideo:
    return SharedVideo.objects.get(video_request=request)


def _letter(to: Account, words: str) -> mailbox.Letter | None:
    return next(
        (one for one in mailbox.letters() if to.email in one.to and words in " ".join(one.text.split())), None
    )

"""After the share, through the pages: what officers do, what the owner reads and answers, what the public sees."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from goodfences import source
from goodfences.evidence import tasks
from goodfences.evidence.models import Reuse, ReuseDecline, SharedVideo
from goodfences.evidence.owner import letters
from goodfences.ledger import actions as signing
from goodfences.mail import links
from goodfences.mail.models import OutboxMessage
from goodfences.people.models import Account
from goodfences.video_requests import actions
from goodfences.video_requests.models.ask import Ask
from goodfences.video_requests.models.request import VideoRequest
from tests.pages import Page
from tests.persons import officer
from tests.video_requests.conftest import draft, opened, policy_published, submitted, unsigned
from tests.web.sharing import clip, olives_ask, shared, signed_in, vault

__all__ = ["clip", "draft", "olives_ask", "opened", "policy_published"]
__all__ += ["shared", "signed_in", "submitted", "unsigned", "vault"]

pytestmark = pytest.mark.django_db
SignedIn = Callable[[Account], Client]
REASON = "The same van may have hit a second cyclist an hour later, two streets away. We compare its broken lamp."


def work() -> None:
    signing.sign_checkpoint()
    tasks.run_due(20)
    tasks.run_retention(20)
    signing.sign_checkpoint()


def send(client: Client, url: str, part: str, button: str = "", **changes: str | bool) -> Page:
    """Open a page and send its form that goes to `part`."""
    response = Page(client.get(url)).form(part).send(client, button, changes)
    return Page("" if response.streaming else response)


@pytest.fixture
def theirs(shared: SharedVideo) -> str:
    return f"/portal/shared/{shared.ref}/after/"


@pytest.fixture
def hers(shared: SharedVideo, olives_ask: Ask) -> str:
    return f"/requests/{olives_ask.ref}/videos/{shared.ref}/"


def test_a_question_and_its_answer(
    signed_in: SignedIn, omar: Account, olive: Account, theirs: str, hers: str, clock: source.SeededSource
) -> None:
    omars, olives = signed_in(omar), signed_in(olive)
    refused = send(omars, theirs, "/ask/", text="Who?")
    assert "Write 10 to 500 characters" in refused.text
    asked = send(omars, theirs, "/ask/", text="Did the rider stop before the corner?")
    assert (
        "Sent through the relay" in asked.text and "No answer. Whether it was read is shown to nobody." in asked.text
    )
    work()
    before = omars.get(theirs).content
    assert "They ask you something about it" in Page(olives.get(hers.partition("videos/")[0])).text
    page = Page(olives.get(hers))
    assert "Officer 4411 has one question" in page.text and "Did the rider stop" in page.text
    assert Page(omars.get(theirs)).text == Page(before.decode()).text, "reading it tells nobody"
    assert "Write an answer, or leave this page" in send(olives, hers, "/answer/", text=" ").text
    answered = send(olives, hers, "/answer/", text="For a second.")
    assert "Your answer was passed on." in answered.text
    assert "Its owner answered: For a second." in Page(omars.get(theirs)).text


def test_another_case_is_opened_by_a_second_officer_and_declined_from_the_email_alone(
    signed_in: SignedIn, omar: Account, ada: Account, olive: Account, theirs: str, hers: str, client: Client
) -> None:
    omars, adas = signed_in(omar), signed_in(ada)
    proposed = send(omars, theirs, "/another-case/", case_number="26-0588", reason=REASON)
    assert "It waits for a second officer." in proposed.text
    assert "One more thing waits for your agency" in Page(adas.get("/portal/")).text
    assert "26-0588" in Page(adas.get("/portal/tasks/")).text
    assert "its owner is asked" in send(adas, theirs, "/open/").text
    work()
    before = Page(omars.get(theirs)).text
    reuse = Reuse.objects.get()
    link = f"/e/another-case/{links.sign(letters.NOT_FOR_THIS, reuse.ref)}/"
    assert link in OutboxMessage.objects.get(template="video_reuse").context["decline"]
    assert "Opening this page has decided nothing" in Page(client.get(link)).text
    client.head(link)
    assert not ReuseDecline.objects.exists()
    assert "You said “not for this case”" in send(client, link, link, "Not for this case").text
    assert Page(omars.get(theirs)).text == before, "a no is silence"
    olives = signed_in(olive)
    again = send(olives, hers, "/another-case/", "Undo: I want to decide again")
    assert "May it serve case 26-0588, too?" in again.text and not ReuseDecline.objects.exists()
    assert "You allowed it." in send(olives, hers, "/another-case/", "Allow it").text
    assert "case 26-0412 and case 26-0588" in Page(omars.get(theirs)).text


def test_a_request_to_delete_is_answered_in_public(
    signed_in: SignedIn, omar: Account, ada: Account, olive: Account, opened: VideoRequest, theirs: str, hers: str
) -> None:
    olives, adas = signed_in(olive), signed_in(ada)
    assert f"{hers}delete/" not in Page(olives.get(hers)).addresses
    send(signed_in(omar), f"/portal/requests/{opened.ref}/", "/package/")
    assert f"{hers}delete/" in Page(olives.get(hers)).addresses
    asked = send(olives, f"{hers}delete/", "/delete/")
    assert "You asked. An answer is due by" in asked.text
    assert "Case 26-0412" in Page(adas.get("/portal/tasks/")).text
    why = "Every copy on our evidence server was overwritten."
    answered = send(adas, theirs, "/answer/", answer="deleted", why=why)
    assert "It is on the public record" in answered.text
    work()
    page = Page(olives.get(hers))
    assert "They answered that every copy is deleted" in page.text and why in page.text
    receipt = olives.get(f"{hers}deleted.json")
    assert receipt.json()["format"] == "goodfences-deletion-receipt/1"
    assert signed_in(omar).get(f"{theirs.removesuffix('after/')}deleted.json").json() == receipt.json()
    public = Page(Client().get(f"/record/requests/{opened.ref}/"))
    assert why in public.text and "Olive" not in public.text
    opening = Page(signed_in(omar).get(theirs.removesuffix("after/")))
    assert opening.all("video") == [] and "was destroyed" in opening.text


def test_a_hold_and_a_hand_on_stand_on_the_owners_page(
    signed_in: SignedIn, ada: Account, omar: Account, olive: Account, opened: VideoRequest, theirs: str, hers: str
) -> None:
    adas = signed_in(ada)
    assert not [form for form in Page(signed_in(omar).get(theirs)).forms if "/hold/" in form.action]
    send(adas, theirs, "/hold/", ground="The trial is pending.", until="2026-12-20")
    send(adas, theirs, "/hand-on/", to="defense", name="Public defender", why="For discovery in this case.")
    work()
    page = Page(signed_in(olive).get(hers))
    assert "The trial is pending." in page.text and "To the defense: Public defender" in page.text
    assert "Sergeant 3102 of Northgate Police handed it on to Public defender" in page.text
    public = Page(Client().get(f"/record/requests/{opened.ref}/")).text
    assert "It handed a shared video on to the defense" in public and "Public defender" not in public
    assert "The hold is lifted." in send(adas, theirs, "/lift/").text


def test_whether_it_helped_takes_two_clicks(
    signed_in: SignedIn, omar: Account, olive: Account, olives_ask: Ask, shared: SharedVideo, opened: VideoRequest
) -> None:
    client = signed_in(omar)
    actions.close(officer=officer(omar), ref=opened.ref)
    page = Page(client.get(f"/portal/requests/{opened.ref}/"))
    assert f"/portal/requests/{opened.ref}/helped/" in page.addresses
    done = send(client, f"/portal/requests/{opened.ref}/helped/", "/helped/", "It helped")
    assert "Your agency said that it helped." in done.text
    work()
    assert "It says that what was shared helped" in Page(Client().get(f"/record/requests/{opened.ref}/")).text
    assert (
        "says that what was shared helped. Thank you."
        in Page(signed_in(olive).get(f"/requests/{olives_ask.ref}/")).text
    )
    assert "The agency says that it helped. Thank you." in Page(signed_in(olive).get("/requests/")).text


def test_nobody_elses(
    signed_in: SignedIn, sam: Account, stranger: Account, hugo: Account, theirs: str, hers: str, shared: SharedVideo
) -> None:
    assert signed_in(sam).get(theirs).status_code == 404
    for other in (stranger, hugo):
        assert signed_in(other).get(hers).status_code == 404

"""An agency is bound more tightly, suspended, and let in again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from goodfences.agencies.models import Agency, Officer
from goodfences.agencies.queries import agreement_in_force
from goodfences.ledger import queries as ledger
from goodfences.people.models import Account
from goodfences.video_requests.models.request import VideoRequest
from tests.pages import Page
from tests.persons import officer
from tests.video_requests.conftest import draft, opened, policy_published, submitted, unsigned
from tests.web.staff.conftest import RENEWED, SPRINGFIELD, admins, fill

__all__ = ["draft", "opened", "policy_published", "submitted", "unsigned"]
SignedIn = Callable[[Account], Client]
NORTHGATE = "/staff/agencies/northgate-police/"


class TestANewAgreement:
    def test_takes_the_place_of_the_one_in_force(self, operator: Client, northgate: Agency, client: Client) -> None:
        answer = Page(fill(operator, f"{NORTHGATE}agreement/", **RENEWED))
        assert "The new agreement is in force, and public." in answer.text
        assert "Nora North, Chief of Police" in answer.text and "The chief" in answer.text
        assert agreement_in_force(northgate).signed_by == RENEWED["signed_by"]
        assert "Anew. We ask owners" in Page(client.get("/record/agencies/northgate-police/")).text

    def test_that_is_stricter_holds_for_what_waits_already(
        self, operator: Client, signed_in: SignedIn, ada: Account, submitted: VideoRequest
    ) -> None:
        fill(operator, f"{NORTHGATE}agreement/", **{**RENEWED, "limit:area.max": "0.1"})
        theirs = signed_in(ada)
        answer = Page(theirs.get(f"/portal/requests/{submitted.ref}/")).form("/approve/").send(theirs)
        assert "0.1 square miles" in Page(answer).text
        submitted.refresh_from_db()
        assert submitted.state == "submitted"

    def test_that_is_looser_is_refused(self, operator: Client, northgate: Agency) -> None:
        answer = fill(operator, f"{NORTHGATE}agreement/", **{**RENEWED, "limit:window.max": "24"})
        assert answer.status_code == 422
        assert agreement_in_force(northgate).signed_by == "The chief"

    def test_without_a_signature_is_refused(self, operator: Client, northgate: Agency) -> None:
        answer = fill(operator, f"{NORTHGATE}agreement/", **{**RENEWED, "signed_by": ""})
        assert answer.status_code == 422 and "This field is required." in Page(answer).text
        assert northgate.agreements.count() == 1


class TestSuspending:
    WHY = "It asked for video of a protest."

    @pytest.fixture
    def suspended(self, operator: Client, opened: VideoRequest) -> Page:
        return Page(fill(operator, f"{NORTHGATE}suspend/", reason=self.WHY))

    def test_asks_first_and_says_what_will_happen(self, operator: Client, opened: VideoRequest) -> None:
        page = Page(operator.get(f"{NORTHGATE}suspend/"))
        assert (
            "Its officers can’t open the portal any more, its agreement ends, and its open requests close."
            in page.text
        )
        opened.refresh_from_db()
        assert opened.state == "open"

    def test_is_shown_on_the_agencys_page_and_on_the_list(self, suspended: Page, operator: Client) -> None:
        assert "Northgate Police is suspended, and its requests have ended." in suspended.text
        assert "Reinstate it under a new agreement" in suspended.text
        assert "Suspended Northgate Police since" in Page(operator.get("/staff/agencies/")).text

    def test_shuts_its_officers_out_at_once(self, signed_in: SignedIn, omar: Account, operator: Client) -> None:
        theirs = signed_in(omar)
        assert theirs.get("/portal/").status_code == 200
        fill(operator, f"{NORTHGATE}suspend/", reason=self.WHY)
        assert theirs.get("/portal/").status_code == 404

    def test_ends_its_requests_and_says_why_in_public(
        self, suspended: Page, opened: VideoRequest, client: Client
    ) -> None:
        opened.refresh_from_db()
        assert opened.state == "closed"
        assert ledger.entries(kind="agency.suspended").get().body["reason"] == self.WHY
        assert self.WHY in Page(client.get("/record/agencies/northgate-police/")).text

    def test_without_a_reason_is_refused(self, operator: Client, northgate: Agency) -> None:
        answer = fill(operator, f"{NORTHGATE}suspend/", reason="Because.")
        assert answer.status_code == 422
        assert "Say in 10 to 500 characters why the agency is suspended" in Page(answer).text
        northgate.refresh_from_db()
        assert northgate.suspended_at is None

    def test_once_more_leads_back_to_its_page(self, suspended: Page, operator: Client) -> None:
        assert operator.get(f"{NORTHGATE}suspend/")["Location"] == NORTHGATE
        assert not [address for address in suspended.addresses if address.endswith("/suspend/")]

    def test_in_a_second_window_is_refused(self, operator: Client, opened: VideoRequest) -> None:
        (form,) = [form for form in Page(operator.get(f"{NORTHGATE}suspend/")).forms if "suspend" in form.action]
        fill(operator, f"{NORTHGATE}suspend/", reason=self.WHY)
        answer = form.send(operator, changes={"reason": self.WHY})
        assert "This agency is already suspended." in Page(answer).text
        assert ledger.entries(kind="agency.suspended").count() == 1

    def test_a_new_agreement_lets_it_in_again(
        self, suspended: Page, operator: Client, signed_in: SignedIn, omar: Account, opened: VideoRequest
    ) -> None:
        assert "Reinstate Northgate Police" in Page(operator.get(f"{NORTHGATE}agreement/")).text
        answer = Page(fill(operator, f"{NORTHGATE}agreement/", **RENEWED))
        assert "Partner" in answer.text and "Reinstate" not in answer.text
        assert signed_in(omar).get("/portal/").status_code == 200
        opened.refresh_from_db()
        assert opened.state == "closed"


class TestAnAgencyWithoutAnAdmin:
    ADMIN = {name: value for name, value in SPRINGFIELD.items() if name.startswith("admin_")}

    def test_gets_one_from_otto(self, operator: Client, northgate: Agency, signed_in: SignedIn) -> None:
        page = Page(operator.get(NORTHGATE))
        assert "This agency has no admin" in page.text and f"{NORTHGATE}admin/" in page.addresses
        answer = Page(fill(operator, f"{NORTHGATE}admin/", **self.ADMIN))
        assert "Chief 1 was added." in answer.text and "This agency has no admin" not in answer.text
        (admin,) = admins(northgate)
        assert admin.account is not None
        assert signed_in(admin.account).get("/portal/officers/").status_code == 200

    def test_is_the_only_one_that_does(self, operator: Client, aggie: Account) -> None:
        assert f"{NORTHGATE}admin/" not in Page(operator.get(NORTHGATE)).addresses
        answer = fill(operator, f"{NORTHGATE}admin/", **self.ADMIN)
        assert answer.status_code == 422
        assert "This agency has an admin, who adds its officers." in Page(answer).text

    def test_says_what_is_wrong_beside_its_field(self, operator: Client, omar: Account) -> None:
        answer = fill(operator, f"{NORTHGATE}admin/", **{**self.ADMIN, "admin_badge": "4411"})
        assert "Badge number : Badge 4411 is taken by an officer of yours." in Page(answer).text

    def test_has_none_while_it_is_suspended(self, operator: Client, northgate: Agency) -> None:
        fill(operator, f"{NORTHGATE}suspend/", reason=TestSuspending.WHY)
        assert operator.get(f"{NORTHGATE}admin/").status_code == 404


class TestAnAgencysPage:
    def test_names_its_officers_by_title_and_badge_alone(
        self, operator: Client, omar: Account, ada: Account, northgate: Agency
    ) -> None:
        Officer.objects.filter(pk=officer(ada).pk).update(active=False)
        page = Page(operator.get(NORTHGATE))
        assert "Officer 4411" in page.text and "Sergeant 3102 No access" in page.text
        assert omar.email not in page.source and "Omar" not in page.text

    def test_leads_to_each_agreements_ledger_entry(self, operator: Client, northgate: Agency) -> None:
        fill(operator, f"{NORTHGATE}agreement/", **RENEWED)
        index = ledger.entries(kind="agency.agreement").get().index
        assert f"/record/ledger/{index}/" in Page(operator.get(NORTHGATE)).addresses

    @pytest.mark.parametrize("path", ["", "agreement/", "suspend/", "admin/"])
    def test_of_one_that_never_was_is_not_found(self, operator: Client, path: str) -> None:
        assert operator.get(f"/staff/agencies/atlantis-police/{path}").status_code == 404

"""What an agency's people did, for its own admins and auditors."""

from __future__ import annotations

from django.db import models

from goodfences import source
from goodfences.agencies.models.agency import Agency
from goodfences.agencies.models.officer import Officer


class AgencyAct(models.Model):
    """One thing that an agency's officer did, for its own admins and auditors. Written in the act's transaction."""

    class Kind(models.TextChoices):
        AGENCY_ADMITTED = "agency.admitted", "Agency admitted"
        AGENCY_SUSPENDED = "agency.suspended", "Agency suspended"
        AGENCY_TERMINATED = "agency.terminated", "Agreement terminated"
        AGREEMENT_RENEWED = "agreement.renewed", "Agreement renewed"
        OFFICER_ADDED = "officer.added", "Officer added"
        OFFICER_CHANGED = "officer.changed", "Role of an officer changed"
        OFFICER_DEACTIVATED = "officer.deactivated", "Officer deactivated"
        OFFICER_REACTIVATED = "officer.reactivated", "Officer reactivated"
        OFFICER_INVITED = "officer.invited", "Officer invited again"
        OFFICER_ACCEPTED = "officer.accepted", "Invitation accepted"
        OFFICER_LEFT = "officer.left", "Officer left"
        OFFICER_BADGE = "officer.badge", "Badge number of an officer written down"
        OFFICER_KEYS_TAKEN = "officer.keys_taken", "Second factor of an officer taken away"
        OFFICERS_CONFIRMED = "officers.confirmed", "Officer confirmed in the quarter’s re-check"
        OFFICERS_RECHECKED = "officers.rechecked", "Re-check of the quarter ended"
        SSO_CHANGED = "sso.changed", "Sign-in through the agency’s provider changed"
        SCIM_CHANGED = "scim.changed", "Access of the agency’s directory changed"
        REQUEST_SUBMITTED = "request.submitted", "Request submitted"
        REQUEST_TAKEN_BACK = "request.taken_back", "Request taken back before it was opened"
        REQUEST_OPENED = "request.opened", "Request approved and opened"
        REQUEST_REJECTED = "request.rejected", "Request rejected"
        REQUEST_WITHDRAWN = "request.withdrawn", "Request withdrawn"
        REQUEST_CLOSED = "request.closed", "Request closed"
        REQUEST_READ = "request.read", "Page of a request opened"
        REQUEST_COPIED = "request.copied", "Request copied into a draft"
        REQUESTS_SEARCHED = "requests.searched", "Requests searched"
        LOG_EXPORTED = "log.exported", "Log exported"
        FLAG_REVIEWED = "flag.reviewed", "Request reviewed by an auditor"
        VIDEO_VIEWED = "video.viewed", "Shared video viewed"
        VIDEO_DOWNLOADED = "video.downloaded", "Shared video downloaded"
        VIDEO_HELD = "video.held", "Shared video put on legal hold"
        VIDEO_HOLD_LIFTED = "video.hold_lifted", "Legal hold of a shared video lifted"
        VIDEO_HANDED_ON = "video.handed_on", "Shared video handed on"
        DELETION_ANSWERED = "deletion.answered", "Request of an owner to delete answered"
        QUESTION_ASKED = "question.asked", "Owner of a shared video asked a question"
        REUSE_PROPOSED = "reuse.proposed", "Another case for a shared video proposed"
        REUSE_OPENED = "reuse.opened", "Owner asked for another case"
        REQUEST_HELPED = "request.helped", "Said whether it helped"
        APPEAL_SUBMITTED = "appeal.submitted", "Public appeal submitted"
        APPEAL_TAKEN_BACK = "appeal.taken_back", "Public appeal taken back before it was opened"
        APPEAL_OPENED = "appeal.opened", "Public appeal approved and opened"
        APPEAL_REJECTED = "appeal.rejected", "Public appeal rejected"
        APPEAL_CLOSED = "appeal.closed", "Public appeal closed"
        HAND_IN_VIEWED = "hand_in.viewed", "Handed-in video viewed"
        HAND_IN_DOWNLOADED = "hand_in.downloaded", "Handed-in video downloaded"
        HAND_IN_HELD = "hand_in.held", "Handed-in video put on legal hold"
        HAND_IN_HOLD_LIFTED = "hand_in.hold_lifted", "Legal hold of a handed-in video lifted"
        KEY_SET = "key.set", "The agency's own key set"
        KEY_ENDED = "key.ended", "The agency's own key ended"
        POST_WRITTEN = "post.written", "Post published"
        POST_REPLIED = "post.replied", "Reply under a post"
        POST_RESOLVED = "post.resolved", "Said how a post ended"
        POST_TAKEN_DOWN = "post.taken_down", "Post taken down"
        POST_CONTESTED = "post.contested", "Asked for another look at a removed post"
        WARNING_SUBMITTED = "warning.submitted", "Warning written"
        WARNING_DISCARDED = "warning.discarded", "Warning discarded before it was issued"
        WARNING_ISSUED = "warning.issued", "Warning issued"
        WARNING_CALLED_OFF = "warning.called_off", "Warning called off"

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    officer = models.ForeignKey(Officer, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=24, choices=Kind)
    about = models.CharField(max_length=60, blank=True, help_text="As people name it: a case number, a badge")
    ref = models.CharField(max_length=22, blank=True, help_text="Of the video request, where there is one")
    at = models.DateTimeField(default=source.now, editable=False)

    @property
    def is_of_appeal(self) -> bool:
        """Whether `ref` is a public appeal's."""
        return self.kind.startswith(("appeal.", "hand_in."))

    @property
    def is_of_warning(self) -> bool:
        """Whether `ref` is a warning's."""
        return self.kind.startswith("warning.")

    class Meta:
        indexes = [
            models.Index(fields=["agency", "-at"], name="act_by_agency"),
            models.Index(fields=["at"], condition=models.Q(kind="video.viewed"), name="act_of_viewing"),
        ]

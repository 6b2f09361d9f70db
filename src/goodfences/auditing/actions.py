"""What officers do here: an auditor says what was found, and each says where they live, if they wish."""

from __future__ import annotations

from django.db import transaction

from goodfences import places, source
from goodfences.agencies import access
from goodfences.agencies.log import record
from goodfences.agencies.models import AgencyAct, Officer
from goodfences.auditing import queries
from goodfences.auditing.models import Flag, OwnNeighborhood
from goodfences.errors import NotFound, Refused, refuse
from goodfences.visible import length_problems

WORDS = (10, 500)


@transaction.atomic
def review(*, officer: Officer, ref: str, finding: str, words: str) -> Flag:
    """An auditor says what came of a flag, once. Raises Refused; NotFound for others, and for one's own request's."""
    officer = access.still_acting(officer)
    if officer.role != Officer.Role.AUDITOR:
        raise NotFound("Your role reviews nothing.")
    flag = Flag.objects.select_for_update(of=("self",)).get(pk=queries.flag(officer, ref).pk)
    if flag.officer_id == officer.pk:
        raise refuse("flag.own", "finding", "It is about a request of your own: another auditor has to look at it.")
    if flag.finding:
        raise refuse("flag.reviewed", "finding", "Somebody has said already what came of it. Nothing was changed.")
    if finding not in Flag.Finding.values:
        raise refuse("flag.finding", "finding", "Say whether it is fine or not.")
    if problems := length_problems(words, "words", *WORDS):
        raise Refused(*problems)
    flag.finding, flag.finding_words = finding, words.strip()
    flag.reviewed_by, flag.reviewed_at = officer, source.now()
    flag.save(update_fields=["finding", "finding_words", "reviewed_by", "reviewed_at"])
    record(AgencyAct.Kind.FLAG_REVIEWED, agency=officer.agency, officer=officer, about=flag.case_number)
    return flag


@transaction.atomic
def name_neighborhood(*, officer: Officer, cell: int | None) -> None:
    """Keep where the officer lives, as the resolution-9 cell around `cell`, or forget it. Raises NotFound."""
    officer = access.still_acting(officer)
    OwnNeighborhood.objects.filter(officer=officer).delete()
    if cell is not None:
        OwnNeighborhood.objects.create(officer=officer, cell=places.neighborhood(cell))

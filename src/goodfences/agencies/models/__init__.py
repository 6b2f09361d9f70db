"""Agencies, the public agreements they signed, and their officers."""

from goodfences.agencies.models.act import AgencyAct
from goodfences.agencies.models.agency import Agency, Agreement, new_agency_ref, new_agreement_ref
from goodfences.agencies.models.officer import Officer, new_officer_ref

__all__ = ["Agency", "AgencyAct", "Agreement", "Officer", "new_agency_ref", "new_agreement_ref", "new_officer_ref"]

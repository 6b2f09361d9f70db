"""The auditor's view: what the detectors point at, everything that was done, and both to take along."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from goodfences.agencies import queries as agencies
from goodfences.agencies.log import record
from goodfences.agencies.models import AgencyAct, Officer
from goodfences.auditing import actions, queries
from goodfences.auditing.detectors import detector, detectors
from goodfences.errors import Refused
from goodfences.web.forms import add_problems
from goodfences.web.portal.forms import NeighborhoodForm, ReviewForm
from goodfences.web.portal.guard import officer, reader_of_log
from goodfences_record.canonical import timestamp

INVALID = 422
A_PAGE = 100
COLUMNS = ("at", "officer", "role", "kind", "what", "about", "request")


@require_GET
@reader_of_log
def reviews(request: HttpRequest, acting: Officer) -> HttpResponse:
    """What waits for a review, and what came of the others."""
    flags = [(one, detector(one.detector)) for one in queries.flags_of(acting)[:A_PAGE]]
    context = {
        "agency": acting.agency,
        "waiting": [pair for pair in flags if not pair[0].finding],
        "reviewed": [pair for pair in flags if pair[0].finding],
        "detectors": detectors(),
        "has_auditor": acting.agency.officers.filter(active=True, role=Officer.Role.AUDITOR).exists(),
    }
    return render(request, "portal/reviews.html", context)


@require_http_methods(["GET", "POST"])
@reader_of_log
def review(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    """One request that a detector points at, and what an auditor found."""
    flag = queries.flag(acting, ref)
    form = ReviewForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.review(officer=acting, ref=ref, **form.cleaned_data)
        except Refused as refused:
            add_problems(form, refused)
        else:
            messages.success(request, _("Your finding is kept. The public sees how many there are, and no more."))
            return redirect("portal:reviews")
    context = {
        "agency": acting.agency,
        "flag": flag,
        "detector": detector(flag.detector),
        "form": form,
        "may_review": acting.role == Officer.Role.AUDITOR and not flag.finding and flag.officer_id != acting.pk,
    }
    return render(request, "portal/review.html", context, status=INVALID if form.errors else 200)


@require_GET
@reader_of_log
def log(request: HttpRequest, acting: Officer) -> HttpResponse:
    """What the agency's officers did, of one officer or of one kind where the reader chose so."""
    chosen = _chosen(request)
    page = Paginator(agencies.acts(acting.agency, **chosen), A_PAGE).get_page(request.GET.get("page"))
    context = {
        "agency": acting.agency,
        "page": page,
        "chosen": chosen,
        "officers": agencies.officers(acting.agency),
        "kinds": AgencyAct.Kind.choices,
    }
    return render(request, "portal/log.html", context)


@require_GET
@never_cache
@reader_of_log
def log_csv(request: HttpRequest, acting: Officer) -> HttpResponseBase:
    """All of it as CSV, the oldest first."""
    return _export(acting, "csv", "text/csv; charset=utf-8", _as_csv)


@require_GET
@never_cache
@reader_of_log
def log_jsonl(request: HttpRequest, acting: Officer) -> HttpResponseBase:
    """All of it as one JSON object a line, the oldest first."""
    return _export(acting, "jsonl", "application/jsonl", _as_json_lines)


@require_http_methods(["GET", "POST"])
@officer
def neighborhood(request: HttpRequest, acting: Officer) -> HttpResponse:
    """Where the officer lives, coarsely and only if they wish, so that requests about it are looked at by others."""
    form = NeighborhoodForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        actions.name_neighborhood(officer=acting, cell=form.cleaned_data["home"])
        messages.success(request, _("Kept.") if form.cleaned_data["home"] else _("Nothing is kept any more."))
        return redirect("portal:agency")
    context = {"agency": acting.agency, "form": form, "named": queries.named_neighborhood(acting)}
    return render(request, "portal/neighborhood.html", context, status=INVALID if form.errors else 200)


def _chosen(request: HttpRequest) -> dict[str, str]:
    kind = request.GET.get("kind", "")
    return {
        "officer_ref": request.GET.get("officer", "")[:22].replace("\0", ""),
        "kind": kind if kind in AgencyAct.Kind.values else "",
    }


def _export(acting: Officer, ending: str, content_type: str, write: Any) -> HttpResponseBase:
    record(AgencyAct.Kind.LOG_EXPORTED, agency=acting.agency, officer=acting, about=ending)
    acts = agencies.acts(acting.agency).order_by("at", "pk")
    response = StreamingHttpResponse(write(_rows(acts)), content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{acting.agency.slug}-log.{ending}"'
    return response


def _rows(acts: Any) -> Iterator[dict[str, str]]:
    for act in acts.iterator(chunk_size=500):
        yield {
            "at": timestamp(act.at),
            "officer": act.officer.shown_as if act.officer else "",
            "role": act.officer.role if act.officer else "",
            "kind": act.kind,
            "what": act.get_kind_display(),
            "about": act.about,
            "request": act.ref,
        }


class _Line:
    """A file for the csv module that hands back each line."""

    def write(self, line: str) -> str:
        return line


def _as_csv(rows: Iterator[dict[str, str]]) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield writer.writerow(COLUMNS)
    for row in rows:
        yield writer.writerow([_no_formula(row[column]) for column in COLUMNS])


def _no_formula(value: str) -> str:
    """A cell that a spreadsheet takes as text."""
    return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _as_json_lines(rows: Iterator[dict[str, str]]) -> Iterator[str]:
    for row in rows:
        yield json.dumps(row, ensure_ascii=False) + "\n"


urls = [
    path("reviews/", reviews, name="reviews"),
    path("reviews/<str:ref>/", review, name="review"),
    path("neighborhood/", neighborhood, name="neighborhood"),
    path("log/", log, name="log"),
    path("log.csv", log_csv, name="log_csv"),
    path("log.jsonl", log_jsonl, name="log_jsonl"),
]

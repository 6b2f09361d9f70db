"""The moderators' page, honest as long as there is nothing to moderate."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_GET

from goodfences.web.staff.guard import moderator


@require_GET
@moderator
def reports(request: HttpRequest) -> HttpResponse:
    return render(request, "staff/moderation.html")


urls = [path("moderation/", reports, name="reports")]

"""All of the record to take along, as JSON and CSV with their schema."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from goodfences.web.public.datasets import DATASETS, Dataset
from goodfences.web.public.open_data import MINUTE, download, for_everyone

# A cell that begins with one of these is run as a formula by spreadsheets; an apostrophe makes it text.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    return render(request, "public/data.html", {"datasets": DATASETS.values()})


@require_safe
@gzip_page
def as_json(request: HttpRequest, name: str) -> HttpResponseBase:
    return download(_json_parts(_dataset(name)), f"{name}.json", "application/json")


@require_safe
@gzip_page
def as_csv(request: HttpRequest, name: str) -> HttpResponseBase:
    return download(_csv_parts(_dataset(name)), f"{name}.csv", "text/csv; charset=utf-8")


@require_safe
def schema(request: HttpRequest, name: str) -> HttpResponseBase:
    response = JsonResponse(_dataset(name).schema(), content_type="application/schema+json")
    return for_everyone(response, seconds=MINUTE)


def _dataset(name: str) -> Dataset:
    try:
        return DATASETS[name]
    except KeyError as error:
        raise Http404(f"There is no download {name}.") from error


def _json_parts(dataset: Dataset) -> Iterator[str]:
    yield f'{{"{dataset.name}": ['
    between = "\n"
    for row in dataset.rows():
        yield between + json.dumps(row, ensure_ascii=False)
        between = ",\n"
    yield "\n]}\n"


class _Line:
    """A file for the csv module that hands back each line."""

    def write(self, line: str) -> str:
        return line


def _csv_parts(dataset: Dataset) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield writer.writerow(dataset.columns)
    for row in dataset.rows():
        yield writer.writerow([_cell(row[column]) for column in dataset.columns])


def _cell(value: Any) -> Any:
    if isinstance(value, (dict, list)):
        value = json.dumps(value, ensure_ascii=False, sort_keys=True)
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value

"""All of the record to take along, as JSON, JSON Lines, CSV and Parquet, with a schema and a dictionary."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from goodfences.web.public import dictionary, parquet
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
def as_json_lines(request: HttpRequest, name: str) -> HttpResponseBase:
    """One row a line, to be read while it comes."""
    lines = (f"{json.dumps(row, ensure_ascii=False)}\n" for row in _dataset(name).rows())
    return download(lines, f"{name}.jsonl", "application/jsonl")


@require_safe
def as_parquet(request: HttpRequest, name: str) -> HttpResponseBase:
    file = parquet.written(_dataset(name))
    response = FileResponse(file, content_type="application/vnd.apache.parquet")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.parquet"'
    return for_everyone(response, seconds=MINUTE)


@require_safe
def dictionary_page(request: HttpRequest, name: str) -> HttpResponse:
    """What each column of a download means."""
    dataset = _dataset(name)
    context = {"dataset": dataset, "columns": dictionary.columns(dataset.columns)}
    return render(request, "public/data_dictionary.html", context)


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

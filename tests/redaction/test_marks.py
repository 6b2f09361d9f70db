"""What can be written as a mark or an area, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from goodfences.redaction import marks
from goodfences.redaction.marks import Anchor, Area, Kind, Malformed, Mark

PLAIN: dict[str, Any] = {"kind": "drawn", "starts_ms": 0, "ends_ms": 2000, "anchors": [[500, 10, 20, 300, 400]]}


def test_a_mark_reads_as_it_was_written() -> None:
    mark = Mark(Kind.FACE, 100, 900, (Anchor(100, 0, 0, 50, 60), Anchor(500, 9900, 9900, 100, 100)), still=True)
    assert marks.mark(mark.as_data()) == mark


def test_an_area_reads_as_it_was_written() -> None:
    area = Area(((0, 0), (10_000, 0), (10_000, 10_000)))
    assert marks.area(area.as_data()) == area


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "guess"}, "kind"),
        ({"starts_ms": -1}, "ends_ms"),
        ({"starts_ms": "0"}, "starts_ms"),
        ({"ends_ms": True}, "ends_ms"),
        ({"ends_ms": 0}, "ends_ms"),
        ({"anchors": []}, "anchors"),
        ({"anchors": [[2000, 10, 20, 300, 400]]}, "anchors"),
        ({"anchors": [[500, 10, 20, 300, 400], [500, 0, 0, 300, 400]]}, "anchors"),
        ({"anchors": [[500, 10, 20, 300]]}, "anchors"),
        ({"anchors": [[500, 9900, 20, 300, 400]]}, "anchors"),
        ({"anchors": [[500, 10, 20, 300, 39]]}, "anchors"),
        ({"anchors": [[500, 10.5, 20, 300, 400]]}, "anchors"),
        ({"anchors": "all"}, "anchors"),
    ],
)
def test_what_is_no_mark_says_which_field_is_wrong(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Malformed, match=field):
        marks.mark(PLAIN | changes)


@pytest.mark.parametrize(
    "points", [[], [[0, 0], [1, 1]], [[0, 0]] * 3, [[0, 0], [1, 1], [10_001, 0]], [[0], [1], [2]], 3]
)
def test_what_is_no_area_is_refused(points: Any) -> None:
    with pytest.raises(Malformed, match="points"):
        marks.area(points)


def test_a_mark_is_no_list() -> None:
    with pytest.raises(Malformed, match="mark"):
        marks.mark([])

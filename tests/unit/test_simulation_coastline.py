import json
import os
from pathlib import Path

import pytest
import shapely

from groundmotion.errors import InputError
from groundmotion.simulation.coastline import coarse_land, land_of_geojson, land_within

CRS = "EPSG:27700"
NATION = (0.0, 0.0, 700_000.0, 1_250_000.0)


def at(east, north):
    half = 50.0
    box = (east - half, north - half, east + half, north + half)
    return land_within(coarse_land(), box, CRS).area / (2 * half) ** 2


def test_the_outline_is_of_simple_rings():
    assert all(part.is_valid for part in shapely.get_parts(coarse_land()))
    assert shapely.get_num_coordinates(coarse_land()) < 500


def test_the_nation_has_its_size():
    # 229,000 km² with the larger islands (Office for National Statistics).
    assert land_within(coarse_land(), NATION, CRS).area / 1e6 == pytest.approx(229_000, rel=0.02)


@pytest.mark.parametrize(
    ("place", "east", "north", "share"),
    [
        ("Castleford", 442_700, 425_500, 1.0),
        ("Swadlincote", 430_000, 319_700, 1.0),
        ("Battersea", 529_000, 177_400, 1.0),
        ("Newport", 331_000, 188_000, 1.0),
        ("Glasgow", 259_000, 665_000, 1.0),
        ("Bristol Channel", 325_000, 170_000, 0.0),
        ("Irish Sea", 260_000, 450_000, 0.0),
        ("Dogger Bank", 690_000, 550_000, 0.0),
        ("The Minch", 180_000, 930_000, 0.0),
    ],
)
def test_towns_lie_on_land_and_seas_do_not(place, east, north, share):
    assert at(east, north) == share


def test_an_extent_at_sea_has_no_land():
    assert land_within(coarse_land(), (0, 0, 50_000, 5_000), CRS).is_empty


def test_a_file_replaces_the_outline():
    square = shapely.box(-2.0, 52.0, -1.0, 53.0)
    feature = {"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(square)}
    text = json.dumps({"type": "FeatureCollection", "features": [feature]})
    for content in (text, json.dumps(feature), json.dumps(feature["geometry"])):
        assert land_of_geojson(content, "land.geojson").equals(square)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no json", r"land\.geojson: expected a GeoJSON file"),
        ('{"type": "Point", "coordinates": [1, 2]}', r"land\.geojson: expected polygons"),
        (shapely.to_geojson(shapely.box(0, 0, 1000, 1000)), r"longitude and latitude.*EPSG:4326"),
    ],
)
def test_a_file_that_is_no_outline_is_refused(text, message):
    with pytest.raises(InputError, match=message):
        land_of_geojson(text, "land.geojson")


def test_the_coarse_outline_agrees_with_a_fine_one():
    folder = os.environ.get("GROUNDMOTION_DATA")
    path = Path(folder or "", "gb_land/gb_land.geojson")
    if not folder or not path.is_file():
        pytest.skip("needs gb_land/gb_land.geojson in GROUNDMOTION_DATA")
    fine = land_of_geojson(path.read_text(encoding="utf-8"), str(path))
    wales = (180_000.0, 160_000.0, 360_000.0, 400_000.0)
    one, other = (land_within(land, wales, CRS) for land in (coarse_land(), fine))
    assert one.intersection(other).area / one.union(other).area > 0.9


def test_rings_that_cross_themselves_are_mended():
    # Two triangles in one ring; clipping such a ring may fail.
    ring = "[[-2, 52], [-1, 53], [-1, 52], [-2, 53], [-2, 52]]"
    land = land_of_geojson(f'{{"type": "Polygon", "coordinates": [{ring}]}}', "land.geojson")
    assert shapely.get_parts(land).size == 2
    assert land.is_valid and land.area == pytest.approx(0.5)

import re
from copy import deepcopy
from pathlib import Path

import pytest
import yaml

from groundmotion.errors import InputError
from groundmotion.names import FILLS
from groundmotion.workflow.configuration import arms_of, checked_config

ROOT = Path(__file__).parents[2]
SCHEMA = yaml.safe_load((ROOT / "rules/config.schema.yaml").read_text())


def merged(*names):
    def update(base, over):
        for key, value in over.items():
            if isinstance(value, dict) and isinstance(base.get(key), dict):
                update(base[key], value)
            else:
                base[key] = value

    config = {}
    for name in names:
        update(config, yaml.safe_load((ROOT / name).read_text()))
    return config


@pytest.fixture
def config():
    return merged("config.yaml")


def with_value(config, dotted, value):
    changed = deepcopy(config)
    *parents, last = dotted.split(".")
    place = changed
    for part in parents:
        place = place[part]
    place[last] = value
    return changed


@pytest.mark.parametrize(
    "overlay",
    [
        [],
        ["tests/config.yaml"],
        ["config/shipped_models.yaml"],
        ["config/paper.yaml"],
        ["config/paper.yaml", "config/two_cores.yaml"],
        ["config/paper.yaml", "config/two_cores.yaml", "config/two_cores_others.yaml"],
        ["config/paper.yaml", "config/ablation.yaml"],
    ],
    ids="+".join,
)
def test_the_shipped_configurations_are_valid(overlay):
    checked_config(merged("config.yaml", *overlay), SCHEMA)


def test_defaults_come_from_the_schema(config):
    scene = checked_config(config, SCHEMA)["scenes"]["ustica"]
    assert scene["role"] == "detect"
    assert scene["sources"] == ["point", "line"]


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("tiels", {}, "unknown key tiels"),
        ("thresholds.slow", 3, r"thresholds: unknown key slow; known are dilation_px, fast_mm_yr"),
        ("seed", "one", r"seed: 'one' is not of type 'integer'"),
        ("fills.tile_px", 100, r"fills\.tile_px: 100 is less than the minimum"),
        ("fills.tile_pix", 100, r"fills\.tile_pix: expected the numbers of a fill, got 100; known .*tile_px"),
        ("fills.spline", {}, r"fills: unknown key spline; known are delaunay, .*tile_px$"),
        ("fills.delaunay", {}, r"fills\.delaunay: missing 1 .*max_edge_px"),
        ("fills.delaunay.max_edge_m", 3.0, r"fills\.delaunay: .*max_edge_m"),
        ("fills.delaunay.max_edge_px", -1, r"delaunay\.max_edge_px must be positive.* got -1$"),
        ("fills.kriging.tolerance", "1e-3", r"kriging\.tolerance must be a number, got '1e-3'$"),
        ("fills.kriging.max_iterations", 9.5, r"max_iterations must be a whole number, got 9\.5$"),
        ("tiled.tile_px", 2500, r"tiled\.tile_px: 2500 is not a multiple of 28"),
        ("tiled.halo_px", 49, r"tiled\.halo_px: 49 are 490 m in scene great_britain_nation, less than"),
        ("scene_fill", "magic", r"scene_fill: 'magic' is not one of"),
        ("active_scenes", ["atlantis"], r"active_scenes: atlantis is not among scenes"),
        ("figures.case_studies", ["atlantis"], r"figures\.case_studies: atlantis is not among scenes"),
        ("figures.overview", "atlantis", r"figures\.overview: atlantis is not among scenes"),
        ("scenes.ustica.model", "compact_kriging_std", r"ustica\.model: expected a model of one map"),
        ("models.compact.input", "unwrapped_std", r"models\.compact: input unwrapped_std needs .*kriging"),
        ("scenes.ustica.fill", "magic", r"scenes\.ustica\.fill: 'magic' is not one of"),
        ("scenes.great_britain_nation.fill", "delaunay", r"great_britain_nation\.fill: tiles are filled"),
        ("scenes.ustica.model", "huge", r"scenes\.ustica\.model: huge is not among models"),
        ("scenes.ustica.bounds", [1, 1, 0, 2], r"scenes\.ustica\.bounds: expected \[left"),
        ("scenes.ustica.simulation", {}, r"scenes\.ustica: expected either `files`"),
        ("thresholds.slow_mm_yr", 9, r"thresholds: expected slow_mm_yr <"),
        ("areas.levels", [0.9, 0.5], r"areas\.levels: expected ascending"),
        ("calibration_temperature", [20, 0.1], r"calibration_temperature: expected \[lowest"),
        ("calibration_temperature", [0, 20], r"calibration_temperature\.0: 0 is less than"),
        ("volcanoes.depth_m", [5e3, 3e3], r"volcanoes\.depth_m: expected \[lowest, highest\]"),
        ("volcanoes.relief.roughness_m", [9, 8], r"volcanoes\.relief\.roughness_m: expected"),
        ("examples.density", [0.3, 0.1], r"examples\.density: expected \[lowest, highest\]"),
        ("examples.masks", {"10": "ustica"}, r"examples\.masks\.10: ustica is not a scene with role"),
        ("examples.bands.test", [0.5, 1.0], r"examples\.bands: train .* and test .* overlap"),
        ("training.real_negatives", {"10": ["ustica"]}, r"real_negatives\.10: ustica must be"),
        ("examples.mixture", [], r"examples\.mixture: \[\] should be non-empty"),
        ("examples.mixture", ["storms"], r"examples\.mixture\.0: 'storms' is not one of"),
        ("shifts.gross_outliers.size_mm_yr", [15, 4], r"size_mm_yr: expected \[lowest, highest\]"),
        ("shifts.heavy_spikes.degrees_of_freedom", 2, r"degrees_of_freedom: 2 is less than"),
        ("robustness.shifts", ["ramps"], r"robustness\.shifts: \['ramps'\] does not contain"),
        ("examples.masks", {"5": "training_ground_5m"}, r"no scene for pixel_m 10"),
    ],
)  # fmt: skip
def test_a_wrong_key_is_named_with_what_was_expected(config, key, value, message):
    with pytest.raises(InputError, match=message):
        checked_config(with_value(config, key, value), SCHEMA)


ARM = {"model": "compact", "source": "point", "pixel_m": 10}


@pytest.mark.parametrize(
    ("key", "arm", "message"),
    [
        ("table1", {"model": "huge"}, r"table1\.0\.model: huge is not among models: alexnet_"),
        ("kinds", {"model": "huge"}, r"kinds\.0\.model: huge is not among models: alexnet_"),
        ("two_looks", {"model": "huge"}, r"two_looks\.0\.model: huge is not among models"),
        ("robustness.models", {"model": "huge"}, r"robustness\.models\.0\.model: huge is not among"),
        ("detectability.models", {"model": "huge"}, r"detectability\.models\.0\.model: huge is not"),
        ("table1", {"network": "compact"}, r"table1\.0: unknown key network; known are model, pixel_m"),
        ("table1", {"published": True}, r"table1\.0: unknown key published; known are model"),
        ("table1", {"pixel_m": 20}, r"table1\.0\.pixel_m: 20 is not one of \[5, 10\]"),
        ("table1", {"preset": "detectability"}, r"table1\.0\.preset: 'detectability' is not one of"),
        ("table1", {"seeds": []}, r"table1\.0\.seeds: \[\] should be non-empty"),
        ("kinds", {"source": "point"}, r"kinds\.0: 'point' stands under a key that is not used there"),
        ("kinds", {"model": "compact_wrapped"}, r"kinds\.0\.model: expected a model of input unwrap"),
        ("two_looks", {"model": "compact_sincos"}, r"two_looks\.0\.model: .* got wrapped_sincos"),
        ("robustness.models", {"model": "compact_kriging_std"}, r"models\.0\.model: .* of one map"),
        ("detectability.models", {"model": "compact_kriging_std"}, r"0\.model: .* of one map"),
    ],
)  # fmt: skip
def test_a_wrong_arm_is_named_with_what_was_expected(config, key, arm, message):
    whole = {**ARM, **arm}
    if key == "kinds" and "source" not in arm:
        del whole["source"]
    with pytest.raises(InputError, match=message):
        checked_config(with_value(config, key, [whole]), SCHEMA)


def test_arms_are_those_of_their_models_for_each_of_their_seeds(config):
    entries = [
        ARM,
        {**ARM, "source": "line", "pixel_m": 5, "preset": "as_printed", "seeds": [4, 2]},
        {"model": "multiscale", "pixel_m": 10, "published": False},
    ]
    arms = arms_of(config, entries)
    keys = ("source", "preset", "pixel_m", "fill", "network", "seed", "published")
    assert [[arm.get(key) for key in keys] for arm in arms] == [
        ["point", "mining", 10, "matrix_completion", "compact", 1, True],
        ["line", "as_printed", 5, "matrix_completion", "compact", 4, True],
        ["line", "as_printed", 5, "matrix_completion", "compact", 2, True],
        [None, "mining", 10, "none", "multiscale", 1, False],
    ]
    assert not {"model", "seeds"} & {key for arm in arms for key in arm}
    assert list(arms[0]) == [
        "source", "preset", "pixel_m", "fill", "input", "pretraining", "network", "published", "seed"
    ]  # fmt: skip
    assert arms_of(config, []) == []


def test_a_mixture_of_two_is_no_range(config):
    mixed = with_value(config, "examples.mixture", ["ramps", "matern"])
    assert checked_config(mixed, SCHEMA)["examples"]["mixture"] == ["ramps", "matern"]


WEIGHTS = {"file": "alexnet.pth", "sha256": "0" * 64}


@pytest.mark.parametrize(
    ("weights", "changes", "message"),
    [
        ({"file": None}, {}, r"imagenet_weights\.file: is not given, but models\.compact asks"),
        ({"sha256": None}, {}, r"imagenet_weights\.sha256: is not given"),
        ({"sha256": "abc"}, {}, r"imagenet_weights\.sha256: 'abc' does not match"),
        ({}, {"network": "compact"}, r"models\.compact: pretraining imagenet is for alexnet"),
        ({}, {"input": "wrapped_sincos"}, r"models\.compact: pretraining imagenet is for the inputs"),
        ({}, {}, None),
        ({"file": None}, {"pretraining": "volcanic"}, None),
        ({"file": None}, {"published": True}, None),
    ],
)  # fmt: skip
def test_weights_of_imagenet_are_given_where_they_are_asked_for(config, weights, changes, message):
    arm = {"pretraining": "imagenet", "network": "alexnet", "published": False, **changes}
    asked = with_value(config, "models.compact", {**config["models"]["compact"], **arm})
    asked = with_value(asked, "table1", [])  # all of whose models are trained
    asked = with_value(asked, "imagenet_weights", {**WEIGHTS, **weights})
    if message is None:
        checked_config(asked, SCHEMA)
    else:
        with pytest.raises(InputError, match=message):
            checked_config(asked, SCHEMA)


@pytest.mark.parametrize(
    ("key", "entry", "asks"),
    [
        ("table1", {}, "table1.0"),  # trained here, whatever is published
        ("robustness.models", {}, None),
        ("robustness.models", {"published": False}, "robustness.models.0"),
        ("detectability.models", {"published": False}, "detectability.models.0"),
    ],
)
def test_an_arm_of_a_published_model_asks_where_it_is_trained(config, key, entry, asks):
    model = {"pretraining": "imagenet", "network": "alexnet", "published": True}
    asked = with_value(config, "models.other", {**config["models"]["compact"], **model})
    asked = with_value(asked, key, [{**ARM, "model": "other", **entry}])
    if asks is None:
        checked_config(asked, SCHEMA)
    else:
        with pytest.raises(InputError, match=f"file: is not given, but {asks} asks"):
            checked_config(asked, SCHEMA)


@pytest.mark.parametrize("fill", FILLS)
def test_scenes_are_filled_in_any_way_whatever_their_models_know(config, fill):
    everywhere = with_value(config, "scene_fill", fill)
    assert checked_config(everywhere, SCHEMA)["scene_fill"] == fill
    one = checked_config(with_value(config, "scenes.ustica.fill", fill), SCHEMA)
    assert one["scenes"]["ustica"]["fill"] == fill


def test_all_problems_are_listed_at_once(config):
    broken = with_value(with_value(config, "seed", -1), "device", "abacus")
    with pytest.raises(InputError, match=r"(?s)device.*seed"):
        checked_config(broken, SCHEMA)


def test_every_key_of_the_schema_is_closed():
    def walk(node, path=""):
        if isinstance(node, dict):
            closed = "enum_of" in node.get("propertyNames", {})
            if node.get("type") == "object" and "properties" in node and not closed:
                # the sections of fills are checked by their classes, as tried above
                rest = {"type": "object"} if path == "/properties/fills" else False
                assert node.get("additionalProperties") == rest, path
            for key, value in node.items():
                walk(value, f"{path}/{key}")

    walk(SCHEMA)


@pytest.mark.parametrize(
    ("path", "key"),
    [
        (("fills", "max_gap_m"), "fills.max_gap_m"),
        (("areas", "levels", 0), "areas.levels.0"),
        (("scenes", "ustica", "bounds", 2), "scenes.ustica.bounds.2"),
    ],
)
def test_a_number_that_is_none_is_refused_by_name(config, path, key):
    section = config
    for part in path[:-1]:
        section = section[part]
    section[path[-1]] = float("nan")
    with pytest.raises(InputError, match=re.escape(f"{key}: expected a number, got NaN")):
        checked_config(config, SCHEMA)


def test_a_model_needs_a_section_of_training(config):
    del config["training"]["compact"]
    with pytest.raises(InputError, match=r"training: expected a section compact"):
        checked_config(config, SCHEMA)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        (
            "significance.noise.ranges_m",
            [50.0, 20.0],
            "significance.noise.ranges_m: expected ascending ranges, got [50.0, 20.0]",
        ),
        (
            "significance.window_m",
            100.0,
            "significance.window_m: expected at least ten cells of 20 m, got 100",
        ),
        ("significance.size_ratio", 1.0, "significance.size_ratio"),
        ("significance.false_areas_per_1000_km2", 0.0, "significance.false_areas_per_1000_km2"),
        ("sources.peak_share", 1.0, "sources.peak_share"),
        (
            "trials.validation_seed",
            1,
            "trials.validation_seed: expected another than trials.seed 1",
        ),
        ("trials.radius_m", [600.0, 200.0], "trials.radius_m: expected [lowest, highest]"),
        (
            "trials.noise.egms_like.b_per_km",
            [3.0, 2.0],
            "trials.noise.egms_like.b_per_km: expected",
        ),
        ("trials.size_m", 1000.0, "sources of up to 600 m do not fit into trials of 1000 m"),
        ("trials.radius_classes_m", [600.0, 200.0], "trials.radius_classes_m: expected ascending"),
        ("trials.shown_overlap", 0.3, "trials.shown_overlap: 0.3 is not among detectors.overlaps"),
        ("trials.detectors", ["oracle"], "trials.detectors.0: 'oracle' is not one of"),
        (
            "trials.model.model",
            "compact_kriging",
            "trials.model: expected a model of a fill without",
        ),
        ("trials.model.model", "large", "trials.model.model: large is not among models"),
        ("trials.noise.egms_like.degrees_of_freedom", 2.0, "degrees_of_freedom"),
    ],
)
def test_a_trial_that_cannot_be_is_named(config, key, value, words):
    with pytest.raises(InputError, match=re.escape(words)):
        checked_config(with_value(config, key, value), SCHEMA)

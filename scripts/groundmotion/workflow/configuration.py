"""Check a configuration before any job starts, and fill in the schema's defaults."""

import itertools
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

import jsonschema

from groundmotion.errors import InputError

Config = dict[str, Any]


def checked_config(config: Mapping[str, Any], schema: Mapping[str, Any]) -> Config:
    """Return a copy of the configuration with defaults filled in.

    Parameters
    ----------
    config
        As read from YAML.
    schema
        JSON schema (``rules/config.schema.yaml``).

    Raises
    ------
    InputError
        Naming every wrong key, what was expected there and what came.
    """
    checked = deepcopy(dict(config))
    problems = [_explain(error) for error in _validator(schema).iter_errors(checked)]
    if not problems:
        _fill_scene_defaults(checked, schema)
        problems = list(_cross_key_problems(checked))
    if problems:
        listed = "\n".join(f"  - {problem}" for problem in sorted(problems))
        raise InputError(f"the configuration cannot be used:\n{listed}")
    return checked


def _validator(schema: Mapping[str, Any]) -> jsonschema.protocols.Validator:
    return jsonschema.Draft202012Validator(dict(schema))


def _fill_scene_defaults(config: Config, schema: Mapping[str, Any]) -> None:
    properties = schema["properties"]["scenes"]["additionalProperties"]["properties"]
    for scene in config["scenes"].values():
        for key, entry in properties.items():
            if "default" in entry:
                scene.setdefault(key, deepcopy(entry["default"]))


def _explain(error: Any) -> str:
    key = ".".join(str(part) for part in error.absolute_path) or "(top level)"
    if error.validator == "additionalProperties":
        known = ", ".join(sorted(error.schema.get("properties", {})))
        names = re.findall(r"'([^']+)' (?:was|were)|'([^']+)', ", error.message)
        unknown = ", ".join(a or b for a, b in names) or error.message
        return f"{key}: unknown key {unknown}; known are {known or 'other patterns'}"
    if error.validator == "oneOf" and error.absolute_path and error.absolute_path[0] == "scenes":
        return (
            f"{key}: expected either `files` and `model` (a real scene) or `simulation` and "
            f"`looks` (a simulated one), got the keys {', '.join(sorted(error.instance))}"
            if isinstance(error.instance, dict)
            else f"{key}: expected a file pattern or a list of them, got {error.instance!r}"
        )
    meaning = error.schema.get("description")
    return f"{key}: {error.message}" + (f" ({meaning})" if meaning else "")


def _cross_key_problems(config: Config) -> Iterator[str]:
    yield from _range_problems(config, "")
    yield from _scene_problems(config)
    yield from _example_problems(config)
    yield from _pretraining_problems(config)
    for number, arm in enumerate(config["table1"]):
        if arm["input"] == "unwrapped_std" and arm["fill"] != "kriging":
            yield f"table1.{number}: input unwrapped_std needs fill kriging, which alone states it"
    limits = config["thresholds"]
    if not limits["slow_mm_yr"] < limits["medium_mm_yr"] < limits["fast_mm_yr"]:
        yield "thresholds: expected slow_mm_yr < medium_mm_yr < fast_mm_yr"
    seen = config["detectability"]
    for name in ("density", "size_m", "peak_mm_yr"):
        if seen[name] != sorted(set(seen[name])):
            yield f"detectability.{name}: expected ascending, distinct edges, got {seen[name]}"
    if min(seen["per_class"], seen["observed_per_class"]) * seen["false_alarms"] < 1:
        yield (
            f"detectability: {seen['observed_per_class']} windows are too few for "
            f"{seen['false_alarms']} false alarms a window; raise per_class and observed_per_class"
        )
    coldest, hottest = config["calibration_temperature"]
    if coldest >= hottest:
        yield f"calibration_temperature: expected [lowest, highest], got {[coldest, hottest]}"
    if config["areas"]["levels"] != sorted(set(config["areas"]["levels"])):
        yield "areas.levels: expected ascending, distinct probabilities"


def _pretraining_problems(config: Config) -> Iterator[str]:
    """Weights of ImageNet are those of one network, for images of one channel."""
    arms = {f"table1.{number}": arm for number, arm in enumerate(config["table1"])}
    arms |= {
        f"{section}.models.{number}": arm
        for section in ("beyond", "detectability")
        for number, arm in enumerate(config[section]["models"])
    }
    arms |= {f"models.{name}": arm for name, arm in config["models"].items()}
    arms = {key: arm for key, arm in arms.items() if not arm.get("published")}
    asking = {key: arm for key, arm in arms.items() if arm["pretraining"] == "imagenet"}
    for key, arm in asking.items():
        if not arm["network"].startswith("alexnet"):
            yield f"{key}: pretraining imagenet is for alexnet and alexnet_masked only"
        if arm["input"] == "wrapped_sincos":
            yield f"{key}: pretraining imagenet is for the inputs wrapped and unwrapped only"
    for missing in [part for part, value in config["imagenet_weights"].items() if value is None]:
        if asking:
            yield (
                f"imagenet_weights.{missing}: is not given, but {', '.join(asking)} asks for "
                "pretraining imagenet; name a file of torchvision's alexnet and its SHA-256"
            )


def _range_problems(config: Mapping[str, Any], where: str) -> Iterator[str]:
    """Pairs of numbers in `examples`, `presets`, `shifts` and `volcanoes` are [lowest, highest]."""
    for key, value in config.items():
        name = f"{where}{key}"
        if name == "examples.mixture":
            continue
        if isinstance(value, Mapping) and name.partition(".")[0] in (
            "examples",
            "presets",
            "shifts",
            "volcanoes",
        ):
            yield from _range_problems(value, f"{name}.")
        elif isinstance(value, list) and where and len(value) == 2 and value[0] > value[1]:
            yield f"{name}: expected [lowest, highest], got {value}"


def _scene_problems(config: Config) -> Iterator[str]:
    scenes, active = config["scenes"], config["active_scenes"]
    for name in active if active != "all" else ():
        if name not in scenes:
            yield f"active_scenes: {name} is not among scenes: {', '.join(sorted(scenes))}"
    for name, scene in scenes.items():
        left, bottom, right, top = scene["bounds"]
        if left >= right or bottom >= top:
            yield (
                f"scenes.{name}.bounds: expected [left, bottom, right, top] with left < right "
                f"and bottom < top, got {scene['bounds']}"
            )
        if scene["role"] == "training":
            continue
        halo_m = config["tiled"]["halo_px"] * scene["pixel_m"]
        if scene["role"] == "tiled" and halo_m < config["tiles"]["max_gap_m"]:
            yield (
                f"tiled.halo_px: {config['tiled']['halo_px']} are {halo_m:g} m in scene {name}, "
                f"less than tiles.max_gap_m {config['tiles']['max_gap_m']:g}: a tile would not "
                "know of its neighbours' points; widen the halo or lower the gap"
            )
        if scene.get("model") not in config["models"]:
            yield (
                f"scenes.{name}.model: {scene.get('model')} is not among models: "
                f"{', '.join(sorted(config['models']))}"
            )
        elif config["models"][scene["model"]]["fill"] not in ("none", config["scene_fill"]):
            yield (
                f"scenes.{name}.model: {scene['model']} is trained on maps filled by "
                f"{config['models'][scene['model']]['fill']}, but scene_fill is "
                f"{config['scene_fill']}; a detector needs the maps it knows"
            )


def _example_problems(config: Config) -> Iterator[str]:
    scenes, masks = config["scenes"], config["examples"]["masks"]
    for pixel_m, name in masks.items():
        scene = scenes.get(name)
        if scene is None or scene["role"] != "training":
            yield f"examples.masks.{pixel_m}: {name} is not a scene with role: training"
        elif str(scene["pixel_m"]) != str(pixel_m):
            yield (
                f"examples.masks.{pixel_m}: scene {name} has pixel_m {scene['pixel_m']}; "
                "masks keep their pixel size"
            )
    needed = {str(arm["pixel_m"]) for arm in (*config["table1"], *config["beyond"]["models"])}
    needed |= {str(s["pixel_m"]) for s in scenes.values() if s["role"] == "detect"}
    for pixel_m in sorted(needed - {str(key) for key in masks}):
        yield f"examples.masks: no scene for pixel_m {pixel_m}, which a scene or a model uses"
    bands = sorted(config["examples"]["bands"].items(), key=lambda item: item[1])
    for (first, one), (second, other) in itertools.pairwise(bands):
        if one[1] > other[0]:
            yield f"examples.bands: {first} {one} and {second} {other} overlap"
    for pixel_m, names in config["training"]["real_negatives"].items():
        for name in names:
            if scenes.get(name, {}).get("role") != "training":
                yield (
                    f"training.real_negatives.{pixel_m}: {name} must be a scene with role: "
                    "training, so that it is never scored"
                )

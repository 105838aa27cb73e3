"""Check a configuration before any job starts, and fill in the schema's defaults."""

import itertools
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any

import jsonschema

from groundmotion.errors import InputError
from groundmotion.interpolation.settings import FILL_KEYS, FillSettings
from groundmotion.names import ARM, ENUMERATIONS, FILLS
from groundmotion.workflow.consistency import (
    detectability_problems,
    significance_problems,
    trial_problems,
)

Config = dict[str, Any]

#: What an arm is, in the order of a model's folder.
ARM_KEYS = (*ARM, "published")

#: Studies whose models tell velocities of several kinds or looks, which wraps do not.
UNWRAPPED = ("kinds.", "two_looks.")
#: Studies that test models, trained here or published; the others train all of theirs.
TESTED = ("robustness.", "detectability.", "trials.")


def checked_config(config: Mapping[str, Any], schema: Mapping[str, Any]) -> Config:
    """Return a copy of the configuration with defaults filled in.

    Parameters
    ----------
    config
        As read from YAML.
    schema
        JSON schema (``rules/config.schema.yaml``); ``enum_of`` there names words of
        :data:`groundmotion.names.ENUMERATIONS`.

    Raises
    ------
    InputError
        Naming every wrong key, what was expected there and what came.
    """
    checked = deepcopy(dict(config))
    validator = jsonschema.Draft202012Validator(_with_words(schema))
    problems = [_explain(error) for error in validator.iter_errors(checked)]
    problems += _nan_problems(checked, "")
    if not problems:
        _fill_scene_defaults(checked, schema)
        problems = list(_cross_key_problems(checked))
    if problems:
        listed = "\n".join(f"  - {problem}" for problem in sorted(problems))
        raise InputError(f"the configuration cannot be used:\n{listed}")
    return checked


def arms_of(config: Config, entries: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what entries of a study name: each arm whole, once for each of its seeds.

    Parameters
    ----------
    config
        Whole, with its section ``models``.
    entries
        Each with ``model`` and ``pixel_m``, and ``source`` but where all are meant; ``preset``,
        ``seeds`` and ``published`` where they are not those of the model.

    Returns
    -------
    list of dict
        ``source, preset, pixel_m, fill, input, pretraining, network, published, seed``.

    Examples
    --------
    >>> model = {"preset": "mining", "fill": "none", "network": "compact", "seed": 1}
    >>> arms_of({"models": {"bare": model}}, [{"model": "bare", "pixel_m": 10, "seeds": [2]}])
    [{'preset': 'mining', 'pixel_m': 10, 'fill': 'none', 'network': 'compact', 'seed': 2}]
    """
    arms = []
    for entry in entries:
        named = {**config["models"][entry["model"]], **entry}
        arm = {key: named[key] for key in ARM_KEYS if key in named}
        arms += [{**arm, "seed": seed} for seed in entry.get("seeds", [named["seed"]])]
    return arms


def _with_words(schema: Any) -> Any:
    """Put the words of the workflow in the place of ``enum_of``."""
    if isinstance(schema, Mapping):
        plain = {key: _with_words(value) for key, value in schema.items() if key != "enum_of"}
        words = schema.get("enum_of")
        return {**plain, "enum": list(ENUMERATIONS[words])} if words is not None else plain
    return [_with_words(value) for value in schema] if isinstance(schema, list) else schema


def _nan_problems(value: Any, key: str) -> list[str]:
    """Bounds of the schema let NaN pass, which compares with nothing."""
    parts: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, Mapping):
        parts = value.items()
    elif isinstance(value, list):
        parts = enumerate(value)
    elif isinstance(value, float) and math.isnan(value):
        return [f"{key}: expected a number, got NaN"]
    return [
        problem
        for name, part in parts
        for problem in _nan_problems(part, f"{key}.{name}" if key else str(name))
    ]


def _fill_scene_defaults(config: Config, schema: Mapping[str, Any]) -> None:
    properties = schema["properties"]["scenes"]["additionalProperties"]["properties"]
    for scene in config["scenes"].values():
        for key, entry in properties.items():
            if "default" in entry:
                scene.setdefault(key, deepcopy(entry["default"]))


def _explain(error: Any) -> str:
    key = ".".join(str(part) for part in error.absolute_path) or "(top level)"
    if error.schema is False:
        return f"{key}: {error.instance!r} stands under a key that is not used there"
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
    if error.schema == {"type": "object"} and key.startswith("fills."):
        return (
            f"{key}: expected the numbers of a fill, got {error.instance!r}; known keys of fills "
            f"are {', '.join(FILL_KEYS)}"
        )
    meaning = error.schema.get("description")
    return f"{key}: {error.message}" + (f" ({meaning})" if meaning else "")


def _cross_key_problems(config: Config) -> Iterator[str]:
    unknown = list(_unknown_models(config))
    if unknown:
        yield from unknown
        return
    yield from _range_problems(config, "")
    yield from _fill_problems(config)
    yield from _scene_problems(config)
    yield from _example_problems(config)
    yield from _model_problems(config)
    yield from _imagenet_problems(config)
    limits = config["thresholds"]
    if not limits["slow_mm_yr"] < limits["medium_mm_yr"] < limits["fast_mm_yr"]:
        yield "thresholds: expected slow_mm_yr < medium_mm_yr < fast_mm_yr"
    yield from detectability_problems(config)
    yield from significance_problems(config)
    yield from trial_problems(config)
    coldest, hottest = config["calibration_temperature"]
    if coldest >= hottest:
        yield f"calibration_temperature: expected [lowest, highest], got {[coldest, hottest]}"
    if config["areas"]["levels"] != sorted(set(config["areas"]["levels"])):
        yield "areas.levels: expected ascending, distinct probabilities"


def _entries(config: Config) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Arms of all studies, with the keys that they stand under."""
    for study in ("table1", "kinds", "two_looks"):
        yield from ((f"{study}.{place}", entry) for place, entry in enumerate(config[study]))
    for study in ("robustness", "detectability"):
        for place, entry in enumerate(config[study]["models"]):
            yield f"{study}.models.{place}", entry
    yield "trials.model", config["trials"]["model"]


def _unknown_models(config: Config) -> Iterator[str]:
    for key, entry in _entries(config):
        if entry["model"] not in config["models"]:
            known = ", ".join(sorted(config["models"]))
            yield f"{key}.model: {entry['model']} is not among models: {known}"


def _fill_problems(config: Config) -> Iterator[str]:
    try:
        FillSettings.from_config(config["fills"])
    except InputError as error:
        yield str(error)


def _model_problems(config: Config) -> Iterator[str]:
    """Name inputs that no fill states, or that a study cannot give."""
    for name, model in config["models"].items():
        if model["input"] == "unwrapped_std" and not FILLS[model["fill"]].error_function:
            stating = ", ".join(fill for fill in FILLS if FILLS[fill].error_function)
            yield f"models.{name}: input unwrapped_std needs a fill that states it: {stating}"
        kind = model["network"].removesuffix("_masked")
        if kind not in config["training"]:
            yield f"training: expected a section {kind}, which models.{name} is trained by"
    for key, entry in _entries(config):
        shown = config["models"][entry["model"]]["input"]
        if key.startswith(UNWRAPPED) and shown != "unwrapped":
            yield f"{key}.model: expected a model of input unwrapped, got {shown}"
        if key.startswith(TESTED) and shown == "unwrapped_std":
            yield f"{key}.model: expected a model of one map, got input {shown}"


def _imagenet_problems(config: Config) -> Iterator[str]:
    """Weights of ImageNet are those of one network, for images of one channel."""
    trained = {f"models.{name}": model for name, model in config["models"].items()}
    for key, entry in _entries(config):
        model = config["models"][entry["model"]]
        if model["published"]:  # else it is asked for what its model is
            is_tested = key.startswith(TESTED)
            trained[key] = {**model, "published": is_tested and entry.get("published", True)}
    asking = {
        key: model
        for key, model in trained.items()
        if model["pretraining"] == "imagenet" and not model["published"]
    }
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
            continue  # a list of words, not a range
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
    named = {"active_scenes": active if active != "all" else ()}
    named["figures.case_studies"] = config["figures"]["case_studies"]
    named["figures.overview"] = [config["figures"]["overview"]]
    for key, names in named.items():
        for name in names:
            if name not in scenes:
                yield f"{key}: {name} is not among scenes: {', '.join(sorted(scenes))}"
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
        if scene["role"] == "tiled" and halo_m < config["fills"]["max_gap_m"]:
            yield (
                f"tiled.halo_px: {config['tiled']['halo_px']} are {halo_m:g} m in scene {name}, "
                f"less than fills.max_gap_m {config['fills']['max_gap_m']:g}: a tile would not "
                "know of its neighbours' points; widen the halo or lower the gap"
            )
        if scene["role"] == "tiled" and "fill" in scene:
            yield (
                f"scenes.{name}.fill: tiles are filled for the network alone, as its model says; "
                "leave fill out, or choose a model of another fill"
            )
        if scene.get("model") not in config["models"]:
            yield (
                f"scenes.{name}.model: {scene.get('model')} is not among models: "
                f"{', '.join(sorted(config['models']))}"
            )
        elif config["models"][scene["model"]]["input"] == "unwrapped_std":
            yield (
                f"scenes.{name}.model: expected a model of one map, got {scene['model']} of input "
                "unwrapped_std"
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
    needed = {str(entry["pixel_m"]) for _, entry in _entries(config)}
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

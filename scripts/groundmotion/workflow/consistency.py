"""What the numbers of a study must have in common, which no schema can say."""

from collections.abc import Iterator, Mapping
from typing import Any

from groundmotion.names import FILLS


def detectability_problems(config: Mapping[str, Any]) -> Iterator[str]:
    """Name what is wrong with the section ``detectability``."""
    study = config["detectability"]
    for name in ("density", "size_m", "peak_mm_yr"):
        if study[name] != sorted(set(study[name])):
            yield f"detectability.{name}: expected ascending, distinct edges, got {study[name]}"
    if min(study["per_class"], study["observed_per_class"]) * study["false_alarms"] < 1:
        yield (
            f"detectability: {study['observed_per_class']} windows are too few for "
            f"{study['false_alarms']} false alarms a window; raise per_class and observed_per_class"
        )


def significance_problems(config: Mapping[str, Any]) -> Iterator[str]:
    """Name what is wrong with the section ``significance``."""
    section = config["significance"]
    ranges = section["noise"]["ranges_m"]
    if ranges != sorted(ranges):
        yield f"significance.noise.ranges_m: expected ascending ranges, got {ranges}"
    if section["window_m"] < 10 * section["cell_m"]:
        yield (
            f"significance.window_m: expected at least ten cells of {section['cell_m']:g} m, got "
            f"{section['window_m']:g}"
        )


def trial_problems(config: Mapping[str, Any]) -> Iterator[str]:
    """Name what is wrong with the section ``trials``."""
    study = config["trials"]
    ranges = {"trials.radius_m": study["radius_m"], "trials.density": study["density"]}
    for law, numbers in study["noise"].items():
        ranges |= {f"trials.noise.{law}.{name}": value for name, value in numbers.items()}
    for name, value in ranges.items():
        if isinstance(value, list) and value[0] > value[1]:
            yield f"{name}: expected [lowest, highest], got {value}"
    for name in ("radius_classes_m", "density_classes"):
        if study[name] != sorted(set(study[name])):
            yield f"trials.{name}: expected ascending, distinct edges, got {study[name]}"
    if study["seed"] == study["validation_seed"]:
        yield (
            f"trials.validation_seed: expected another than trials.seed {study['seed']}, so that "
            "nothing is chosen on the trials that are reported"
        )
    if 2 * study["radius_m"][1] > study["size_m"]:
        yield (
            f"trials.radius_m: sources of up to {study['radius_m'][1]:g} m do not fit into trials "
            f"of {study['size_m']:g} m"
        )
    if study["shown_overlap"] not in config["detectors"]["overlaps"]:
        yield (
            f"trials.shown_overlap: {study['shown_overlap']} is not among detectors.overlaps "
            f"{config['detectors']['overlaps']}"
        )
    fill = config["models"][study["model"]["model"]]["fill"]
    if FILLS[fill].needs_covariance:
        yield f"trials.model: expected a model of a fill without a covariance, got fill {fill}"

"""Examples: the law they are drawn by, and what of real scenes goes into it."""


def mask_scene(wildcards) -> str:
    """Scene of role training that gives the sampling patterns of one pixel size."""
    return config["examples"]["masks"][wildcards.pixel_m]


def points_of(scene: str) -> list[str]:
    return [f"results/points/{scene}/{look}.parquet" for look in looks(scene)]


def scene_grid(scene: str) -> dict:
    return {key: config["scenes"][scene][key] for key in ("bounds", "pixel_m")}


#: Extent and pixel size of the scene whose measured spikes are used; none where spikes are Gaussian.
SPIKE_SCENE = (
    scene_grid(config["examples"]["spike_scene"])
    if config["examples"]["spikes"] == "empirical"
    else None
)


def spike_points(wildcards) -> list[str]:
    """Points of the scene whose measured spikes are used; none where spikes are Gaussian."""
    return points_of(config["examples"]["spike_scene"]) if SPIKE_SCENE else []


def examples_per_class(wildcards) -> int:
    """How many examples a data set holds of each class."""
    if wildcards.preset == "detectability":
        return config["detectability"]["per_class"]
    return config["examples"]["per_class"][wildcards.split]


def observed_per_class(wildcards) -> int:
    """How many of them ideal observers judge."""
    if wildcards.preset == "detectability":
        return config["detectability"]["observed_per_class"]
    return config["observers"]["per_class"][wildcards.split]


def example_law(wildcards) -> dict:
    """Everything that decides what an example looks like, but for masks and seeds."""
    examples, presets = config["examples"], config["presets"]
    return {
        "size_px": examples["size_px"],
        "pixel_m": int(wildcards.pixel_m),
        "noise": examples["noise"],
        "density": examples["density"],
        "poisson_ratio": examples["poisson_ratio"],
        "tracks": examples["tracks"],
        "source": wildcards.source,
        # Sources of the study of detectability are those of mining, but for their ranges.
        "preset": "mining" if wildcards.preset == "detectability" else wildcards.preset,
        "ranges": presets[wildcards.preset][wildcards.source],
        "printed": presets["as_printed"][wildcards.source],
        "min_d_prime": presets[wildcards.preset]["min_d_prime"],
    }


def shifts_of(changes: list[str]) -> dict:
    """Some changes to the law of examples with their numbers."""
    numbers = {key: config["shifts"][key] for key in changes if key in config["shifts"]}
    return {"names": changes, "numbers": numbers}


def mixture_of(wildcards) -> dict:
    """Shifts of the examples of a split: the test set keeps the law that its limits are known for."""
    law = [names.UNCHANGED]
    return shifts_of(
        law if wildcards.split == "test" else config["examples"]["mixture"]
    )

"""Examples: how they are drawn, and those that models were not trained on."""

# --- data sets ------------------------------------------------------------------------------------


def mask_scene(wildcards) -> str:
    """Scene of role training that gives the sampling patterns of one pixel size."""
    return config["examples"]["masks"][wildcards.pixel_m]


def points_of(scene: str) -> list[str]:
    return [f"results/points/{scene}/{look}.parquet" for look in looks(scene)]


def spike_points(wildcards) -> list[str]:
    """Points of the scene whose measured spikes are used; none where spikes are Gaussian."""
    if config["examples"]["spikes"] == "gaussian":
        return []
    return points_of(config["examples"]["spike_scene"])


def scene_grid(scene: str) -> dict:
    return {key: config["scenes"][scene][key] for key in ("bounds", "pixel_m")}


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
        # Faint sources are those of mining, but for their ranges.
        "preset": "mining" if wildcards.preset == "detectability" else wildcards.preset,
        "ranges": presets[wildcards.preset][wildcards.source],
        "printed": presets["as_printed"][wildcards.source],
        "min_d_prime": presets[wildcards.preset]["min_d_prime"],
    }


def shifts_of(names: list[str]) -> dict:
    """Some changes to the law of examples with their numbers."""
    numbers = {key: config["shifts"][key] for key in names if key in config["shifts"]}
    return {"names": names, "numbers": numbers}


def mixture_of(wildcards) -> dict:
    """Shifts of the examples of a split: the test set keeps the law that its limits are known for."""
    law = ["exponential"]
    return shifts_of(
        law if wildcards.split == "test" else config["examples"]["mixture"]
    )


# --- models where they were not trained -----------------------------------------------------------

ROBUSTNESS = "results/robustness/{source}/{preset}/{pixel_m}"
ROBUSTNESS_SCORES = (
    f"{ROBUSTNESS}/{{fill}}/{{input}}/{{pretraining}}/{{network}}/{{seed}}"
)

#: Models that are tested: what each is, with `published`.
ROBUSTNESS_ARMS = arms(config["robustness"]["models"])

#: Looks of real scenes, which serve as backgrounds.
BACKGROUNDS = [
    {"scene": scene, "look": look, "bounds": config["scenes"][scene]["bounds"]}
    for scene in REAL_SCENES
    if scene in SCENES
    for look in looks(scene)
]


def of_backgrounds(pattern: str) -> list[str]:
    """One file of each background."""
    return [pattern.format(**background) for background in BACKGROUNDS]


def model_file(name: str, chosen: list[dict]):
    """Input function: one file of the model that the wildcards name, trained here or published.

    Which of the two it is stands in that one of ``chosen`` which the wildcards name.
    """

    def path(wildcards) -> str:
        for arm in chosen:
            if MODEL.format(**arm) == MODEL.format(**wildcards) and arm["published"]:
                folder = MODEL.replace("results/", "results/published/", 1)
                found = f"{Path(workflow.basedir, folder.format(**wildcards))}/{name}"
                if not Path(found).is_file():
                    raise WorkflowError(
                        f"{found}: missing, and a published model cannot do without. Put it back "
                        "(`git checkout -- results/published`), or set published: false for it in "
                        "config.yaml to train and calibrate it here"
                    )
                return found
        return f"{MODEL.format(**wildcards)}/{name}"

    return path


def of_robustness(name: str) -> list[str]:
    """One result of each model that is tested."""
    return [f"{ROBUSTNESS_SCORES.format(**arm)}/{name}" for arm in ROBUSTNESS_ARMS]


# --- what can be seen -----------------------------------------------------------------------------

#: Models that are shown sources of any brightness, and the examples of these.
DETECTABILITY_ARMS = arms(config["detectability"]["models"])
DETECTABILITY_EXAMPLES = "results/datasets/{source}/detectability/{pixel_m}/test"
DETECTABILITY_SCORES = MODEL.replace("results/models", "results/detectability")

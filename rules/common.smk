"""Configuration check, the lists that targets are made of, and small input functions."""

import csv
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import yaml
from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

SCRIPTS = Path(workflow.basedir, "scripts").resolve()
sys.path.insert(0, str(SCRIPTS))

import groundmotion
from groundmotion.configuration import checked_config
from groundmotion.constants import FRINGE_MM
from groundmotion.errors import InputError
from groundmotion.provenance import code_digest

if SCRIPTS not in Path(groundmotion.__file__).resolve().parents:
    raise WorkflowError(
        f"the library groundmotion is installed in this environment ({groundmotion.__file__}) and "
        f"hides the checkout's copy in {SCRIPTS}; run `pip uninstall groundmotion` first"
    )

try:
    config = checked_config(
        config,
        yaml.safe_load(Path(workflow.basedir, "rules/config.schema.yaml").read_text()),
    )
except InputError as error:
    raise WorkflowError(str(error)) from None

# Threads that wait for each other sleep: five times faster on a machine that others use as well.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

DATA_DIR = Path(os.environ.get("GROUNDMOTION_DATA") or config["data_dir"])
SPLITS = ("train", "validation", "test")
FIGURES = [
    *(f"fig{i}" for i in range(1, 9)),
    *(f"s{i}" for i in range(1, 8)),
    "fills",
    "fills_map",
    "reliability",
    "beyond",
    "detectability",
]
TABLES = [
    "table1",
    "kinds",
    "looks",
    "interpolation",
    "detectors",
    "beyond",
    "false_alarms",
    "detectability",
    "recall",
]


#: Resources of a rule that runs networks, where SLURM has GPUs to give.
ON_GPU = {
    name: config[key]
    for name, key in (("gres", "gpu_gres"), ("slurm_partition", "gpu_partition"))
    if config[key]
}


def grow_memory(rules) -> None:
    """Let each further attempt of a job ask for its rule's memory once more: m, 2m, 3m."""
    for each in rules:
        memory = each.resources.get("mem_mb")
        if not memory.is_evaluable() and memory.value is not None:
            each.resources["mem_mb"] = lambda wildcards, attempt, base=memory.value: (
                base * attempt
            )


def code(rule_name: str) -> str:
    """Digest of a rule's script and of the library modules it imports: reruns follow content."""
    return code_digest(SCRIPTS / f"{rule_name}.py", SCRIPTS)


# --- scenes -------------------------------------------------------------------------------------


def scene_files(scene: str, look: str) -> list[str]:
    """Files of one look of a real scene, found under the data folder; empty if there are none."""
    patterns = config["scenes"][scene]["files"][look]
    patterns = [patterns] if isinstance(patterns, str) else patterns
    return sorted(
        {str(path) for pattern in patterns for path in DATA_DIR.glob(pattern)}
    )


def looks(scene: str) -> list[str]:
    """Names of a scene's looks."""
    settings = config["scenes"][scene]
    return sorted(settings["files"] if "files" in settings else settings["looks"])


def is_simulated(scene: str) -> bool:
    return "simulation" in config["scenes"][scene]


def _missing_looks(scene: str) -> list[str]:
    if is_simulated(scene):
        return []
    return [look for look in looks(scene) if not scene_files(scene, look)]


def _active_scenes() -> list[str]:
    """The configured scenes whose files are there; the others are left out by name."""
    chosen = config["active_scenes"]
    untiled = [
        name for name, scene in config["scenes"].items() if scene["role"] != "tiled"
    ]
    names = untiled if chosen == "all" else list(chosen)
    found = []
    for name in names:
        missing = _missing_looks(name)
        if missing and workflow.is_main_process:
            patterns = {look: config["scenes"][name]["files"][look] for look in missing}
            logger.warning(
                f"Scene {name} is left out: no files match {patterns} below {DATA_DIR.resolve()}. "
                "Download European Ground Motion Service files from egms.land.copernicus.eu and "
                "put them there, or name their folder in data_dir or the variable GROUNDMOTION_DATA."
            )
        if not missing:
            found.append(name)
    return found


ACTIVE_SCENES = _active_scenes()
SCENES = [name for name in ACTIVE_SCENES if config["scenes"][name]["role"] == "detect"]
TRAINING_SCENES = sorted(
    name for name, scene in config["scenes"].items() if scene["role"] == "training"
)
#: Scenes too large for one map; they are searched tile by tile, and only when asked for by name.
TILED_SCENES = sorted(
    name for name, scene in config["scenes"].items() if scene["role"] == "tiled"
)
UNTILED_SCENES = sorted(set(config["scenes"]) - set(TILED_SCENES))
SIMULATED_SCENES = sorted(
    name for name in config["scenes"] if is_simulated(name) and name not in TILED_SCENES
)
REAL_SCENES = [
    name
    for name in ACTIVE_SCENES
    if not is_simulated(name) and name not in TILED_SCENES
]
CASE_STUDIES = [
    name for name in ("normanton", "south_derbyshire", "london") if name in SCENES
]
NATIONAL_SCENES = [name for name in ("great_britain",) if name in SCENES]


wildcard_constraints:
    scene="|".join(config["scenes"]) or "none",
    look="(asc|desc)[a-z0-9]*",
    source="point|line|kinds",
    preset="as_printed|mining|faint",
    pixel_m="5|10",
    split="(train|validation|test)(_second)?",
    fill="[a-z_]+",
    input="wrapped|wrapped_sincos|unwrapped|unwrapped_std|unwrapped_looks",
    pretraining="none|volcanic|imagenet",
    network="alexnet|alexnet_masked|compact|multiscale",
    seed="[0-9]+",
    batch="[0-9]+",


def scene_setting(key: str):
    """Input or params function: one key of the scene named by the wildcard."""
    return lambda wildcards: config["scenes"][wildcards.scene][key]


def scene_sources(scene: str) -> list[str]:
    return config["scenes"][scene]["sources"]


def of_each_look(pattern: str):
    """Input function: a path with {look}, once for each look of the scene of the wildcard."""
    return lambda wildcards: [
        pattern.replace("{look}", look).format(**wildcards)
        for look in looks(wildcards.scene)
    ]


# --- making scenes --------------------------------------------------------------------------------


def land_outline(wildcards) -> list[str]:
    """The finer outline of Great Britain where the data folder has one; else the library's own."""
    path = DATA_DIR / "gb_land/gb_land.geojson"
    own = config["scenes"][wildcards.scene].get("simulation", {"coast": False})
    coast = own.get("coast", config["simulation"]["coast"])
    return [str(path)] if coast and path.is_file() else []


def fill_variogram(wildcards) -> list[str]:
    """The variogram of a look where its scene is kriged; other fills need none."""
    path = f"results/variogram/{wildcards.scene}/{wildcards.look}.json"
    return [path] if config["scene_fill"] == "kriging" else []


# --- scenes too large for one map ---------------------------------------------------------------


def tiled_scene(wildcards) -> dict:
    """Extent, tiles and windows of a scene of role tiled."""
    scene, windows = config["scenes"][wildcards.scene], config["windows"]
    return {
        **{key: scene[key] for key in ("bounds", "pixel_m", "crs")},
        **{key: config["tiled"][key] for key in ("tile_px", "halo_px")},
        **{key: windows[key] for key in ("size_px", "stride_px")},
    }


def scene_simulation(wildcards) -> dict:
    """All that a simulated scene is made from."""
    own = config["scenes"][wildcards.scene].get("simulation", {})
    return {"shared": config["simulation"], "own": own, "seed": config["seed"]}


def measured_by_tile(wildcards) -> list[str]:
    """Points of a real scene of role tiled, sorted by tile: of one look, or of each."""
    scene = wildcards.scene
    chosen = [wildcards.look] if "look" in wildcards.keys() else looks(scene)
    return [
        f"results/points/{scene}/{look}/index.parquet"
        for look in ([] if is_simulated(scene) else chosen)
    ]


def search_settings() -> dict:
    """How tiles are filled and scored."""
    keys = ("scene_fill", "interpolation", "windows", "detection", "device")
    return {
        **{key: config[key] for key in keys},
        "max_gap_m": config["tiles"]["max_gap_m"],
    }


def batches_of_each_look(wildcards) -> list[str]:
    """Input function: what was found in all tiles, batch by batch, by every look."""
    listed = checkpoints.list_tiles.get(scene=wildcards.scene).output.tiles
    with open(listed, encoding="utf-8") as table:
        batches = sorted({int(row["batch"]) for row in csv.DictReader(table)})
    folder = f"results/scenes/{wildcards.scene}"
    return [
        f"{folder}/{look}/scores_{wildcards.source}/batch_{batch}.safetensors"
        for look in looks(wildcards.scene)
        for batch in batches
    ]


def tiled_results(scene: str) -> list[str]:
    """What is made of a scene of role tiled."""
    return [
        f"results/scenes/{scene}/{name}_{source}.{end}"
        for source in scene_sources(scene)
        for name, end in (("probability", "tif"), ("areas", "gpkg"))
    ]


# --- models -------------------------------------------------------------------------------------

MODEL = "results/models/{source}/{preset}/{pixel_m}/{fill}/{input}/{pretraining}/{network}/{seed}"
DATASET = "results/datasets/{source}/{preset}/{pixel_m}/{split}"


def dataset_of(split: str) -> str:
    """Folder of one split of the data set that the other wildcards name."""
    return DATASET.replace("{split}", split)


#: What a model of the source `kinds` tells apart, beside nothing.
KINDS = ["point", "line"]


def sources_of(wildcards) -> list[str]:
    """Sources that a model knows."""
    return KINDS if wildcards.source == "kinds" else [wildcards.source]


def example_tables(*splits: str):
    """Input function: the examples of some splits, one table for each source of the model."""
    return lambda wildcards: [
        f"{DATASET}/examples.parquet".format(
            **{**wildcards, "source": s, "split": split}
        )
        for split in splits
        for s in sources_of(wildcards)
    ]


def example_maps(*splits: str):
    """Input function: their maps, one file for each table, or two where the input takes two maps."""

    def paths(wildcards) -> list[str]:
        first = [("", wildcards.fill)]
        second = {
            "unwrapped_std": [("", f"{wildcards.fill}_std")],
            "unwrapped_looks": [("_second", wildcards.fill)],
        }.get(wildcards.input, [])
        return [
            f"{DATASET}{other}/filled_{fill}.safetensors".format(
                **{**wildcards, "source": s, "split": split}
            )
            for split in splits
            for s in sources_of(wildcards)
            for other, fill in [*first, *second]
        ]

    return paths


def scene_model(wildcards) -> str:
    """Folder of the model that looks for `source` in `scene`: trained here, or published."""
    scene = config["scenes"][wildcards.scene]
    model = config["models"][scene["model"]]
    folder = MODEL.format(source=wildcards.source, pixel_m=scene["pixel_m"], **model)
    if not model["published"]:
        return folder
    return str(
        Path(workflow.basedir, folder.replace("results/", "results/published/", 1))
    )


def scene_model_file(name: str):
    """Input function: one file of the model for the scene and source of the wildcards.

    A published model comes whole or not at all: nothing is made up for a part that is missing.
    """

    def path(wildcards) -> str:
        found = f"{scene_model(wildcards)}/{name}"
        used = config["scenes"][wildcards.scene]["model"]
        if config["models"][used]["published"] and not Path(found).is_file():
            raise WorkflowError(
                f"{found}: missing, and a published model cannot do without. Put it back "
                f"(`git checkout -- results/published`), or set published: false for {used} under "
                "models in config.yaml to train and calibrate it here"
            )
        return found

    return path


def one_by_one(arms: list[dict]) -> list[dict]:
    """Arms of the configuration, one for each of their seeds."""
    return [
        {**{key: value for key, value in arm.items() if key != "seeds"}, "seed": seed}
        for arm in arms
        for seed in arm["seeds"]
    ]


def table1_models() -> list[str]:
    """Folders of the models in Table I, one per arm and seed."""
    return [MODEL.format(**arm) for arm in one_by_one(config["table1"])]


def table1_arms() -> list[dict]:
    """What each of the models in Table I is, but for its seed."""
    return [
        {key: value for key, value in arm.items() if key != "seed"}
        for arm in one_by_one(config["table1"])
    ]


#: Models that tell kinds of deformation apart.
KINDS_ARMS = [{**arm, "source": "kinds"} for arm in one_by_one(config["kinds"])]

#: Models of two looks at once, and those of one look that they are compared with.
TWO_LOOKS_ARMS = [
    {**arm, "input": "unwrapped_looks"} for arm in one_by_one(config["two_looks"])
]
ONE_LOOK_ARMS = [{**arm, "input": "unwrapped"} for arm in TWO_LOOKS_ARMS]


def of_arms(path: str, arms: list[dict], split: str = "test") -> list[str]:
    """One file of each model, or of its data set."""
    return [path.format(**arm, split=split) for arm in arms]


def observed_of_table1(split: str) -> list[str]:
    """What ideal observers say of one split, for each model of Table I in turn."""
    return [
        f"{DATASET.format(split=split, **arm)}/observed.parquet"
        for arm in config["table1"]
        for seed in arm["seeds"]
    ]


def arm_of_model(wildcards) -> dict:
    """What a model's folder says, as stored in its description."""
    arm = {key: str(value) for key, value in wildcards.items()}
    return {**arm, "pixel_m": int(arm["pixel_m"]), "seed": int(arm["seed"])}


def training_settings(wildcards) -> dict:
    """How a network is trained: the settings of its kind and what all kinds share."""
    shared = config["training"]
    kind = "alexnet" if wildcards.network.startswith("alexnet") else wildcards.network
    return {
        **shared[kind],
        "augment": shared["augment"],
        "negative_stride_px": shared["negative_stride_px"],
        "min_points": config["windows"]["min_points"],
        "classes": ["nothing", *sources_of(wildcards)],
        "wrapping": config["wrapping"],
        "device": config["device"],
    }


#: Interferograms of volcanoes, and the networks trained on them.
VOLCANOES = "results/datasets/volcanoes/{split}"
PRETRAINED = "results/models/volcanic/{input}/{network}/{seed}"


def pretraining_settings(wildcards) -> dict:
    """As training_settings, with displacements in mm where velocities in mm/yr stand elsewhere."""
    section = config["volcanoes"]
    return {
        **training_settings(
            SimpleNamespace(network=wildcards.network, source="volcano")
        ),
        "curriculum_epochs": 0,
        "wrapping": {
            "intervals_mm_yr": [FRINGE_MM],
            "offsets_mm_yr": [
                share * FRINGE_MM for share in section["offset_fractions"]
            ],
            "offset_mode": "fractional",
            "unwrapped_scale_mm_yr": section["unwrapped_scale_mm"],
        },
    }


def start_weights(wildcards) -> list[str]:
    """The file of weights that a model starts from; none where it starts from scratch."""
    if wildcards.pretraining == "volcanic":
        return [f"{PRETRAINED}/weights.safetensors".format(**wildcards)]
    if wildcards.pretraining == "none":
        return []
    named = config["imagenet_weights"]["file"]
    if named is None or config["imagenet_weights"]["sha256"] is None:
        raise WorkflowError(
            "pretraining imagenet needs imagenet_weights.file and imagenet_weights.sha256 in "
            "config.yaml: a state dictionary of torchvision's alexnet and its digest"
        )
    path = DATA_DIR / named
    if not path.is_file():
        raise WorkflowError(
            f"imagenet_weights.file: {path} is not there; put torchvision's alexnet file there, or "
            "correct the name (below data_dir, or absolute)"
        )
    return [str(path)]


def negative_maps(wildcards, filled: bool) -> list[str]:
    """Maps of the scenes whose windows join class 0: filled ones, or the points they came from.

    Scenes are filled in one way; an arm of another fill goes without.
    """
    by_pixel = config["training"]["real_negatives"]
    scenes = {str(size): names for size, names in by_pixel.items()}.get(
        wildcards.pixel_m, []
    )
    if wildcards.fill not in ("none", config["scene_fill"]):
        return []
    name = "filled" if filled and wildcards.fill != "none" else "velocity"
    return [
        f"results/scenes/{scene}/{look}/{name}.tif"
        for scene in scenes
        for look in looks(scene)
    ]


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
    if wildcards.preset == "faint":
        return config["detectability"]["per_class"]
    return config["examples"]["per_class"][wildcards.split]


def observed_per_class(wildcards) -> int:
    """How many of them ideal observers judge."""
    if wildcards.preset == "faint":
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
        "preset": "mining" if wildcards.preset == "faint" else wildcards.preset,
        "ranges": presets[wildcards.preset][wildcards.source],
        "printed": presets["as_printed"][wildcards.source],
        "min_detectability": presets[wildcards.preset]["min_detectability"],
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

CHALLENGE = "results/challenges/{source}/{preset}/{pixel_m}"
CHALLENGED = f"{CHALLENGE}/{{fill}}/{{input}}/{{pretraining}}/{{network}}/{{seed}}"

#: Models that are tested: what each is, with `published`.
CHALLENGED_ARMS = one_by_one(config["beyond"]["models"])

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


def model_file(name: str, arms: list[dict]):
    """Input function: one file of the model that the wildcards name, trained here or published.

    Which of the two it is stands in that one of ``arms`` which the wildcards name.
    """

    def path(wildcards) -> str:
        for arm in arms:
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


def challenged(name: str) -> list[str]:
    """One result of each model that is tested."""
    return [f"{CHALLENGED.format(**arm)}/{name}" for arm in CHALLENGED_ARMS]


# --- what can be seen -----------------------------------------------------------------------------

#: Models that are shown sources of any brightness, and the examples of these.
FAINT_ARMS = one_by_one(config["detectability"]["models"])
FAINT = "results/datasets/{source}/faint/{pixel_m}/test"
SEEN = MODEL.replace("results/models", "results/detectability")

# --- figures --------------------------------------------------------------------------------------

if not SCENES:
    raise WorkflowError(
        "no scene is left to search: name at least one with role detect in active_scenes"
    )

#: Scenes of Fig. 5, and the one that other figures look at closely.
FIGURE_SCENES = CASE_STUDIES or SCENES[:1]
CLOSE_SCENE = FIGURE_SCENES[0]


def scene_title(scene: str) -> str:
    """Name of a scene in figures."""
    return config["figures"]["scene_titles"].get(
        scene, scene.replace("_", " ").capitalize()
    )


#: Figures that show the areas found one by one, and whose.
GALLERIES = {"s4": "point", "s5": "line"}


def scene_map(scene: str, name: str) -> str:
    """One map of a scene's first look: ascending where there is one."""
    return f"results/scenes/{scene}/{looks(scene)[0]}/{name}.tif"


def scene_truth(*scenes: str) -> list[str]:
    """Truth of those scenes that are simulated."""
    return [f"results/scenes/{s}/truth.gpkg" for s in scenes if is_simulated(s)]


def overview_of(source: str) -> tuple[str, str]:
    """Scene and source of an overview: national, else the first that is searched for the source.

    Where none is, the first scene with what it is searched for.
    """
    candidates = [*NATIONAL_SCENES, *SCENES]
    for scene in candidates:
        if source in scene_sources(scene):
            return scene, source
    return candidates[0], scene_sources(candidates[0])[0]


def overview_file(source: str, name: str) -> str:
    """File ``name`` of an overview's scene, with its source filled in."""
    scene, found = overview_of(source)
    return f"results/scenes/{scene}/{name.format(source=found)}"


def spatial_looks() -> dict[str, str]:
    """Variograms of Fig. 1, name → file: a measured look where there is one, and a simulated one."""
    measured = [scene for scene in REAL_SCENES if scene in SCENES]
    simulated = [scene for scene in [*NATIONAL_SCENES, *SCENES] if is_simulated(scene)]
    chosen = [(s, "measured") for s in measured[:1]]
    chosen += [(s, "SIMULATED") for s in simulated[:1]]
    return {
        f"{scene_title(scene)}, {looks(scene)[0]} ({kind})": (
            f"results/variogram/{scene}/{looks(scene)[0]}.json"
        )
        for scene, kind in chosen
    }


def figure_example():
    """The data set of Fig. 4, as if it were wildcards."""
    example = config["figures"]["example"]
    return SimpleNamespace(**{key: str(value) for key, value in example.items()})


def figure_model() -> str:
    """Folder of the model of Fig. S3: the last AlexNet of Table I, else the last network."""
    fitting = [
        m
        for m in table1_models()
        if f"/{config['figures']['example']['pixel_m']}/" in m
    ]
    usual = [folder for folder in fitting if "/alexnet/" in folder]
    return (usual or fitting or table1_models())[-1]


# --- targets ------------------------------------------------------------------------------------


def scene_results(scene: str) -> list[str]:
    """Everything the contract promises for one scene."""
    base = f"results/scenes/{scene}"
    made = [f"{base}/thresholds.gpkg"]
    for look in looks(scene):
        made += [
            f"results/points/{scene}/{look}.parquet",
            f"results/variogram/{scene}/{look}.json",
        ]
        made += [
            f"{base}/{look}/{name}.tif" for name in ("velocity", "filled", "filled_std")
        ]
    for source in scene_sources(scene):
        made += [f"{base}/probability_{source}.tif", f"{base}/areas_{source}.gpkg"]
    if is_simulated(scene):
        made.append(f"{base}/truth.gpkg")
    return made


def every_artefact() -> list[str]:
    """Everything but the manifest, the crate and the report that sum it up."""
    made = [path for scene in SCENES for path in scene_results(scene)]
    made += [f"results/tables/{name}.csv" for name in TABLES]
    made += [
        f"results/figures/{name}.{end}"
        for name in [*FIGURES, "table1"]
        for end in ("png", "pdf", "csv")
    ]
    return [*made, "results/tables/table1.md"]

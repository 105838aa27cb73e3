"""Models: their folders, what each is trained on, and how."""

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


def arms(entries: list[dict]) -> list[dict]:
    """Arms of a study, one for each of their seeds; what is trained here needs no `published`."""
    return arms_of(config, entries)


def without(arm: dict, *keys: str) -> dict:
    return {key: value for key, value in arm.items() if key not in keys}


TABLE1_ARMS = arms(config["table1"])


def table1_models() -> list[str]:
    """Folders of the models in Table I, one per arm and seed."""
    return of_arms(MODEL, TABLE1_ARMS)


def wrapped_models() -> list[str]:
    """Those of them that are shown wrapped windows."""
    wrapped = [arm for arm in TABLE1_ARMS if arm["input"].startswith("wrapped")]
    return of_arms(MODEL, wrapped)


#: Models that tell kinds of deformation apart.
KINDS_ARMS = [{**arm, "source": "kinds"} for arm in arms(config["kinds"])]

#: Models of two looks at once, and those of one look that they are compared with.
TWO_LOOKS_ARMS = [
    {**arm, "input": "unwrapped_looks"} for arm in arms(config["two_looks"])
]
ONE_LOOK_ARMS = [{**arm, "input": "unwrapped"} for arm in TWO_LOOKS_ARMS]


def of_arms(path: str, chosen: list[dict], split: str = "test") -> list[str]:
    """One file of each model, or of its data set."""
    return [path.format(**arm, split=split) for arm in chosen]


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
    """The file of weights that a model starts from; none where it starts from scratch.

    Interferograms of volcanoes have no holes, where masked AlexNet is AlexNet with the same weights.
    """
    if wildcards.pretraining == "volcanic":
        network = wildcards.network.removesuffix("_masked")
        folder = PRETRAINED.format(
            input=wildcards.input, network=network, seed=wildcards.seed
        )
        return [f"{folder}/weights.safetensors"]
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

"""Models: their folders, what each is trained on, and how."""

#: A model in a path, and in the name of a log.
ARM_LOG = "_".join(f"{{{key}}}" for key in (*names.ARM, "seed"))
ARM = ARM_LOG.replace("}_{", "}/{")
MODEL = f"results/models/{ARM}"

#: The data set of a model, in a path and in the name of a log.
EXAMPLES = "{source}/{preset}/{pixel_m}/{split}"
EXAMPLES_LOG = EXAMPLES.replace("}/{", "}_{")
DATASET = f"results/datasets/{EXAMPLES}"

#: What a model of the source `kinds` tells apart, beside nothing.
KINDS = list(names.SOURCES)


def of_each(path: str, entries: list[dict], split: str = "test") -> list[str]:
    """One file of each entry (a model, its data set, a look): the path with its values."""
    return [path.format(**entry, split=split) for entry in entries]


def dataset_of(split: str) -> str:
    """Folder of one split of the data set that the other wildcards name."""
    return DATASET.replace("{split}", split)


def sources_of(wildcards) -> list[str]:
    """Sources that a model knows."""
    return KINDS if wildcards.source == "kinds" else [wildcards.source]


def example_tables(*splits: str):
    """Input function: the examples of some splits, one table for each source of the model."""
    return lambda wildcards: [
        f"{DATASET}/examples.parquet".format(
            **{**wildcards, "source": source, "split": split}
        )
        for split in splits
        for source in sources_of(wildcards)
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
            f"{DATASET}{look}/filled_{fill}.safetensors".format(
                **{**wildcards, "source": source, "split": split}
            )
            for split in splits
            for source in sources_of(wildcards)
            for look, fill in [*first, *second]
        ]

    return paths


# --- files of a trained model ---------------------------------------------------------------------


def shipped_folder(arm: dict) -> Path:
    """Where the files of a model lie that ships with the checkout."""
    folder = MODEL.format(**arm).replace("results/", "results/published/", 1)
    return Path(workflow.basedir, folder)


def _shipping_problem(scene: str, source: str) -> str:
    """What to do where the model of a scene ships, but not for this source; else nothing."""
    model, pixel_m = (
        config["scenes"][scene]["model"],
        config["scenes"][scene]["pixel_m"],
    )
    arm = config["models"][model]
    shipped = [
        (kind, size)
        for kind in names.SOURCES
        for size in names.PIXELS_M
        if shipped_folder({**arm, "source": kind, "pixel_m": size}).is_dir()
    ]
    if not arm["published"] or not shipped or (source, pixel_m) in shipped:
        return ""
    known = [kind for kind in scene_sources(scene) if (kind, pixel_m) in shipped]
    remedy = f"write `sources: [{', '.join(known)}]` there, " if known else ""
    return (
        f"scenes.{scene}: its model {model} does not ship for {source} sources at {pixel_m} m; it "
        f"ships for {', '.join(f'{kind} sources at {size} m' for kind, size in shipped)}: "
        f"{remedy}name another model, or set published: false for {model} under models to train it"
    )


def _check_shipped_models() -> None:
    """Refuse active scenes whose model does not ship for what is looked for in them."""
    pairs = [(scene, source) for scene in SCENES for source in scene_sources(scene)]
    problems = list(filter(None, (_shipping_problem(*pair) for pair in pairs)))
    if problems:
        listed = "\n".join(f"  - {problem}" for problem in problems)
        raise WorkflowError(f"the configuration cannot be used:\n{listed}")


_check_shipped_models()


def model_path(arm: dict, name: str, entry: str) -> str:
    """One file of a model: trained here or, where its arm says so, published.

    A published model comes whole or not at all: nothing is made up for a part that is missing.
    ``entry`` says, in the message then, what of the configuration names the model.
    """
    if not arm["published"]:
        return f"{MODEL.format(**arm)}/{name}"
    path = shipped_folder(arm) / name
    if not path.is_file():
        raise WorkflowError(
            f"{path}: missing, and a published model cannot do without. Put it back "
            f"(`git checkout -- results/published`), or set published: false for {entry} in "
            "config.yaml to train and calibrate it here"
        )
    return str(path)


def model_file(name: str, tested: list[dict]):
    """Input function: one file of the model that the wildcards name.

    Whether it is published stands in that one of ``tested`` which the wildcards name.
    """

    def path(wildcards) -> str:
        folder = MODEL.format(**wildcards)
        published = any(
            arm["published"] for arm in tested if MODEL.format(**arm) == folder
        )
        return model_path({**wildcards, "published": published}, name, "it")

    return path


def scene_model_file(name: str):
    """Input function: one file of the model for the scene and source of the wildcards."""

    def path(wildcards) -> str:
        scene = config["scenes"][wildcards.scene]
        problem = _shipping_problem(wildcards.scene, wildcards.source)
        if problem:
            raise WorkflowError(problem)
        place = {"source": wildcards.source, "pixel_m": scene["pixel_m"]}
        arm = {**config["models"][scene["model"]], **place}
        return model_path(arm, name, f"{scene['model']} under models")

    return path


def own_or_shipped(paths: list[str]) -> list[str]:
    """Files below the working directory; those that it lacks, below the checkout."""
    return [
        path if Path(path).is_file() else str(Path(workflow.basedir, path))
        for path in paths
    ]


# --- training -------------------------------------------------------------------------------------


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
    name = config["imagenet_weights"]["file"]
    if name is None or config["imagenet_weights"]["sha256"] is None:
        raise WorkflowError(
            "pretraining imagenet needs imagenet_weights.file and imagenet_weights.sha256 in "
            "config.yaml: a state dictionary of torchvision's alexnet and its digest"
        )
    path = DATA_DIR / name
    if not path.is_file():
        raise WorkflowError(
            f"imagenet_weights.file: {path} is not there; put torchvision's alexnet file there, or "
            "correct the name (below data_dir, or absolute)"
        )
    return [str(path)]


def negative_maps(wildcards, filled: bool) -> list[str]:
    """Maps of the scenes whose windows join class 0: filled ones, or the points they came from.

    A scene is filled in one way; an arm of another fill goes without it.
    """
    by_pixel = config["training"]["real_negatives"]
    scenes = {str(size): scenes for size, scenes in by_pixel.items()}.get(
        wildcards.pixel_m, []
    )
    scenes = [
        scene for scene in scenes if wildcards.fill in ("none", scene_fill(scene))
    ]
    name = "filled" if filled and wildcards.fill != "none" else "velocity"
    return [
        f"results/scenes/{scene}/{look}/{name}.tif"
        for scene in scenes
        for look in looks(scene)
    ]

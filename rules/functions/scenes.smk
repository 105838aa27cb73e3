"""Scenes: which there are, what they are made of, and those too large for one map."""

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
    if chosen == "all":
        scenes = config["scenes"].items()
        chosen = [name for name, scene in scenes if scene["role"] != "tiled"]
    active = []
    for name in chosen:
        missing = _missing_looks(name)
        if missing and workflow.is_main_process:
            patterns = {look: config["scenes"][name]["files"][look] for look in missing}
            logger.warning(
                f"Scene {name} is left out: no files match {patterns} below {DATA_DIR.resolve()}. "
                "Download European Ground Motion Service files from egms.land.copernicus.eu and "
                "put them there, or name their folder in data_dir or the variable GROUNDMOTION_DATA."
            )
        if not missing:
            active.append(name)
    return active


ACTIVE_SCENES = _active_scenes()
SCENES = [name for name in ACTIVE_SCENES if config["scenes"][name]["role"] == "detect"]
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

if not SCENES:
    raise WorkflowError(
        "no scene is left to search: name at least one with role detect in active_scenes"
    )


wildcard_constraints:
    scene="|".join(config["scenes"]) or "none",
    look="(asc|desc)[a-z0-9]*",
    source="|".join([*names.SOURCES, "kinds"]),
    preset="|".join(names.PRESETS),
    pixel_m="|".join(map(str, names.PIXELS_M)),
    split=f"({'|'.join(names.SPLITS)})(_second)?",
    fill="|".join([*FILLS, *(f"{fill}_std" for fill in FILLS)]),
    input="|".join(names.INPUTS),
    pretraining="|".join(names.PRETRAININGS),
    network="|".join(names.NETWORKS),
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


def scene_truth(*scenes: str) -> list[str]:
    """Truth of those scenes that are simulated."""
    return [f"results/scenes/{s}/truth.gpkg" for s in scenes if is_simulated(s)]


# --- making scenes --------------------------------------------------------------------------------


def land_outline(wildcards) -> list[str]:
    """The finer outline of Great Britain where the data folder has one; else the library's own."""
    path = DATA_DIR / "gb_land/gb_land.geojson"
    own = config["scenes"][wildcards.scene].get("simulation", {"coast": False})
    coast = own.get("coast", config["simulation"]["coast"])
    return [str(path)] if coast and path.is_file() else []


def scene_fill(scene: str) -> str:
    """How the maps of a scene are filled."""
    return config["scenes"][scene].get("fill", config["scene_fill"])


def network_fill(scene: str) -> str:
    """How the maps are filled that the network of a scene is shown."""
    return config["models"][config["scenes"][scene]["model"]]["fill"]


def _covariance_for(fill: str, wildcards) -> list[str]:
    path = f"results/variogram/{wildcards.scene}/{wildcards.look}.json"
    return [path] if FILLS[fill].needs_covariance else []


def fill_variogram(wildcards) -> list[str]:
    """The variogram of a look where its scene is kriged; other fills need none."""
    return _covariance_for(scene_fill(wildcards.scene), wildcards)


def filled_for_network(wildcards) -> list[str]:
    """The filled map of a look where its network knows such maps; else the search fills its own."""
    scene = wildcards.scene
    path = f"results/scenes/{scene}/{wildcards.look}/filled.tif"
    return [path] if network_fill(scene) == scene_fill(scene) else []


def variogram_for_network(wildcards) -> list[str]:
    """The variogram of a look where the search kriges its own map."""
    if filled_for_network(wildcards):
        return []
    return _covariance_for(network_fill(wildcards.scene), wildcards)


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
    scene, fill = wildcards.scene, network_fill(wildcards.scene)
    if FILLS[fill].needs_covariance:
        model = config["scenes"][scene]["model"]
        raise WorkflowError(
            f"scene {scene} of role tiled: its model {model} is shown maps filled by {fill}, which "
            "needs a covariance, and tiled scenes have none; choose a model of another fill"
        )
    chosen = [wildcards.look] if "look" in wildcards.keys() else looks(scene)
    return [
        f"results/points/{scene}/{look}/index.parquet"
        for look in ([] if is_simulated(scene) else chosen)
    ]


def search_settings() -> dict:
    """How tiles are filled and scored."""
    keys = ("fills", "windows", "detection", "device")
    return {key: config[key] for key in keys}


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

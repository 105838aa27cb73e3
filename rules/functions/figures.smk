"""Figures: the files of one, and the scenes, looks and areas that they show."""

#: Scenes of Fig. 5, and the one that other figures look at closely.
CASE_STUDIES = [scene for scene in config["figures"]["case_studies"] if scene in SCENES]
FIGURE_SCENES = CASE_STUDIES or SCENES[:1]
CLOSE_SCENE = FIGURE_SCENES[0]

#: Scenes that an overview may show: that of the configuration first, where it is active.
OVERVIEW_SCENES = sorted(
    SCENES, key=lambda scene: scene != config["figures"]["overview"]
)

#: Thresholds of the baseline by name, mm/yr.
THRESHOLDS = {
    name.removesuffix("_mm_yr"): value
    for name, value in config["thresholds"].items()
    if name.endswith("_mm_yr")
}


def figure_files(name: str, caption: str = "") -> dict:
    """Output of a figure: the picture with its caption for the report, as PDF, and its numbers."""
    path = f"results/figures/{name}"
    text = f"../docs/captions/{caption or name}.rst"
    return {
        "png": report(f"{path}.png", caption=text, category="Figures"),
        "pdf": f"{path}.pdf",
        "csv": f"{path}.csv",
    }


def figure_settings(*keys: str) -> dict:
    """Those settings of figures that one figure uses, so that others do not make it again."""
    return {key: config["figures"][key] for key in keys}


def scene_title(scene: str) -> str:
    """Name of a scene in figures."""
    return config["figures"]["scene_titles"].get(
        scene, scene.replace("_", " ").capitalize()
    )


def scene_map(scene: str, name: str) -> str:
    """One map of a scene's first look: ascending where there is one."""
    return f"results/scenes/{scene}/{looks(scene)[0]}/{name}.tif"


def overview_of(source: str) -> tuple[str, str]:
    """Scene and source of an overview: the first scene that is searched for the source.

    Where none is, the first scene with what it is searched for.
    """
    for scene in OVERVIEW_SCENES:
        if source in scene_sources(scene):
            return scene, source
    return OVERVIEW_SCENES[0], scene_sources(OVERVIEW_SCENES[0])[0]


def overview_files(source: str, *wanted: str) -> dict:
    """Input: files of an overview by name, of its scene and its source."""
    scene, source = overview_of(source)
    folder = f"results/scenes/{scene}"
    files = {
        "velocity": scene_map(scene, "velocity"),
        "probability": f"{folder}/probability_{source}.tif",
        "areas": f"{folder}/areas_{source}.gpkg",
        "thresholds": f"{folder}/thresholds.gpkg",
        "truth": scene_truth(scene),
    }
    return {name: files[name] for name in wanted}


def spatial_looks() -> dict[str, str]:
    """Variograms of Fig. 1, name → file: a measured look where there is one, and a simulated one."""
    measured = [scene for scene in REAL_SCENES if scene in SCENES]
    simulated = [scene for scene in OVERVIEW_SCENES if is_simulated(scene)]
    chosen = [(scene, "measured") for scene in measured[:1]]
    chosen += [(scene, "SIMULATED") for scene in simulated[:1]]
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

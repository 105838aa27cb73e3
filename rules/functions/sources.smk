"""Sources: the points that are searched, of scenes of any size."""


def searched_points(wildcards) -> list[str]:
    """Input function: points of one look, or of each; none of scenes of role tiled."""
    scene = wildcards.scene
    chosen = [wildcards.look] if "look" in wildcards.keys() else looks(scene)
    return [
        f"results/points/{scene}/{look}.parquet"
        for look in ([] if scene in TILED_SCENES else chosen)
    ]


def tiled_outline(wildcards) -> list[str]:
    """Input function: the outline of the land that points of a tiled scene are simulated on."""
    return land_outline(wildcards) if wildcards.scene in TILED_SCENES else []


def tiled_points(wildcards) -> list[str]:
    """Input function: measured points of a scene of role tiled, sorted by tile."""
    return measured_by_tile(wildcards) if wildcards.scene in TILED_SCENES else []


def searched_scene(wildcards) -> dict:
    """Extent of a scene and, of role tiled, what its points are simulated from."""
    scene = config["scenes"][wildcards.scene]
    extent = {key: scene[key] for key in ("bounds", "pixel_m", "crs")}
    tiled = wildcards.scene in TILED_SCENES
    return {**extent, **(scene_simulation(wildcards) if tiled else {})}

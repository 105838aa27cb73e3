"""Jobs: what they depend on and what they ask for."""

# Threads that wait for each other sleep: five times faster on a machine that others use as well.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

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


def code(rule_name: str, *fills: str) -> str:
    """Digest of a rule's script and of the library modules it imports: reruns follow content.

    The module of a fill is imported by its name only when it fills; rules say which they use.
    """
    modules = {module_of(fill.removesuffix("_std")) for fill in fills}
    return code_digest(SCRIPTS / f"{rule_name}.py", SCRIPTS, tuple(sorted(modules)))


def code_with_fill(rule_name: str, fill=None):
    """Params function: the digest of a rule that fills by the method of its wildcard.

    Where it has none, ``fill`` tells the method by the scene of the wildcard.
    """
    if fill is None:
        return lambda wildcards: code(rule_name, wildcards.fill)
    return lambda wildcards: code(rule_name, fill(wildcards.scene))


def in_words(path: str) -> str:
    """The wildcards of a path as a message lists them."""
    words = {"pixel_m": "{wildcards.pixel_m} m", "seed": "seed {wildcards.seed}"}
    keys = re.findall(r"{(\w+)}", path)
    return ", ".join(words.get(key, f"{{wildcards.{key}}}") for key in keys)


#: How maps that are filled in one go are filled; the sizes of tiles are for scenes alone.
FILL_NUMBERS = {
    key: value
    for key, value in config["fills"].items()
    if key not in ("tile_px", "halo_px")
}

"""The layout as data: who may import whom, what a rule, a script and a module look like."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = ROOT / "scripts"
LIBRARY = SCRIPTS / "groundmotion"

#: Module or package → what it may import from the library; everything may import BOTTOM.
BOTTOM = {"constants", "errors"}
ARROWS: dict[str, set[str]] = {
    "constants": set(),
    "errors": set(),
    "provenance": set(),
    "configuration": set(),
    "grid": set(),
    "points": {"grid"},
    "variogram": {"grid"},
    "deformation": {"grid"},
    "wrapping": {"grid"},
    "patches": {"grid"},
    "display": {"grid"},
    "metrics": {"grid"},
    "combining": {"wrapping"},
    "merging": set(),
    "calibration": {"combining"},
    "interpolation": {"grid"},
    "interpolation.kriging": {"grid", "variogram"},
    "noise": {"variogram", "interpolation", "grid"},
    "fields": {"noise"},
    "settlements": set(),
    "bound": {"deformation", "noise", "variogram", "grid"},
    "synthesis": {"deformation", "noise", "fields", "settlements", "interpolation", "grid"},
    "observers": {
        "deformation",
        "noise",
        "synthesis",
        "bound",
        "interpolation",
        "variogram",
        "metrics",
        "grid",
    },
    "simulation": {"synthesis", "deformation", "noise", "interpolation", "grid"},
    "detectability": set(),
    "league": {"metrics"},
    "networks": set(),
    "batches": {"wrapping"},
    "schedule": {"wrapping"},
    "transfer": {"networks"},
    "volcanoes": {"deformation", "noise"},
    "checkpoints": {"networks"},
    "training": {"networks", "metrics", "batches", "checkpoints", "schedule", "transfer"},
    "detection": {
        "wrapping",
        "combining",
        "patches",
        "networks",
        "calibration",
        "grid",
        "batches",
    },
    "areas": {"grid", "interpolation"},
    "tiled": {"grid", "patches", "detection", "merging"},
    "tiled.tiling": {"grid", "patches"},
    "tiled.regions": {"grid", "areas"},
    "supply": {"simulation", "pointfiles"},
    "searching": {
        "model_files",
        "artefacts",
        "tilefiles",
        "provenance",
        "tiled",
        "calibration",
        "detection",
        "interpolation",
        "patches",
        "training",
    },
    "tilefiles": {"artefacts", "provenance", "tiled"},
    "mosaicfile": {"artefacts", "provenance", "tiled", "grid"},
    "artefacts": {"grid", "provenance"},
    "pointfiles": {"points", "artefacts", "provenance"},
    "job": {"provenance"},
    "example_files": {"artefacts", "grid", "interpolation", "noise", "provenance", "synthesis"},
    "model_files": {
        "artefacts",
        "batches",
        "calibration",
        "checkpoints",
        "detection",
        "provenance",
        "schedule",
        "training",
        "transfer",
    },
    "plotting": {"grid", "wrapping", "interpolation", "variogram"},
}
#: On top, beside the scripts: may import everything.
TOP = {"cli", "__main__"}
#: Only the scripts and TOP may import these.
FOR_SCRIPTS = {
    "artefacts",
    "plotting",
    "job",
    "example_files",
    "model_files",
    "tilefiles",
    "mosaicfile",
    "searching",
    "supply",
    "pointfiles",
}
#: These of them may build on one another.
ON_DISK = {
    "example_files",
    "model_files",
    "tilefiles",
    "mosaicfile",
    "searching",
    "supply",
    "pointfiles",
}
MAY_IMPORT_TORCH = {
    "networks",
    "batches",
    "checkpoints",
    "training",
    "transfer",
    "detection",
    "job",
    "interpolation.diffusion_torch",
} | TOP
MAY_IMPORT_MATPLOTLIB = {"plotting"}

LONGEST_SCRIPT = 80
LONGEST_MODULE = 300  # blank lines do not count
RULE_PARTS = ("message", "log", "benchmark", "threads", "resources", "conda", "params", "script")
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:home|root|work|tmp|mnt|Users|scratch)/\w")
TEXT_FOLDERS = (
    ".ci",
    "benchmarks",
    "config",
    "docs",
    "envs",
    "profiles",
    "rules",
    "scripts",
    "tests",
)
TEXT_ENDS = {
    "",
    ".cff",
    ".cfg",
    ".in",
    ".md",
    ".py",
    ".sh",
    ".smk",
    ".toml",
    ".txt",
    ".yaml",
    ".yml",
}


def module_files() -> dict[str, Path]:
    """Dotted name below ``groundmotion`` → file; a package is its ``__init__.py``."""
    found = {}
    for path in sorted(LIBRARY.rglob("*.py")):
        parts = path.relative_to(LIBRARY).with_suffix("").parts
        if parts[-1] == "__init__":
            parts = parts[:-1]
        if parts:
            found[".".join(parts)] = path
    return found


def unit_of(module: str) -> str:
    """The entry of ARROWS that a module falls under: its own, or its package's."""
    return module if module in ARROWS else module.partition(".")[0]


def running_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """Walk a tree without what stands under ``if TYPE_CHECKING``."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            continue
        yield node
        yield from running_nodes(node)


def imports(path: Path) -> set[str]:
    """Absolute dotted names that a file imports; ``from a import b`` gives both a and a.b."""
    names: set[str] = set()
    for node in running_nodes(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import; name the module in full"
            names |= {str(node.module)} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def library_imports(path: Path) -> set[str]:
    """Library modules a file imports, as named in :func:`module_files`."""
    known = module_files()
    found = {name.removeprefix("groundmotion.") for name in imports(path)}
    return {name for name in found if name in known}


def packages_imported(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imports(path)}


MODULES = module_files()
RULE_SCRIPTS = sorted(SCRIPTS.glob("*.py"))


# --- imports --------------------------------------------------------------------------------------


@pytest.mark.parametrize("module", MODULES)
def test_imports_follow_the_arrows(module: str) -> None:
    unit = unit_of(module)
    if unit in TOP:
        return
    assert unit in ARROWS, f"{module}: name it and what it may import in ARROWS"
    package = module.partition(".")[0]
    wrong = [
        name
        for name in library_imports(MODULES[module])
        if name.partition(".")[0] != package
        and name.partition(".")[0] not in ARROWS[unit] | (BOTTOM - {unit})
    ]
    assert not wrong, f"{module} must not import {', '.join(wrong)}"


def test_every_arrow_is_about_a_module_that_exists() -> None:
    named = set(ARROWS) | set().union(*ARROWS.values())
    assert named <= set(MODULES)


def test_imports_make_no_cycle() -> None:
    graph = {name: library_imports(path) - {name} for name, path in MODULES.items()}
    # A package's own modules import each other, not the package's front.
    while free := [name for name, wants in graph.items() if not wants]:
        for name in free:
            del graph[name]
        graph = {name: wants - set(free) for name, wants in graph.items()}
    assert not graph, f"among these modules is a cycle: {sorted(graph)}"


@pytest.mark.parametrize("module", MODULES)
def test_only_scripts_reach_disk_and_figures(module: str) -> None:
    package = module.partition(".")[0]
    if package not in TOP:
        reached = {name.partition(".")[0] for name in library_imports(MODULES[module])}
        allowed = {package, "artefacts", *ON_DISK} if package in ON_DISK else {package}
        assert not reached & (FOR_SCRIPTS - allowed)


@pytest.mark.parametrize("module", MODULES)
def test_heavy_packages_stay_where_they_belong(module: str) -> None:
    package, used = module.partition(".")[0], packages_imported(MODULES[module])
    assert "torch" not in used or {package, module} & MAY_IMPORT_TORCH
    assert "matplotlib" not in used or package in MAY_IMPORT_MATPLOTLIB
    assert "snakemake" not in used


@pytest.mark.parametrize("script", RULE_SCRIPTS, ids=lambda path: path.stem)
def test_scripts_leave_drawing_and_snakemake_to_the_library(script: Path) -> None:
    assert not packages_imported(script) & {"matplotlib", "snakemake"}


# --- rules and scripts ----------------------------------------------------------------------------


def rules() -> dict[str, str]:
    """Rule name → text of its block, for the rules that run a script (not mere target names)."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / "rules").glob("*.smk")):
        blocks = re.split(
            r"^(?:rule|checkpoint) (\w+):\n", path.read_text(encoding="utf-8"), flags=re.M
        )
        for name, block in zip(blocks[1::2], blocks[2::2], strict=True):
            assert name not in found, f"two rules are named {name}"
            found[name] = block
    return found


RULES = rules()


def test_there_are_rules() -> None:
    assert len(RULES) > 3


@pytest.mark.parametrize("name", RULES)
def test_a_rule_says_all_it_should(name: str) -> None:
    parts = set(re.findall(r"^    (\w+):", RULES[name], flags=re.M))
    wanted = set(RULE_PARTS)
    if "output" not in parts:
        # A benchmark's file would count as made: the rule would run once and never again.
        assert "benchmark" not in parts
        wanted -= {"benchmark"}
    assert not wanted - parts, f"{name} lacks {sorted(wanted - parts)}"
    assert not parts & {"run", "shell", "notebook", "wrapper", "retries"}
    for resource in ("mem_mb", "runtime"):
        assert re.search(rf"^        {resource}=", RULES[name], flags=re.M), (
            f"{name}: no {resource}"
        )
    assert '"../envs/groundmotion.yaml"' in RULES[name]
    assert "logs/" in RULES[name]


@pytest.mark.parametrize("name", RULES)
def test_a_rule_has_one_script_of_its_name_and_follows_its_code(name: str) -> None:
    assert re.findall(r'"\.\./scripts/(\w+)\.py"', RULES[name]) == [name]
    assert re.search(rf'\bcode=code\("{name}"\)', RULES[name])


def test_every_script_has_a_rule() -> None:
    assert {path.stem for path in RULE_SCRIPTS} == set(RULES)


def test_the_snakefile_only_names_targets() -> None:
    text = (ROOT / "Snakefile").read_text(encoding="utf-8")
    assert not re.search(r"^    (script|shell|run|output):", text, flags=re.M)


@pytest.mark.parametrize("script", RULE_SCRIPTS, ids=lambda path: path.stem)
def test_a_script_is_short_and_one_function_of_its_name(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST_SCRIPT
    functions = {
        node.name: node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)
    }
    public = [name for name in functions if not name.startswith("_")]
    assert public == [script.stem]
    arguments = functions[script.stem].args
    assert not arguments.args and arguments.kwonlyargs, "keyword arguments only"
    before, _, after = text.partition('\nif __name__ == "__main__":\n')
    assert after.startswith(f"    run_job({script.stem}, snakemake)")
    assert len(after.splitlines()) == 1
    assert not re.search(r"\bsnakemake\b(?=[.\[(])", before)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_is_one_concept_long(module: str) -> None:
    lines = MODULES[module].read_text(encoding="utf-8").splitlines()
    assert sum(bool(line.strip()) for line in lines) <= LONGEST_MODULE


@pytest.mark.parametrize("module", MODULES)
def test_the_library_prints_nothing(module: str) -> None:
    if module.partition(".")[0] in TOP:
        return
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        called = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id
        assert called != "print", f"line {getattr(node, 'lineno', '?')}"


# --- text -----------------------------------------------------------------------------------------


def text_files() -> list[Path]:
    listed = [path for path in ROOT.iterdir() if path.is_file()]
    for folder in TEXT_FOLDERS:
        listed += [path for path in (ROOT / folder).rglob("*") if path.is_file()]
    return [path for path in listed if path.suffix in TEXT_ENDS and "__pycache__" not in path.parts]


def test_no_file_names_a_place_on_one_machine() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in text_files()
        if path != Path(__file__).resolve()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if MACHINE_PATH.search(line)
    ]
    assert not found, "\n".join(found)

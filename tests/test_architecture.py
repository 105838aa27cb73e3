"""The rules of the house: who may import whom, what a rule, a script and a module look like.

Every test collects all that breaks one rule and names the files.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = ROOT / "scripts"
LIBRARY = SCRIPTS / "groundmotion"

#: The library from the ground up: a module or package imports from tiers before its own, and from
#: its own where that makes no circle. The scripts stand on top.
TIERS = (
    ("constants", "errors", "aliases", "names", "grid", "deformation"),
    ("points", "variogram", "interpolation", "patches", "scores"),
    ("noise", "simulation", "synthesis", "networks"),
    ("training", "detection", "areas", "limits"),
    ("plotting",),
    ("artefacts", "workflow"),
    ("cli",),
)
#: Heavy package → where the library imports it; LAZY only inside of functions.
HEAVY: dict[str, set[str]] = {
    "torch": {"networks", "training", "detection", "interpolation.diffusion_torch"},
    "matplotlib": {"plotting"},
    "snakemake": set(),
}
LAZY: dict[str, set[str]] = {"torch": {"workflow.job", "cli"}}

#: Foreign formats are read in ``points``, our own in ``artefacts``; ``workflow.nation`` sorts points
#: and mosaics on disk.
EDGES = ("points", "artefacts", "workflow.nation")
#: Package that reads and writes files → where it is imported.
FORMATS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("csv", "gzip", "h5py", "netCDF4", "pyarrow", "pyogrio"), EDGES),
    **dict.fromkeys(("rasterio", "xarray", "zipfile"), EDGES),
    "safetensors": ("artefacts", "training.starts"),  # starts unpacks bytes of foreign weights
    "yaml": ("cli",),
}
#: This part of rasterio knows arrays and polygons alone.
NO_FORMAT = "rasterio.features"
#: Calls that touch the disk → where they stand; a job writes its log, the command reads its numbers.
DISK_CALLS = {
    "open", "mkdir", "read_text", "read_bytes", "write_text", "write_bytes", "read_csv",
    "read_excel", "read_feather", "pd.read_json", "read_parquet", "read_file", "to_csv", "to_feather",
    "to_file", "to_json", "to_parquet", "fromfile", "tofile", "savez", "savez_compressed",
    "genfromtxt", "loadtxt", "savetxt", "memmap", "np.load", "np.save", "torch.save",
}  # fmt: skip
ON_DISK = (*EDGES, "workflow.job", "cli")

LONGEST_SCRIPT = 80
LONGEST_MODULE = 300  # blank lines do not count
RULE_PARTS = {"message", "log", "benchmark", "threads", "resources", "conda", "params", "script"}
NO_RULE_PARTS = {"run", "shell", "notebook", "wrapper", "retries"}
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


# --- what there is --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Import:
    """A module that a file imports: its absolute dotted name; lazy inside of a function."""

    file: Path
    line: int
    name: str
    lazy: bool

    def __str__(self) -> str:
        return f"{place(self.file, self.line)}: imports {self.name}"


@dataclass(frozen=True)
class Rule:
    """A rule that runs a script, and the text of its block."""

    file: Path
    name: str
    text: str

    def __str__(self) -> str:
        return f"{place(self.file)}: rule {self.name}"

    @property
    def parts(self) -> set[str]:
        return set(re.findall(r"^    (\w+):", self.text, flags=re.M))


def place(file: Path, line: int | None = None) -> str:
    name = str(file.relative_to(ROOT))
    return name if line is None else f"{name}:{line}"


def listed(wrong: Iterable[object]) -> str:
    return "\n".join(["", *sorted(str(one) for one in wrong)])


def module_files() -> dict[str, Path]:
    """Dotted name below ``groundmotion`` → file; a package is its ``__init__.py``."""
    files = {}
    for path in sorted(LIBRARY.rglob("*.py")):
        parts = path.relative_to(LIBRARY).with_suffix("").parts
        if parts[-1] == "__init__":
            parts = parts[:-1]
        if parts:
            files[".".join(parts)] = path
    return files


def rules() -> list[Rule]:
    """Return the rules of ``rules/``; those of the Snakefile only name targets."""
    found = []
    for path in sorted((ROOT / "rules").rglob("*.smk")):
        blocks = re.split(
            r"^(?:rule|checkpoint) (\w+):\n", path.read_text(encoding="utf-8"), flags=re.M
        )
        pairs = zip(blocks[1::2], blocks[2::2], strict=True)
        found += [Rule(path, name, block) for name, block in pairs]
    return found


MODULES = module_files()
RULES = rules()
RULE_SCRIPTS = sorted(SCRIPTS.glob("*.py"))


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def running_nodes(tree: ast.AST, lazy: bool = False) -> Iterator[tuple[ast.AST, bool]]:
    """Walk a tree without what stands under ``if TYPE_CHECKING``; say what is in a function."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            continue
        yield node, lazy
        inside = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        yield from running_nodes(node, lazy or inside)


@cache
def imports(path: Path) -> tuple[Import, ...]:
    """Return what a file imports; ``from a import b`` gives both a and a.b."""
    found = []
    for node, lazy in running_nodes(tree_of(path)):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            names = [module, *(f"{module}.{alias.name}" for alias in node.names)]
        found += [Import(path, node.lineno, name, lazy) for name in names]  # type: ignore[attr-defined]
    return tuple(found)


def library_imports(path: Path) -> dict[str, Import]:
    """Library modules that a file imports, as named in :func:`module_files`."""
    found = {one.name.removeprefix("groundmotion."): one for one in imports(path)}
    return {name: one for name, one in found.items() if name in MODULES}


def is_in(module: str, places: Iterable[str]) -> bool:
    """Whether a module is one of some modules or in one of some packages."""
    return any(module == one or module.startswith(f"{one}.") for one in places)


def package_of(module: str) -> str:
    return module.partition(".")[0]


# --- imports --------------------------------------------------------------------------------------


def test_the_tiers_hold_what_there_is() -> None:
    packages = [name for tier in TIERS for name in tier]
    assert len(packages) == len(set(packages))
    missing = [place(path) for name, path in MODULES.items() if package_of(name) not in packages]
    assert not missing, f"put these in TIERS:{listed(missing)}"
    gone = [name for name in packages if name not in MODULES]
    assert not gone, f"take these out of TIERS:{listed(gone)}"


def test_imports_go_down_the_tiers() -> None:
    tier_of = {name: i for i, tier in enumerate(TIERS) for name in tier}
    wrong = [
        one
        for module, path in MODULES.items()
        for name, one in library_imports(path).items()
        if tier_of[package_of(name)] > tier_of[package_of(module)]
    ]
    assert not wrong, f"these stand above the modules that import them:{listed(wrong)}"


def circle(graph: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """Return what is left of a graph without all that is before or after its circles."""
    left = {name: set(wanted) for name, wanted in graph.items()}
    while True:
        wanted = set().union(*left.values())
        core = {name for name in left if left[name] and name in wanted}
        if core == set(left):
            return left
        left = {name: left[name] & core for name in core}


def test_imports_make_no_circle() -> None:
    edges = {name: library_imports(path) for name, path in MODULES.items()}
    # A package's own modules import each other, not the package's front.
    modules = circle({name: set(wanted) - {name} for name, wanted in edges.items()})
    wrong = [edges[name][other] for name, others in modules.items() for other in others]
    assert not wrong, f"these modules import each other in a circle:{listed(wrong)}"

    graph: dict[str, set[str]] = {package_of(name): set() for name in MODULES}
    for name, wanted in edges.items():
        graph[package_of(name)] |= {package_of(other) for other in wanted} - {package_of(name)}
    packages = circle(graph)
    wrong = [
        one
        for name, wanted in edges.items()
        for other, one in wanted.items()
        if package_of(other) in packages.get(package_of(name), set())
    ]
    assert not wrong, f"these packages import each other in a circle:{listed(wrong)}"


def test_imports_name_modules_in_full() -> None:
    wrong = [
        one
        for path in (*MODULES.values(), *RULE_SCRIPTS)
        for one in imports(path)
        if one.name.startswith(".")
    ]
    assert not wrong, f"relative imports:{listed(wrong)}"


def test_nothing_imports_a_script() -> None:
    stems = {path.stem for path in RULE_SCRIPTS}
    wrong = [
        one
        for path in (*MODULES.values(), *RULE_SCRIPTS)
        for one in imports(path)
        if one.name in stems
    ]
    assert not wrong, f"what scripts share belongs into the library:{listed(wrong)}"


def test_the_face_of_a_package_is_a_docstring() -> None:
    wrong = []
    for path in sorted(LIBRARY.rglob("__init__.py")):
        first, *rest = [*tree_of(path).body, ast.Pass()]
        if ast.get_docstring(tree_of(path)) is None:
            wrong.append(f"{place(path)}: no docstring, but {ast.unparse(first) or 'nothing'}")
        if path.parent == LIBRARY:
            rest = [node for node in rest if not ast.unparse(node).startswith("__version__ =")]
        wrong += [f"{place(path, node.lineno)}: {ast.unparse(node)}" for node in rest[:-1]]
    assert not wrong, f"importing a module runs its package's face; keep it empty:{listed(wrong)}"


def test_the_face_of_a_package_names_its_modules() -> None:
    wrong = []
    for module, path in {"": LIBRARY / "__init__.py", **MODULES}.items():
        if path.name != "__init__.py":
            continue
        named = re.findall(r"``(\w+)``", ast.get_docstring(tree_of(path)) or "")
        inside = {name.rpartition(".")[2] for name in MODULES if name.rpartition(".")[0] == module}
        wrong += [f"{place(path)}: does not name {name}" for name in inside - set(named)]
    assert not wrong, f"say in the docstring what each module is:{listed(wrong)}"


def test_heavy_packages_are_imported_where_they_are_used() -> None:
    wrong = [
        one
        for module, path in MODULES.items()
        for one in imports(path)
        if (heavy := package_of(one.name)) in HEAVY
        and not is_in(module, HEAVY[heavy])
        and not (one.lazy and is_in(module, LAZY.get(heavy, ())))
    ]
    wrong += [
        one
        for path in RULE_SCRIPTS
        for one in imports(path)
        if package_of(one.name) in {"matplotlib", "snakemake"}
    ]
    assert not wrong, f"heavy packages where they do not belong:{listed(wrong)}"


def test_figures_are_drawn_by_scripts_alone() -> None:
    wrong = [
        one
        for module, path in MODULES.items()
        for name, one in library_imports(path).items()
        if package_of(name) == "plotting" and package_of(module) not in {"plotting", "cli"}
    ]
    assert not wrong, f"only scripts draw:{listed(wrong)}"


def called(node: ast.AST) -> set[str]:
    """Name of the function that a node calls, with and without what it is looked up in."""
    if not isinstance(node, ast.Call):
        return set()
    full = ast.unparse(node.func)
    return {full, full.rpartition(".")[2]}


def test_files_are_read_and_written_at_the_edges() -> None:
    wrong: list[object] = [
        one
        for module, path in MODULES.items()
        for one in imports(path)
        if package_of(one.name) in FORMATS
        and not one.name.startswith(NO_FORMAT)
        and not is_in(module, FORMATS[package_of(one.name)])
    ]
    wrong += [
        f"{place(path, node.lineno)}: calls {ast.unparse(node.func)}"
        for module, path in MODULES.items()
        if not is_in(module, ON_DISK)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and called(node) & DISK_CALLS
    ]
    assert not wrong, f"files where there should be arrays:{listed(wrong)}"


# --- rules and scripts ----------------------------------------------------------------------------


def test_every_rule_has_a_script_and_every_script_a_rule() -> None:
    names = [rule.name for rule in RULES]
    twice = [rule for rule in RULES if names.count(rule.name) > 1]
    assert not twice, f"several rules of one name:{listed(twice)}"
    stems = {path.stem for path in RULE_SCRIPTS}
    assert len(stems) > 3
    wrong = [f"{rule}: no script of its name" for rule in RULES if rule.name not in stems]
    wrong += [f"{place(path)}: no rule" for path in RULE_SCRIPTS if path.stem not in names]
    assert not wrong, listed(wrong)


def test_a_rule_says_all_it_should() -> None:
    wrong = []
    for rule in RULES:
        wanted = set(RULE_PARTS)
        if "output" not in rule.parts:
            # A benchmark's file would count as made: the rule would run once and never again.
            wanted -= {"benchmark"}
            if "benchmark" in rule.parts:
                wrong.append(f"{rule}: a benchmark without an output")
        wrong += [f"{rule}: lacks {part}" for part in wanted - rule.parts]
        wrong += [f"{rule}: has {part}" for part in rule.parts & NO_RULE_PARTS]
        for resource in ("mem_mb", "runtime"):
            if not re.search(rf"^        {resource}=", rule.text, flags=re.M):
                wrong.append(f"{rule}: lacks {resource} in its resources")
        for text in ('"../envs/groundmotion.yaml"', "logs/"):
            if text not in rule.text:
                wrong.append(f"{rule}: lacks {text}")
    assert not wrong, listed(wrong)


def test_a_rule_runs_the_script_of_its_name_and_follows_its_code() -> None:
    wrong = []
    for rule in RULES:
        scripts = re.findall(r'"\.\./scripts/(\w+)\.py"', rule.text)
        if scripts != [rule.name]:
            wrong.append(f"{rule}: runs {', '.join(scripts) or 'no script'}")
        # Fills follow the name where a rule imports their modules by name.
        if not re.search(rf'\bcode=code(?:_with_fill)?\(\s*"{rule.name}"[,)]', rule.text):
            wrong.append(f'{rule}: lacks code=code("{rule.name}") in its params')
    assert not wrong, listed(wrong)


def test_the_snakefile_only_names_targets() -> None:
    text = (ROOT / "Snakefile").read_text(encoding="utf-8")
    wrong = re.findall(r"^    (?:script|shell|run|output):", text, flags=re.M)
    assert not wrong, f"Snakefile:{listed(wrong)}"


def test_a_script_is_short() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in RULE_SCRIPTS}
    wrong = [f"{place(path)}: {n} lines" for path, n in lengths.items() if n > LONGEST_SCRIPT]
    assert not wrong, f"more than {LONGEST_SCRIPT} lines:{listed(wrong)}"


def test_a_script_is_one_function_of_its_name() -> None:
    wrong = []
    for path in RULE_SCRIPTS:
        functions = {
            node.name: node for node in tree_of(path).body if isinstance(node, ast.FunctionDef)
        }
        public = [name for name in functions if not name.startswith("_")]
        if public != [path.stem]:
            wrong.append(f"{place(path)}: public functions {public}, expected {path.stem} alone")
            continue
        arguments = functions[path.stem].args
        if arguments.posonlyargs or arguments.args or not arguments.kwonlyargs:
            wrong.append(f"{place(path)}: {path.stem} takes keyword arguments only")
        text = path.read_text(encoding="utf-8")
        before, _, after = text.partition('\nif __name__ == "__main__":\n')
        call = f"    run_job({path.stem}, snakemake)"
        if not after.startswith(call) or len(after.splitlines()) != 1:
            wrong.append(
                f'{place(path)}: expected only {call.strip()} under __name__ == "__main__"'
            )
        if re.search(r"\bsnakemake\b(?=[.\[(])", before):
            wrong.append(f'{place(path)}: uses snakemake above __name__ == "__main__"')
    assert not wrong, listed(wrong)


def test_a_module_is_one_concept_long() -> None:
    wrong = []
    for path in MODULES.values():
        lines = path.read_text(encoding="utf-8").splitlines()
        count = sum(bool(line.strip()) for line in lines)
        if count > LONGEST_MODULE:
            wrong.append(f"{place(path)}: {count} lines")
    assert not wrong, f"more than {LONGEST_MODULE} lines that are not blank:{listed(wrong)}"


def test_the_library_prints_nothing() -> None:
    wrong = [
        place(path, node.lineno)
        for module, path in MODULES.items()
        if package_of(module) != "cli"
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and "print" in called(node)
    ]
    assert not wrong, f"only the command prints:{listed(wrong)}"


# --- text -----------------------------------------------------------------------------------------


def text_files() -> list[Path]:
    files = [path for path in ROOT.iterdir() if path.is_file()]
    for folder in TEXT_FOLDERS:
        files += [path for path in (ROOT / folder).rglob("*") if path.is_file()]
    return [path for path in files if path.suffix in TEXT_ENDS and "__pycache__" not in path.parts]


def test_no_file_names_a_place_on_one_machine() -> None:
    wrong = [
        f"{place(path, number)}: {line.strip()}"
        for path in text_files()
        if path != Path(__file__).resolve()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if MACHINE_PATH.search(line)
    ]
    assert not wrong, listed(wrong)

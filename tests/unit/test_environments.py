"""Pins, environments and imports agree with each other."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def requirements(file: str) -> dict[str, Requirement]:
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    found = [Requirement(line.split("#")[0]) for line in lines if line and line[0] not in "#-"]
    return {canonical(each.name): each for each in found}


def pins(file: str) -> dict[str, Version]:
    versions = {}
    for name, requirement in requirements(file).items():
        (specifier,) = requirement.specifier
        assert specifier.operator == "==", f"{file}: {requirement} is not pinned"
        versions[name] = Version(specifier.version)
    return versions


def conda_pins() -> dict[str, Version]:
    content = yaml.safe_load((ROOT / "envs/groundmotion.yaml").read_text(encoding="utf-8"))
    (pip_section,) = (part["pip"] for part in content["dependencies"] if isinstance(part, dict))
    found = [Requirement(line) for line in pip_section]
    return {canonical(each.name): Version(next(iter(each.specifier)).version) for each in found}


def third_party_imports(folder: str) -> set[str]:
    """Distributions that the Python files below a folder import."""
    names: set[str] = set()
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                names.add(node.module.split(".")[0])
    names -= sys.stdlib_module_names | {"groundmotion", "conftest"}
    installed = packages_distributions()
    return {canonical(installed[name][0]) for name in names if name in installed}


@pytest.mark.parametrize("stem", ["requirements", "requirements-dev"])
def test_the_lock_pins_every_direct_requirement(stem: str) -> None:
    locked = pins(f"{stem}.txt")
    for name, wanted in requirements(f"{stem}.in").items():
        assert name in locked, f"{name} of {stem}.in is not in {stem}.txt: run `make lock`"
        assert wanted.specifier.contains(locked[name])


def test_torch_is_pinned_without_a_build() -> None:
    assert pins("requirements.txt")["torch"].local is None


def test_the_two_locks_do_not_contradict_each_other() -> None:
    assert not set(pins("requirements.txt")) & set(pins("requirements-dev.txt"))


def test_the_conda_environment_has_the_pins_of_every_direct_requirement() -> None:
    locked = pins("requirements.txt")
    assert conda_pins() == {name: locked[name] for name in requirements("requirements.in")}


def test_the_library_admits_the_pins() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    locked = pins("requirements.txt")
    for line in project["dependencies"]:
        wanted = Requirement(line)
        assert wanted.specifier.contains(locked[canonical(wanted.name)]), line


def test_every_import_is_a_direct_requirement() -> None:
    direct = set(requirements("requirements.in"))
    assert third_party_imports("scripts") <= direct
    assert third_party_imports("tests") <= direct | set(requirements("requirements-dev.in")) | {
        "packaging"  # comes with pytest and Snakemake
    }


def test_installing_the_library_brings_what_it_imports() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    brought = {canonical(Requirement(line).name) for line in project["dependencies"]}
    assert third_party_imports("scripts/groundmotion") <= brought


def test_the_running_python_is_supported() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lowest = Requirement(f"python{project['requires-python']}").specifier
    assert lowest.contains(".".join(map(str, sys.version_info[:2])))

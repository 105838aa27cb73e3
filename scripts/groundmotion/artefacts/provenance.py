"""Where an artefact comes from: the stamp every file carries.

A stamp names the rule, the digest of the code that made the file, the slice of the configuration
it used, the digests of its inputs, the package versions and the commit. It holds no times, host
names or absolute paths, so that the same seed gives the same bytes.
"""

import ast
import hashlib
import json
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

#: Raised when the meaning of an artefact changes.
SCHEMA_VERSION = 1

#: Packages whose version can change a number.
STAMPED_PACKAGES = ("numpy", "scipy", "pandas", "torch", "rasterio", "geopandas", "pyproj")

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Stamp:
    """What goes into a file's metadata; see the module's description."""

    schema_version: int
    rule: str
    code: str
    config: Mapping[str, Any]
    inputs: Mapping[str, str]
    packages: Mapping[str, str]
    commit: str

    def as_dict(self, payload_sha256: str | None = None) -> dict[str, Any]:
        """Return a plain dictionary, with the digest of the file's payload where given."""
        plain = asdict(self)
        return plain if payload_sha256 is None else {**plain, "payload_sha256": payload_sha256}

    def as_json(self, payload_sha256: str | None = None) -> str:
        """Return :meth:`as_dict` as one line of JSON with sorted keys."""
        return json.dumps(self.as_dict(payload_sha256), sort_keys=True)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def imported_modules(source: Path, root: Path) -> tuple[Path, ...]:
    """List the library files that a script imports, directly or through another of them.

    Parameters
    ----------
    source
        A Python file.
    root
        The folder that holds the package ``groundmotion``.

    Returns
    -------
    Sorted paths, without ``source`` itself. The initialisation files of packages on the way count.
    """
    files: set[Path] = set()
    waiting = [source]
    while waiting:
        for file in _direct_imports(waiting.pop(), root):
            if file not in files and file != source:
                files.add(file)
                waiting.append(file)
    return tuple(sorted(files))


@cache
def code_digest(script: Path, root: Path, others: tuple[str, ...] = ()) -> str:
    """Digest the content of a script and of every library module it imports (transitively).

    Parameters
    ----------
    script, root
        As for :func:`imported_modules`.
    others
        Dotted names of modules that the script imports by name when it runs.
    """
    digest = hashlib.sha256(script.read_bytes())
    files = set(imported_modules(script, root))
    for name in others:
        file = root.joinpath(*name.split(".")).with_suffix(".py")
        files |= {file, *imported_modules(file, root)}
    for module in sorted(files):
        digest.update(module.relative_to(root).as_posix().encode())
        digest.update(module.read_bytes())
    return digest.hexdigest()[:16]


def make_stamp(
    rule: str, code: str, config: Mapping[str, Any], inputs: Iterable[Path], base: Path
) -> Stamp:
    """Collect a stamp; inputs are named relative to ``base`` where they lie below it."""
    return Stamp(
        schema_version=SCHEMA_VERSION,
        rule=rule,
        code=code,
        # JSON knows no infinity: as words, every reader can read the stamp
        config=json.loads(json.dumps(config, sort_keys=True, default=str), parse_constant=str),
        inputs={_short_name(path, base): sha256_of(path) for path in sorted(set(inputs))},
        packages=_package_versions(),
        commit=_commit(Path(__file__).resolve().parent),
    )


def _short_name(path: Path, base: Path) -> str:
    resolved = path.resolve()
    if resolved.is_relative_to(base.resolve()):
        return resolved.relative_to(base.resolve()).as_posix()
    return path.name


@cache
def _direct_imports(source: Path, root: Path) -> tuple[Path, ...]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = _package_of(node, source, root)
            names.add(package)
            names.update(f"{package}.{alias.name}" for alias in node.names)
    files: list[Path] = []
    for name in sorted(names):
        parts = name.split(".")
        if parts[0] != "groundmotion":
            continue
        for depth in range(1, len(parts) + 1):
            files += _module_file(root.joinpath(*parts[:depth]))
    return tuple(files)


def _package_of(node: ast.ImportFrom, source: Path, root: Path) -> str:
    if node.level == 0:
        return node.module or ""
    folder = source.parent
    for _ in range(node.level - 1):
        folder = folder.parent
    parts = [*folder.relative_to(root).parts, *(node.module or "").split(".")]
    return ".".join(part for part in parts if part)


def _module_file(stem: Path) -> list[Path]:
    return [p for p in (stem.with_suffix(".py"), stem / "__init__.py") if p.is_file()]


@cache
def _package_versions() -> dict[str, str]:
    versions = {}
    for name in STAMPED_PACKAGES:
        try:
            versions[name] = version(name).split("+")[0]
        except PackageNotFoundError:
            continue
    return versions


@cache
def _commit(folder: Path) -> str:
    def git(*words: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(folder), *words], capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    try:
        return git("rev-parse", "HEAD")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"

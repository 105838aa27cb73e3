"""The configuration that the command takes its numbers from."""

import importlib.metadata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from groundmotion.errors import InputError
from groundmotion.workflow.configuration import checked_config

Config = Mapping[str, Any]


def read_config(path: Path | None) -> Config:
    """Read the configuration: the user's, the checkout's, or the one installed with the library.

    Parameters
    ----------
    path
        The user's own; None for the one that ships.

    Raises
    ------
    InputError
        If it cannot be read, or a key is wrong.
    """
    file, schema = path or _shipped("config.yaml"), _shipped("rules/config.schema.yaml")
    try:
        content = _parsed(file)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        problem = " ".join(str(error).split())
        raise InputError(f"{file}: cannot be read as a configuration: {problem}") from error
    if not isinstance(content, dict):
        raise InputError(f"{file}: expected the keys of config.yaml, came {content!r:.40}")
    return checked_config(content, _parsed(schema))


def _parsed(file: Path) -> Any:
    # The C parser reads the same ten times as fast, where PyYAML was built with it.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(file.read_text(encoding="utf-8"), loader)


def _shipped(name: str) -> Path:
    in_checkout = Path(__file__).resolve().parents[3] / name
    if in_checkout.is_file():
        return in_checkout
    suffix = f"share/groundmotion/{Path(name).name}"
    for file in importlib.metadata.files("groundmotion") or []:
        if file.as_posix().endswith(suffix):
            return Path(str(file.locate()))
    raise InputError(f"{name}: did not come with the installation; install groundmotion again")

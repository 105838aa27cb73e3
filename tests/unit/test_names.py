"""The words of the workflow: each is implemented, and what is implemented has its word."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
import pytest
import yaml

from groundmotion import names
from groundmotion.interpolation.kriging_models import krige_by
from groundmotion.interpolation.settings import Covariance, FillSettings
from groundmotion.names import FILLS, KRIGING_MODELS, FillName
from groundmotion.networks import building
from groundmotion.patches import views, wrapping
from groundmotion.synthesis import shifting
from groundmotion.synthesis.law import settings_from_config

ROOT = Path(__file__).parents[2]
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
SCHEMA = yaml.safe_load((ROOT / "rules/config.schema.yaml").read_text(encoding="utf-8"))


def implementation(dotted: str):
    module, _, function = dotted.partition(".")
    return getattr(import_module(f"groundmotion.interpolation.{module}"), function)


def arguments_of(fill: FillName) -> list[type]:
    """Classes of what a fill's function is called with between maps and threads."""
    kinds = get_type_hints(FillSettings)
    return [Covariance] * fill.needs_covariance + [kinds[name] for name in fill.settings]


@pytest.mark.parametrize("name", FILLS)
def test_every_fill_has_a_function_that_takes_its_settings(name: str) -> None:
    fill = FILLS[name]
    assert set(fill.settings) <= {field.name for field in fields(FillSettings)}
    for dotted in filter(None, (fill.function, fill.error_function)):
        hints = get_type_hints(implementation(dotted))
        del hints["return"]
        assert [name.lstrip("_") for name in (*hints,)[:: len(hints) - 1]] == ["maps", "threads"]
        assert list(hints.values())[1:-1] == arguments_of(fill)


def test_fills_are_told_apart() -> None:
    assert len({fill.label for fill in FILLS.values()}) == len(FILLS)
    assert len({fill.function for fill in FILLS.values()}) == len(FILLS)
    assert len(set(names.FILL_LABELS.values())) == len(names.FILL_LABELS)


def test_a_fill_and_its_error_are_of_one_module() -> None:
    """The digest of a rule's code takes in the module of the function alone."""
    stating = [fill for fill in FILLS.values() if fill.error_function]
    assert FILLS["kriging"] in stating
    for fill in stating:
        assert fill.error_function.split(".")[0] == fill.function.split(".")[0]


def test_every_section_of_settings_is_of_a_fill() -> None:
    used = {name for fill in FILLS.values() for name in fill.settings}
    assert used == {field.name for field in fields(FillSettings)}


def test_words_are_those_that_are_implemented() -> None:
    assert set(names.SHIFTS) == set(shifting.SHIFTS)
    assert tuple(views.COMBINERS) == names.COMBINATIONS
    assert set(names.INPUTS) == set(wrapping.CHANNELS)


@pytest.mark.parametrize("model", KRIGING_MODELS)
def test_every_other_model_of_kriging_fills(model: str) -> None:
    values = np.full((20, 30), np.nan)
    values[[2, 9, 17], [3, 20, 11]] = (1.0, -1.0, 0.5)
    known = Covariance(nugget=0.9, a=1.0, b_per_km=1.2, pixel_m=10.0)
    settings = FillSettings.from_config(CONFIG["fills"])
    assert np.isfinite(krige_by(model, values, settings, (known, known), lambda _: known)).all()


@pytest.mark.parametrize("name", names.NETWORKS)
def test_every_network_can_be_built(name: str) -> None:
    network = building.build_network(name, 1, difference=True, seed=0)
    assert any(part.requires_grad for part in network.parameters())


@pytest.mark.parametrize("source", names.SOURCES)
@pytest.mark.parametrize("preset", names.PRESETS)
def test_examples_are_drawn_of_every_source_and_preset(source: str, preset: str) -> None:
    law = {**CONFIG["examples"], "pixel_m": 10, "source": source, "preset": preset}
    law |= {"ranges": CONFIG["presets"][preset][source], "min_d_prime": 0.0}
    law |= {"printed": CONFIG["presets"]["as_printed"][source]}
    if preset == "detectability":  # drawn as mining, of other ranges
        law["preset"] = "mining"
    assert settings_from_config(law, None).sources


def enumerations(node: Any) -> Iterator[str]:
    """Names of the lists of words that a schema asks for."""
    if isinstance(node, dict):
        yield from [node["enum_of"]] if "enum_of" in node else []
        node = list(node.values())
    for part in node if isinstance(node, list) else []:
        yield from enumerations(part)


def test_the_schema_asks_for_the_lists_that_there_are() -> None:
    assert set(enumerations(SCHEMA)) == set(names.ENUMERATIONS)


def test_nothing_heavy_is_loaded_with_them() -> None:
    program = "import sys, groundmotion.names; print({'torch', 'numpy'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": str(ROOT / "scripts")},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "set()"

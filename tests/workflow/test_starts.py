"""What models start from."""

from pathlib import Path

import pytest
from tiny import Workflow

pytestmark = pytest.mark.workflow


@pytest.mark.parametrize("network", ["alexnet", "alexnet_masked"])
def test_masked_alexnet_starts_from_the_volcanoes_of_alexnet(
    fresh: Workflow, tmp_path: Path, network: str
) -> None:
    model = f"results/models/point/mining/10/none/wrapped/volcanic/{network}/1/model.json"
    done = fresh.elsewhere(tmp_path)(model, flags=["--summary"])
    started = {path for path in done.files() if path.startswith("results/models/volcanic/")}
    names = ("weights.safetensors", "model.json", "history.csv")
    assert started == {f"results/models/volcanic/wrapped/alexnet/1/{name}" for name in names}

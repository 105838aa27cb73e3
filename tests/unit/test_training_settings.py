from dataclasses import replace

import numpy as np
import pytest

from groundmotion.errors import InputError
from groundmotion.patches.wrapping import ImageSettings, distinct_wraps
from groundmotion.training.settings import (
    TrainingSettings,
    bright_share,
    epoch_order,
    learning_rate,
    settings_from_config,
)

WRAPS = distinct_wraps((14.0, 7.0), (0.0, 3.5), "fixed")
SETTINGS = TrainingSettings(
    network="compact", image=ImageSettings("unwrapped", 5.0), wraps=WRAPS, any_offset=False,
    classes=("nothing", "point"),
    epochs=3, batch_size=8, precision="float32", patience_epochs=3, learning_rate=3e-3, weight_decay=1e-4,
    warmup_epochs=1, transferred_rate=1.0, curriculum_epochs=0, flips=True, sign_flips=True, seed=5,
)  # fmt: skip
LABELS = np.tile([0, 1, 0], 40)
D_PRIME = np.where(LABELS == 1, np.arange(120.0) % 7, np.nan)


@pytest.mark.parametrize(("source", "signs"), [("point", True), ("line", False), ("volcano", True)])
def test_settings_follow_the_configuration(source, signs):
    arm = {"source": source, "network": "alexnet", "input": "wrapped", "seed": 7}
    how = {
        "unwrapped_scale_mm_yr": 5.0, "intervals_mm_yr": [14.0, 7.0],
        "offsets_mm_yr": [0.0, 3.5], "offset_mode": "fixed",
    }  # fmt: skip
    fields = (
        "epochs", "batch_size", "patience_epochs", "learning_rate", "weight_decay",
        "warmup_epochs", "transferred_rate", "curriculum_epochs",
    )  # fmt: skip
    section = {name: number for number, name in enumerate(fields)}
    section |= {"any_offset": True, "precision": "bfloat16"}
    section["classes"] = ["nothing", arm["source"]]
    chosen = settings_from_config(arm, {**section, "augment": True, "wrapping": how})
    assert [getattr(chosen, name) for name in fields] == list(range(8))
    assert (chosen.any_offset, chosen.precision) == (True, "bfloat16")
    assert chosen.classes == ("nothing", arm["source"])
    assert chosen.wraps == WRAPS
    assert (chosen.flips, chosen.sign_flips) == (True, signs)
    plain = settings_from_config(arm, {**section, "augment": False, "wrapping": how})
    assert not plain.flips
    assert not plain.sign_flips


def test_learning_rate_rises_and_falls():
    settings = replace(SETTINGS, epochs=10, warmup_epochs=2, learning_rate=1.0)
    rates = [learning_rate(settings, t) for t in np.linspace(0, 10, 101)]
    assert 0 < rates[0] < 0.05
    assert max(rates) == pytest.approx(rates[20], abs=0.02)
    assert np.all(np.diff(rates[:20]) > 0)
    assert np.all(np.diff(rates[21:]) < 0)
    assert rates[-1] == pytest.approx(0.0)


def test_a_warm_up_may_be_a_part_of_an_epoch_or_all_there_is():
    short = replace(SETTINGS, epochs=1, warmup_epochs=0.2, learning_rate=1.0)
    assert learning_rate(short, 0.1) == pytest.approx(0.5, abs=0.05)
    assert learning_rate(short, 0.2) == pytest.approx(1.0)
    assert learning_rate(short, 1.0) == pytest.approx(0.0)
    whole = replace(short, warmup_epochs=1)
    assert learning_rate(whole, 0.99) < learning_rate(whole, 1.0) == 1.0


def test_without_a_curriculum_every_example_is_seen():
    assert bright_share(0, 0) == 1.0
    order = epoch_order(LABELS, None, 1.0, np.random.default_rng(3))
    assert np.array_equal(order, np.random.default_rng(3).permutation(120))


@pytest.mark.parametrize("share", [0.01, 0.25, 0.5, 0.9])
def test_a_share_takes_the_most_visible_and_keeps_the_balance(share):
    order = epoch_order(LABELS, D_PRIME, share, np.random.default_rng(3))
    assert len(set(order)) == len(order)
    moves = order[LABELS[order] == 1]
    assert len(moves) == np.ceil(share * 40)
    assert len(order) - len(moves) == np.ceil(share * 80)
    left = np.setdiff1d(np.flatnonzero(LABELS), moves)
    assert D_PRIME[moves].min() >= D_PRIME[left].max()
    # In the order of an epoch without a curriculum.
    whole = np.random.default_rng(3).permutation(120)
    assert np.array_equal(order, whole[np.isin(whole, order)])


def test_a_curriculum_needs_to_know_what_is_visible():
    blind = np.where(D_PRIME == 3, np.nan, D_PRIME)
    for d_prime in (None, blind):
        with pytest.raises(InputError, match="curriculum_epochs"):
            epoch_order(LABELS, d_prime, 0.5, np.random.default_rng(0))

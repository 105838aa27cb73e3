"""Seeds are averaged with an error that knows of both tests and seeds; tables say what they hold."""

import numpy as np
import pandas as pd
import pytest

from groundmotion.errors import InputError
from groundmotion.scores.table1 import HERE, as_markdown, join_runs, seeds_together, with_printed

COMMON = {
    "source": "point", "preset": "mining", "pixel_m": 10, "input": "wrapped", "pretraining": "none",
    "n_train": 20000, "epochs": 30, "n_test": 400, "recall": 0.9, "fpr": 0.1, "ece": 0.02,
    "bound_known": 0.999, "bound": 0.99, "bound_error": 0.0055, "run": HERE,
}  # fmt: skip
PRINTED = {"delaunay": {"accuracy": 0.8906, "fpr": 0.0112}}


def _table() -> pd.DataFrame:
    rows = [
        {"network": "alexnet", "fill": "delaunay", "seed": seed, "accuracy": 0.90 + seed / 100}
        for seed in (0, 1, 2)
    ]
    rows.append({"network": "compact", "fill": "delaunay", "seed": 1, "accuracy": 0.95})
    rows.append({"network": "threshold", "fill": "none", "seed": 0, "accuracy": 0.8, "ece": np.nan,
                 "n_train": 0, "epochs": 0, "input": "sparse"})  # fmt: skip
    return pd.DataFrame([{**COMMON, **row} for row in rows])


def test_seeds_are_averaged_with_the_errors_of_tests_and_seeds():
    arms = seeds_together(_table()).set_index("network")
    assert list(arms["seeds"]) == [3, 1, 1]
    assert arms.loc["alexnet", "accuracy"] == pytest.approx(0.91)
    share = np.array([0.91, 0.95]) * 400 / 402 + 1 / 402
    of_tests = np.sqrt(share * (1 - share) / 400)
    both = np.hypot(of_tests[0], 0.01 / np.sqrt(3))
    assert arms.loc["alexnet", "standard_error"] == pytest.approx(both)
    assert arms.loc["compact", "standard_error"] == pytest.approx(of_tests[1])


def test_arms_of_other_epochs_are_not_averaged_and_seeds_of_several_runs_are():
    table = _table()
    table.loc[0, "epochs"], table.loc[1, "run"] = 60, "elsewhere"
    arms = seeds_together(table)
    assert list(arms["seeds"]) == [1, 2, 1, 1]
    assert list(zip(arms["epochs"][:2], arms["run"][:2], strict=True)) == [
        (60, HERE), (30, f"elsewhere, {HERE}"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("paths", "runs"),
    [
        (("a/table1_large.csv", "b/table1_lines.csv"), ["table1_large", "table1_lines"]),
        (("a/table1.csv", "b/table1.csv"), ["a/table1.csv", "b/table1.csv"]),
        (("a/here.csv", "b/table1.csv"), ["a/here.csv", "b/table1.csv"]),
    ],
)
def test_rows_of_other_runs_say_where_they_come_from_and_none_is_lost(paths, runs):
    own = _table()
    others = {
        path: own.assign(run=HERE, seed=own["seed"] + 10 * number)
        for number, path in enumerate(paths, start=1)
    }
    joined = join_runs({HERE: own.assign(run=HERE), **others})
    assert len(joined) == 3 * len(own)
    assert set(joined["run"]) == {HERE, *runs}


def test_printed_figures_stand_beside_the_papers_network_only():
    arms = with_printed(seeds_together(_table()), PRINTED).set_index("network")
    assert arms.loc["alexnet", "printed_accuracy"] == 0.8906
    assert arms["printed_fpr"].notna().sum() == 1


def test_the_markdown_has_a_line_per_arm_and_the_limit():
    text = as_markdown(with_printed(seeds_together(_table()), PRINTED))
    lines = text.splitlines()
    assert "99.00 ± 0.55 %" in lines[0]
    assert [line.split(" | ")[0] for line in lines[4:7]] == [
        "| compact",
        "| alexnet",
        "| threshold",
    ]
    assert "20,000, 3 seeds | 30 | 400 |" in lines[5]
    assert [line.split(" | ")[-1] for line in lines[4:7]] == ["here |"] * 3
    assert "91.00 ± 1.56" in lines[5]
    assert "89.06, 1.12" in lines[5]
    assert {line.count("|") for line in lines[2:7]} == {13}
    assert "nan" not in text


def test_runs_are_joined_by_what_was_tested_on_most_examples():
    own, other = _table(), _table()
    own.loc[own["network"] == "compact", ["n_test", "accuracy"]] = 100, 0.5
    other.loc[other["network"] == "alexnet", "accuracy"] = 0.3
    other = other.assign(bound=0.98, bound_error=0.001)
    lines = other.assign(source="line", bound=0.7, bound_error=0.1)
    compact = other[other["network"] == "compact"]
    larger, longer = compact.assign(n_train=40000), compact.assign(epochs=60, run="elsewhere")
    joined = join_runs({"own": own, "b": lines, "c": other, "d": larger, "e": longer})
    assert list(joined["source"]) == ["point"] * 7 + ["line"] * 5  # data sets stay together
    points = joined[joined["source"] == "point"].set_index("network")
    assert list(points.loc["alexnet", "accuracy"]) == [0.90, 0.91, 0.92]  # equals: the first run's
    assert list(points.loc["compact", "n_train"]) == [20000, 40000, 20000]
    assert list(points.loc["compact", "epochs"]) == [30, 30, 60]
    assert list(points.loc["compact", "accuracy"]) == [0.95] * 3  # 400 examples against 100
    assert list(points.loc["compact", "run"]) == ["c", "d", "elsewhere"]
    assert set(points.loc[["alexnet", "threshold"], "run"]) == {HERE}
    assert set(points["bound"]) == {0.98}  # the surer limit
    assert set(joined.loc[joined["source"] == "line", "bound"]) == {0.7}


def test_observers_of_runs_are_joined():
    rows = [{"observer": name, "accuracy": 0.9, "n_test": 60} for name in ("a", "b")]
    own = pd.DataFrame([{**dict.fromkeys(("source", "preset", "pixel_m"), 1), **r} for r in rows])
    other = own.assign(n_test=[600, 6], accuracy=0.8)
    assert list(join_runs({"own": own, "other": other})["accuracy"]) == [0.8, 0.9]
    assert list(join_runs({"own": own, "other": other})["observer"]) == ["a", "b"]


def test_a_table_of_other_columns_is_named():
    with pytest.raises(InputError, match=r"old\.csv: expected the columns source"):
        join_runs({"own": _table(), "old.csv": _table().drop(columns="bound_error")})

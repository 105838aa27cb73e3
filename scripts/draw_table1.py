"""Table I as a figure and in Markdown: every arm with its error, the limit and the paper."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from groundmotion.artefacts.figures import save_figure
from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import read_table, write_text
from groundmotion.plotting.style import (
    DOUBLE_COLUMN_IN,
    label_panel,
    label_simulated,
    new_figure,
    style,
)
from groundmotion.plotting.table1 import draw_accuracies
from groundmotion.scores.table1 import DATASET, as_markdown, seeds_together, with_printed
from groundmotion.workflow.job import run_job


def draw_table1(
    *,
    table: Path,
    printed: dict[str, dict[str, float]],
    markdown: Path,
    png: Path,
    pdf: Path,
    csv: Path,
    stamp: Stamp,
) -> None:
    """Draw a line per arm and run, its accuracy as a dot; a panel for each data set."""
    arms = with_printed(seeds_together(read_table(table)), printed)
    write_text(markdown, as_markdown(arms), stamp)
    groups = [part for _, part in arms.groupby(list(DATASET), sort=False)]
    with style():
        height = 0.5 * len(groups) + 0.17 * len(arms) + 0.5
        figure = new_figure(DOUBLE_COLUMN_IN, height)
        axes = figure.subplots(
            len(groups), 1, squeeze=False, sharex=True,
            gridspec_kw={"height_ratios": [len(part) + 1 for part in groups]},
        )[:, 0]  # fmt: skip
        for letter, ax, part in zip("abcdefghijkl", axes, groups, strict=False):
            ordered = part.sort_values("accuracy", kind="stable")
            draw_accuracies(ax, [_name(row) for row in ordered.to_dict("records")], ordered)
            first = part.iloc[0]
            title = f"{first['source']}, {first['preset']}, {first['pixel_m']} m"
            label_panel(ax, letter, title.replace("_", " "))
            label_simulated(ax, "upper left")
        handles = [
            pair for ax in axes for pair in zip(*ax.get_legend_handles_labels(), strict=True)
        ]
        legend = {label: handle for handle, label in handles}
        figure.legend(legend.values(), legend.keys(), loc="outside upper right", ncols=5)
        axes[-1].set_xlabel("accuracy (%)")
        save_figure(figure, arms, png, pdf, csv, stamp)


def _name(row: Mapping[Any, Any]) -> str:
    start = {"none": ""}.get(str(row["pretraining"]), f", {row['pretraining']}")
    if not row["n_train"]:
        return str(row["network"]).replace("_", " ")
    trained = f"  n = {row['n_train']:,}, {row['epochs']} epochs"
    return f"{row['network']}: {row['fill']}, {row['input']}{start}{trained}".replace("_", " ")


if __name__ == "__main__":
    run_job(draw_table1, snakemake)  # type: ignore[name-defined]  # noqa: F821

"""Table I as a figure and in Markdown: every arm with its error, the limit and the paper."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from groundmotion import artefacts, league, plotting
from groundmotion.job import run_job
from groundmotion.provenance import Stamp


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
    """Draw a line per arm, its accuracy as a dot; a panel for each data set."""
    arms = league.with_printed(league.seeds_together(artefacts.read_table(table)), printed)
    artefacts.write_text(markdown, league.as_markdown(arms), stamp)
    groups = [part for _, part in arms.groupby(list(league.DATASET), sort=False)]
    with plotting.style():
        height = 0.5 * len(groups) + 0.17 * len(arms) + 0.5
        figure = plotting.new_figure(plotting.DOUBLE_COLUMN_IN, height)
        axes = figure.subplots(
            len(groups), 1, squeeze=False, sharex=True,
            gridspec_kw={"height_ratios": [len(part) + 1 for part in groups]},
        )[:, 0]  # fmt: skip
        for letter, ax, part in zip("abcdefghijkl", axes, groups, strict=False):
            ordered = part.sort_values("accuracy", kind="stable")
            plotting.draw_league(ax, [_name(row) for row in ordered.to_dict("records")], ordered)
            first = part.iloc[0]
            title = f"{first['source']}, {first['preset']}, {first['pixel_m']} m"
            plotting.label_panel(ax, letter, title.replace("_", " "))
            plotting.label_simulated(ax, "upper left")
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper right", ncols=4)
        axes[-1].set_xlabel("accuracy (%)")
        artefacts.save_figure(figure, arms, png, pdf, csv, stamp)


def _name(row: Mapping[Any, Any]) -> str:
    start = {"none": ""}.get(str(row["pretraining"]), f", {row['pretraining']}")
    trained = f"  n = {row['n_train']:,}" if row["n_train"] else ""
    shown = f": {row['fill']}, {row['input']}" if row["n_train"] else ""
    return f"{row['network']}{shown}{start}{trained}".replace("_", " ")


if __name__ == "__main__":
    run_job(draw_table1, snakemake)  # type: ignore[name-defined]  # noqa: F821

"""Tables of a page in Markdown, and what the published files say in their place.

A table whose numbers come from a file stands under a comment that says from where::

    <!-- numbers of tables/detectors.csv
    all: scene=great_britain
    cells: {detector} | | {true_found} of {true_total} | {precision:p1} %
    detector=network_point
    detector=threshold_slow
    -->

``all`` chooses among the rows of the file and may be left out. ``cells`` holds one template per
column of the table, nothing where a cell holds words, and goes on in lines that begin with ``|``; a
template may begin with a choice of its own, as in ``[fill=kriging] {rmse_mm_yr:.2f}``. Each line
below chooses what a row of the table shows, from another file if it begins with one. Of several
rows that are chosen the mean is shown: they are repetitions with other seeds. A template names
columns of the file, ``<column>_sum`` for their sum, ``repetitions`` for their number, and
``error``: the standard error of the accuracy, √(e² + s²/k), e that of the test examples and s the
standard deviation of k seeds. ``p1`` formats a share as a percentage with one decimal, ``m1``
seconds as milliseconds, and what is infinite is "none". In a choice ``+`` stands for a blank. A
cell may be left empty.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
PUBLISHED = ROOT / "results/published"

#: What may stand above a table: where its numbers come from, or why it has no file.
_COMMENT = re.compile(r"<!-- (?:(numbers of) |(no file): )(.*?)\s*-->\s*\Z", re.DOTALL)
_TABLE = re.compile(r"(?:^\|.*\n)+", re.MULTILINE)
_ANY_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_CODE = re.compile(r"`[^`]*`|\]\([^)]*\)|<!--.*?-->")
_CHOICE = re.compile(r"\A\[(.*?)\]\s*")


class Shown(float):
    """A number that can be formatted in hundredths or thousandths: ``p`` or ``m``, and decimals."""

    def __format__(self, form: str) -> str:
        if np.isinf(self):
            return "none"
        scale = {"p": 100, "m": 1000}.get(form[:1], 1)
        decimals = re.search(r"\A[pm](\d)|\.(\d)f\Z", form)
        if decimals is None:
            return format(float(self), form or "g")
        # halves go up, as a reader rounds: the files have six digits
        digits = Decimal(10) ** -int(decimals.group(1) or decimals.group(2))
        rounded = Decimal(repr(round(scale * float(self), 9))).quantize(digits, ROUND_HALF_UP)
        return f"{rounded:,}" if "," in form else str(rounded)


@dataclass(frozen=True)
class Table:
    """A table of a page: where it stands, its cells, and the comment above it."""

    page: str
    line: int
    cells: tuple[tuple[str, ...], ...]
    origin: str | None
    excuse: str | None

    @property
    def has_numbers(self) -> bool:
        """Whether any cell below the head holds a digit, names in code and links aside."""
        words = [_CODE.sub("", cell) for row in self.cells for cell in row]
        return any(char.isdigit() for cell in words for char in cell)


def tables_of(page: Path) -> list[Table]:
    """Return all tables of a page."""
    text, found = page.read_text(encoding="utf-8"), []
    # templates in comments may begin with a bar, as tables do
    for match in _TABLE.finditer(_ANY_COMMENT.sub(lambda m: m.group().replace("|", " "), text)):
        before = text[: match.start()]
        comment = _COMMENT.search(before[before.rfind("<!--") :] if "<!--" in before else "")
        rows = [_cells(line) for line in text[match.start() : match.end()].splitlines()[2:]]
        origin = comment.group(3) if comment and comment.group(1) else None
        excuse = comment.group(3) if comment and comment.group(2) else None
        name = page.relative_to(ROOT).as_posix()
        found.append(Table(name, before.count("\n") + 1, tuple(rows), origin, excuse))
    return found


def differences(table: Table) -> Iterator[str]:
    """Say of each cell that is not what the files say where it is and what they say."""
    expected = expected_cells(table.origin or "")
    if len(expected) != len(table.cells):
        yield f"{table.page}:{table.line}: {len(table.cells)} rows, {len(expected)} are described"
        return
    for number, (cells, row) in enumerate(zip(table.cells, expected, strict=True)):
        place = f"{table.page}:{table.line + 2 + number}"
        if len(cells) != len(row):
            yield f"{place}: {len(cells)} cells, {len(row)} are described"
            continue
        for cell, wanted in zip(cells, row, strict=True):
            if wanted is not None and _plain(cell) not in ("", wanted):
                yield f"{place}: says {_plain(cell)!r}, the file says {wanted!r}"


@cache
def expected_cells(origin: str) -> tuple[tuple[str | None, ...], ...]:
    """Return the cells of each row that a comment describes; None for cells of words."""
    lines = [line.strip() for line in origin.splitlines() if line.strip()]
    source, common, templates = lines[0], "", [""]
    rows: list[tuple[str | None, ...]] = []
    for line in lines[1:]:
        if line.startswith("all:"):
            common = line.removeprefix("all:")
        elif line.startswith("cells:"):
            templates = [part.strip() for part in line.removeprefix("cells:").split("|")]
        elif line.startswith("|"):
            templates += [part.strip() for part in line.removeprefix("|").split("|")]
        else:
            first, _, rest = line.partition(" ")
            path, own = (first, rest) if first.endswith(".csv") else (source, line)
            chosen = f"{common if path == source else ''} {own}"
            rows.append(tuple(_filled(template, path, chosen) for template in templates))
    return tuple(rows)


def _filled(template: str, source: str, chosen: str) -> str | None:
    if not template:
        return None
    own = _CHOICE.match(template)
    rows = _rows(source, f"{chosen} {own.group(1) if own else ''}")
    values = _values(rows)
    form = template[own.end() :] if own else template
    missing = [name for name in re.findall(r"{(\w+)", form) if name not in values]
    return "" if missing else form.format(**values)


@cache
def _read(source: str) -> pd.DataFrame:
    return pd.read_csv(PUBLISHED / source)


def _rows(source: str, chosen: str) -> pd.DataFrame:
    rows = _read(source)
    for pair in chosen.split():
        name, _, word = pair.partition("=")
        value = word.replace("+", " ")
        column = rows[name]
        same = column == float(value) if pd.api.types.is_numeric_dtype(column) else column == value
        rows = rows[same]
    if rows.empty:
        raise ValueError(f"{source}: no row with {chosen.strip()}")
    return rows


def _values(rows: pd.DataFrame) -> Mapping[str, Any]:
    numbers = rows.select_dtypes("number")
    values: dict[str, Any] = {name: str(rows[name].iloc[0]) for name in rows if name not in numbers}
    values |= {name: Shown(numbers[name].mean()) for name in numbers if numbers[name].notna().any()}
    values |= {f"{name}_sum": Shown(numbers[name].sum()) for name in numbers}
    values["repetitions"] = Shown(len(rows))
    if "standard_error" in values:
        values["error"] = values["standard_error"]
    elif "accuracy" in values and "n_test" in values:
        values["error"] = Shown(_error(rows["accuracy"].to_numpy(), rows["n_test"].iloc[0]))
    return values


def _error(accuracy: np.ndarray, n_test: float) -> float:
    # as groundmotion.scores says: (k + 1)/(n + 2) for the share
    share = (accuracy.mean() * n_test + 1) / (n_test + 2)
    spread = accuracy.var(ddof=1) / len(accuracy) if len(accuracy) > 1 else 0.0
    return float(np.sqrt(share * (1 - share) / n_test + spread))


def _cells(line: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in line.strip().strip("|").split("|"))


def _plain(cell: str) -> str:
    return cell.replace("**", "").strip()

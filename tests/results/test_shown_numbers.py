"""What pages say in tables is what the published files say."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from shown_numbers import ROOT, Table, differences, expected_cells, tables_of

#: Pages whose every table of numbers has a file, and those whose tables may do without.
STRICT = [ROOT / "README.md", ROOT / "docs/results.md"]
PAGES = [*STRICT, ROOT / "docs/scale.md", *sorted((ROOT / "docs/findings").glob("*.md"))]
PROSE = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    ROOT / "profiles/README.md",
]
TABLES = [table for page in PAGES for table in tables_of(page)]
DESCRIBED = [table for table in TABLES if table.origin]
LONGEST_LINE = 100
LONGEST_README = 900


def name_of(value: Table | Path) -> str:
    if isinstance(value, Path):
        return value.relative_to(ROOT).as_posix()
    return f"{value.page}:{value.line}"


@pytest.mark.parametrize("page", STRICT, ids=name_of)
def test_every_table_of_numbers_names_its_file(page: Path) -> None:
    bare = [t for t in tables_of(page) if t.has_numbers and not (t.origin or t.excuse)]
    assert not bare, f"{bare[0].page}:{bare[0].line}: which file do these numbers come from?"


@pytest.mark.parametrize("table", DESCRIBED, ids=name_of)
def test_a_table_says_what_its_file_says(table: Table) -> None:
    assert not list(differences(table))


@pytest.mark.parametrize("table", DESCRIBED, ids=name_of)
def test_a_wrong_digit_in_any_cell_is_noticed(table: Table) -> None:
    expected = expected_cells(table.origin or "")
    for row, (cells, wanted) in enumerate(zip(table.cells, expected, strict=True)):
        for col, (cell, right) in enumerate(zip(cells, wanted, strict=True)):
            if right is None or not re.search(r"\d", cell):
                continue
            for place in re.finditer(r"\d", cell):
                other = str((int(place.group()) + 1) % 10)
                wrong = cell[: place.start()] + other + cell[place.end() :]
                assert list(differences(_with_cell(table, row, col, wrong))), (row, col, wrong)


def _with_cell(table: Table, row: int, col: int, cell: str) -> Table:
    rows = [list(cells) for cells in table.cells]
    rows[row][col] = cell
    return replace(table, cells=tuple(map(tuple, rows)))


def test_what_the_paper_printed_is_what_the_configuration_says() -> None:
    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    printed = config["figures"]["printed_table1"]
    words = {
        "Delaunay": "delaunay",
        "matrix completion": "matrix_completion",
        "points only": "none",
    }
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.findall(r"AlexNet on wrapped ([\w ]+?) \(\*paper: ([\d.]+)\*\)", text)
    assert {words[fill] for fill, _ in shown} == set(printed)
    for fill, accuracy in shown:
        assert accuracy == f"{100 * printed[words[fill]]['accuracy']:.1f}"


@pytest.mark.parametrize("page", PROSE, ids=name_of)
def test_lines_are_no_longer_than_a_screen(page: Path) -> None:
    lines = page.read_text(encoding="utf-8").splitlines()
    assert not [line for line in lines if len(line) > LONGEST_LINE and not line.startswith("|")]


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").split()) <= LONGEST_README


@pytest.mark.parametrize("page", PROSE, ids=name_of)
def test_links_to_files_of_the_repository_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?:)([^)#]*)(?:#[^)]*)?\)", text):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PROSE, ids=name_of)
def test_links_to_sections_lead_to_one(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target, section in re.findall(r"\]\((?!https?:)([^)#]*)#([^)]*)\)", text):
        other = page.parent / target if target else page
        assert section in _sections(other), f"{target}#{section}"


def _sections(page: Path) -> set[str]:
    """Anchors of a page's headings, as GitHub makes them."""
    heads = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", head.lower()) for head in heads]
    return {head.replace(" ", "-") for head in plain}

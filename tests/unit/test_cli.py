"""The command ``groundmotion``."""

from pathlib import Path

import pytest

from groundmotion import __version__
from groundmotion.cli import main


@pytest.fixture
def points(tmp_path: Path) -> Path:
    path = tmp_path / "EGMS_L2b_117_0227_IW2_VV_2020_2024_1.csv"
    path.write_text(
        "pid,easting,northing,los_east,mean_velocity,20200103,20241231\n"
        "a,4598603.4,1739722.2,-0.6,-2.5,0,1\nb,4598700,1739800,-0.6,0,0,1\n"
    )
    return path


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out == f"groundmotion {__version__}\n"


def test_info_tells_what_a_file_holds(points: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", str(points)]) == 0
    told = capsys.readouterr().out
    for fact in (
        "asc117",
        "points    2\n",
        "EPSG:3035",
        "[4598603, 1739722, 4598700, 1739800]",
        "2, 20200103 to 20241231",
    ):
        assert fact in told


def test_info_takes_columns_and_systems(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "points.csv"
    path.write_text("E,N,rate\n430000,560000,1.5\n")
    options = ["--files-crs", "EPSG:27700", "--crs", "EPSG:3035"]
    for text in ("easting_m=E", "northing_m=N", "velocity_mm_yr=rate"):
        options += ["--column", text]
    assert main(["info", str(path), *options]) == 0
    assert "EPSG:3035" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "words"),
    [(["none.csv"], "none.csv: no such file"), (["a.csv", "--column", "rate"], "ROLE=NAME")],
)
def test_input_errors_are_one_line(
    options: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["info", *options]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert words in told.err
    assert told.err.count("\n") == 1

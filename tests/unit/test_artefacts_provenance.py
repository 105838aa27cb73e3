import json
from pathlib import Path

import pytest

from groundmotion.artefacts import provenance

SCRIPTS = Path(__file__).parents[2] / "scripts"


@pytest.fixture
def tree(tmp_path):
    """A little library: script → b → a, and c that nobody imports."""
    package = tmp_path / "groundmotion"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "a.py").write_text("x = 1\n")
    (package / "b.py").write_text("def f():\n    from groundmotion.a import x\n    return x\n")
    (package / "c.py").write_text("y = 1\n")
    (tmp_path / "script.py").write_text("from groundmotion import b\n")
    provenance.code_digest.cache_clear()
    return tmp_path


def digest(tree):
    provenance.code_digest.cache_clear()
    return provenance.code_digest(tree / "script.py", tree)


def test_imports_are_followed_through_modules_and_functions(tree):
    found = provenance.imported_modules(tree / "script.py", tree)
    assert [path.name for path in found] == ["__init__.py", "a.py", "b.py"]


def test_the_digest_changes_with_an_imported_module_and_with_no_other(tree):
    before = digest(tree)
    (tree / "groundmotion/c.py").write_text("y = 2\n")
    assert digest(tree) == before
    (tree / "groundmotion/a.py").write_text("x = 2\n")
    assert digest(tree) != before


def test_relative_imports_and_packages_count(tree):
    inner = tree / "groundmotion/inner"
    inner.mkdir()
    (inner / "__init__.py").write_text("from .leaf import z\n")
    (inner / "leaf.py").write_text("from ..a import x as z\n")
    (tree / "script.py").write_text("import groundmotion.inner\n")
    found = {
        p.relative_to(tree).as_posix()
        for p in provenance.imported_modules(tree / "script.py", tree)
    }
    assert {
        "groundmotion/inner/__init__.py",
        "groundmotion/inner/leaf.py",
        "groundmotion/a.py",
    } <= found


def test_every_script_of_the_workflow_has_a_digest():
    for script in SCRIPTS.glob("*.py"):
        assert len(provenance.code_digest(script, SCRIPTS)) == 16


def test_stamp_names_inputs_by_relative_path_and_has_no_machine_in_it(tmp_path):
    file = tmp_path / "in.csv"
    file.write_text("a\n")
    stamp = provenance.make_stamp("rule", "abc", {"k": Path("x")}, [file], tmp_path)
    assert stamp.inputs == {"in.csv": provenance.sha256_of(file)}
    text = stamp.as_json("123")
    assert str(tmp_path) not in text
    assert json.loads(text)["payload_sha256"] == "123"


def test_a_stamp_is_json_that_every_reader_takes(tmp_path):
    stamp = provenance.make_stamp("rule", "abc", {"edge": float("inf"), "n": 1}, [], tmp_path)
    read = json.loads(stamp.as_json(), parse_constant=pytest.fail)
    assert read["config"] == {"edge": "Infinity", "n": 1}

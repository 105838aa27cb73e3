import json
import shutil
from pathlib import Path

import pytest

from groundmotion.artefacts import provenance
from groundmotion.interpolation.filler import module_of
from groundmotion.names import FILLS

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
    return tmp_path


def forget():
    """Forget what stood in files that have changed since."""
    provenance.code_digest.cache_clear()
    provenance._direct_imports.cache_clear()


def digest(tree, *others):
    forget()
    return provenance.code_digest(tree / "script.py", tree, others)


def digests_by_fill(tree, script):
    """The digest of a script for every fill that it may be told to use."""
    forget()
    return {fill: provenance.code_digest(script, tree, (module_of(fill),)) for fill in FILLS}


def test_imports_are_followed_through_modules_and_functions(tree):
    found = provenance.imported_modules(tree / "script.py", tree)
    assert [path.name for path in found] == ["__init__.py", "a.py", "b.py"]


def test_the_digest_changes_with_an_imported_module_and_with_no_other(tree):
    before = digest(tree)
    (tree / "groundmotion/c.py").write_text("y = 2\n")
    assert digest(tree) == before
    (tree / "groundmotion/a.py").write_text("x = 2\n")
    assert digest(tree) != before


def test_modules_imported_by_name_count_with_what_they_import(tree):
    (tree / "groundmotion/d.py").write_text("from groundmotion.c import y\n")
    alone, with_d = digest(tree), digest(tree, "groundmotion.d")
    assert len({alone, with_d, digest(tree, "groundmotion.c")}) == 3
    # what the script imports anyway says nothing new, nor does the order
    assert digest(tree, "groundmotion.a") == alone
    assert digest(tree, "groundmotion.d", "groundmotion.c") == with_d
    assert digest(tree, "groundmotion.c", "groundmotion.d") == with_d
    (tree / "groundmotion/c.py").write_text("y = 2\n")
    assert digest(tree) == alone
    assert digest(tree, "groundmotion.d") != with_d


def test_the_digest_of_a_fill_leaves_the_other_fills_out(tmp_path):
    """Rules that fill by matrix completion stay when kriging changes, and the other way round."""
    shutil.copytree(SCRIPTS / "groundmotion", tmp_path / "groundmotion",
                    ignore=shutil.ignore_patterns("__pycache__"))  # fmt: skip
    scripts = [SCRIPTS / f"{name}.py" for name in ("fill_scene", "search_batch", "fill_examples")]
    before = {script: digests_by_fill(tmp_path, script) for script in scripts}
    kriging = tmp_path / "groundmotion/interpolation/kriging.py"
    kriging.write_text(kriging.read_text() + "# edited\n")
    for script in scripts:
        after = digests_by_fill(tmp_path, script)
        assert {fill for fill in FILLS if after[fill] != before[script][fill]} == {"kriging"}


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

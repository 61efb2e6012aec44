"""The course installs as its files say: for Binder and conda, by the commands in README, in the tested versions."""

import inspect
import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

import pytest
import yaml
from packaging.markers import default_environment
from packaging.requirements import Requirement

import ffnn_helpers

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
PIP_LINES = next(entry["pip"] for entry in ENVIRONMENT["dependencies"] if isinstance(entry, dict))
PROMISED = [
    "jupyterlab",
    "numpy",
    "matplotlib",
    "ipywidgets",
    "nbgrader",
    "pytest",
    "nbval",
]
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
SYSTEMS = {
    "Linux": {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
    "macOS": {
        "sys_platform": "darwin",
        "platform_system": "Darwin",
        "os_name": "posix",
    },
    "Windows": {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"},
}


def read(path):
    return (ROOT / path).read_text(encoding="utf-8")


def requirements(*extras):
    """Return what pyproject.toml asks for, with these extras, by name."""
    lines = PROJECT["dependencies"] + [
        line for e in extras for line in PROJECT["optional-dependencies"][e]
    ]
    return {requirement.name: requirement for requirement in map(Requirement, lines)}


def is_for(requirement, python, system):
    where = (
        default_environment()
        | SYSTEMS[system]
        | {"python_version": python, "python_full_version": f"{python}.9"}
    )
    return requirement.marker is None or requirement.marker.evaluate(where)


def pins(python, system):
    """Return the versions that constraints.txt gives to a Python on a system, by name."""
    lines = [line for line in read("constraints.txt").splitlines() if not line.startswith("#")]
    pinned = [pin for pin in map(Requirement, lines) if is_for(pin, python, system)]
    assert len({pin.name for pin in pinned}) == len(pinned), "a package is pinned twice"
    return {pin.name: pin.specifier for pin in pinned}


# The lists


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("python", PYTHONS)
def test_tested_versions_are_within_the_ranges(python, system):
    pinned = pins(python, system)
    for name, requirement in requirements(
        *PROJECT["optional-dependencies"].keys() - {"bench"}
    ).items():
        if not is_for(requirement, python, system):
            continue
        (pin,) = pinned[name]
        assert pin.operator == "=="
        assert requirement.specifier.contains(pin.version), (
            f"{requirement} does not admit {pin.version}"
        )


def test_constraints_name_no_place_to_download_from():
    assert not re.search(r"://|--|@|sha256", read("constraints.txt"))


def test_numpy_2_5_is_not_for_python_3_11():
    assert "2.5" not in str(pins("3.11", "Linux")["numpy"])


def test_binder_gets_all_that_the_course_names():
    extras = re.search(r"\[(.*)\]", PIP_LINES[-1]).group(1).split(",")
    assert set(PROMISED) <= set(requirements(*extras))


def test_environment_is_built_on_the_one_list():
    assert PIP_LINES == ["-c constraints.txt", "-e .[grading,test]"]
    (python,) = [entry for entry in ENVIRONMENT["dependencies"] if str(entry).startswith("python=")]
    assert python.removeprefix("python=") in PYTHONS
    assert ENVIRONMENT["dependencies"] == [python, "pip", {"pip": PIP_LINES}]


def test_learner_needs_nothing_of_the_graders():
    assert set(requirements()) == {"numpy", "matplotlib", "ipywidgets", "jupyterlab"}


def test_exported_names_have_docstrings():
    exported = [getattr(ffnn_helpers, name) for name in ffnn_helpers.__all__]
    documented = [value for value in exported if callable(value)]
    methods = [
        method
        for value in documented
        if isinstance(value, type)
        for name, method in vars(value).items()
        if inspect.isfunction(method) and not name.startswith("_")
    ]
    assert documented
    assert [v.__qualname__ for v in documented + methods if not inspect.getdoc(v)] == []


# The commands


def commands(text):
    """Return the `make` commands that stand on a line of their own, in their order."""
    return re.findall(r"(?m)^[ \t]*(make [a-z-]+)$", text)


def test_readme_and_the_continuous_integration_run_the_same_tests():
    assert commands(read("README.md")) == ["make lab", "make grading", "make test"]
    assert commands(read(".ci/run")) == ["make test", "make test-slow"]
    assert "test-all: test test-slow " in read("Makefile")


def test_commands_that_pages_name_exist():
    targets = set(re.findall(r"(?m)^([a-z-]+):", read("Makefile")))
    pages = [
        ROOT / "README.md",
        *ROOT.glob("notebooks/*.ipynb"),
        *ROOT.glob("*.yml"),
        *ROOT.glob("tools/*.py"),
    ]
    for page in pages:
        named = set(re.findall(r"`make ([a-z-]+)", page.read_text(encoding="utf-8")))
        assert named <= targets, f"{page.name} names `make {', '.join(named - targets)}`"


def test_readme_gives_the_plain_pip_lines():
    assert re.search(
        r"pip install (-c|--constraint) constraints\.txt (-e|--editable) ",
        read("README.md"),
    )


def check_python(interpreter):
    command = [interpreter, ROOT / "tools" / "check_python.py"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_this_python_is_new_enough():
    assert check_python(sys.executable).returncode == 0


def test_an_old_python_is_told_so_in_one_sentence(monkeypatch):
    import check_python as script

    monkeypatch.setattr(sys, "version_info", (3, 8, 18))
    assert "needs Python 3.11 or newer, and this is Python 3.8" in script.missing()


def test_a_missing_venv_is_told_in_one_sentence(monkeypatch):
    import check_python as script

    monkeypatch.setitem(sys.modules, "ensurepip", None)
    assert "lacks the module venv" in script.missing()


@pytest.mark.skipif(
    os.name == "nt" or shutil.which("make") is None,
    reason="for machines with make; README gives the pip lines beside it",
)
def test_a_missing_python_is_told_in_one_sentence():
    result = subprocess.run(
        ["make", "python", "PYTHON=python-of-the-moon"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode
    assert "There is no python-of-the-moon here: install Python 3.11 or newer" in result.stdout


# The learner's copy


def test_laying_out_never_overwrites(tmp_path):
    from lay_out_course import lay_out

    source, target = tmp_path / "notebooks", tmp_path / "my_course"
    (source / "data").mkdir(parents=True)
    (source / "00.ipynb").write_text("new")
    (source / "data" / "macro.csv").write_text("1")
    (source / ".ipynb_checkpoints").mkdir()
    (source / ".ipynb_checkpoints" / "00-checkpoint.ipynb").write_text("old")
    assert lay_out(source, target) == ([Path("00.ipynb"), Path("data/macro.csv")], [])

    (target / "00.ipynb").write_text("my answers")
    (source / "01.ipynb").write_text("a new page")
    (source / "00.ipynb").write_text("a newer page")
    assert lay_out(source, target) == (
        [Path("01.ipynb")],
        [Path("00.ipynb"), Path("data/macro.csv")],
    )
    assert (target / "00.ipynb").read_text() == "my answers"


# The real thing


def run(*command, cwd):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(command, cwd=cwd, env=clean, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """Return a copy of the repository as one gets it, without what the commands have made."""
    copy = tmp_path_factory.mktemp("clone") / "course"
    shutil.copytree(
        ROOT,
        copy,
        ignore=shutil.ignore_patterns(".[!c]*", "build", "my_course", "__pycache__"),
    )
    return copy


@pytest.mark.slow
def test_pip_does_what_environment_says(clone, tmp_path):
    """As conda does it: the lines in a file beside environment.yml, and pip run in that folder."""
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / ("Scripts" if os.name == "nt" else "bin") / "python"
    (clone / "condaenv.requirements.txt").write_text("\n".join(PIP_LINES))
    run(
        python,
        "-m",
        "pip",
        "install",
        "-q",
        "-U",
        "-r",
        "condaenv.requirements.txt",
        cwd=clone,
    )
    (clone / "notebooks").mkdir(exist_ok=True)
    unrelated = tmp_path / "elsewhere"
    unrelated.mkdir()
    for folder in (clone / "notebooks", unrelated):
        where = run(
            python,
            "-c",
            "import ffnn_helpers; print(ffnn_helpers.__file__)",
            cwd=folder,
        )
        assert Path(where.strip()).is_relative_to(clone)
    run(python, "-c", f"import {', '.join(PROMISED)}", cwd=unrelated)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Binder's builder runs on POSIX systems only")
def test_binder_would_build_this(clone):
    """The builder's dry run: it takes environment.yml, and copies the repository before it installs."""
    recipe = run(sys.executable, "-m", "repo2docker", "--no-build", "--debug", ".", cwd=clone)
    assert "Building conda environment for python=3.12" in recipe
    copied = re.search(r"COPY --chown=\S+ src/ \$\{REPO_DIR\}", recipe).start()
    assert copied < recipe.index('env update -p ${NB_PYTHON_PREFIX} --file "environment.yml"')

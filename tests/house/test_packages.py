"""What pyproject.toml says is what is there, and what a repository may not hold is not in it."""

import fnmatch
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
SETUPTOOLS = PROJECT["tool"]["setuptools"]
TOPS = ("bot", "routing", "knowledge")
LEAVINGS = {"__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis", ".git", ".venv"}


def inside(folder: Path) -> list[Path]:
    """Every file under `folder` that is somebody's work."""
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not LEAVINGS & set(path.relative_to(ROOT).parts) and path.suffix != ".pyc"
    ]


def package_of(path: Path) -> str:
    """The folder that `path` lies in, as the package that it is to setuptools."""
    return ".".join(path.parent.relative_to(ROOT).parts)


def test_the_packages_listed_are_the_folders_there() -> None:
    there = {package_of(path) for top in TOPS for path in inside(ROOT / top)}
    assert set(SETUPTOOLS["packages"]) == there


def test_every_folder_with_code_is_a_package() -> None:
    code = [path for top in TOPS for path in inside(ROOT / top) if path.suffix == ".py"]
    assert [path for path in code if not (path.parent / "__init__.py").exists()] == []


def test_every_file_that_is_not_code_is_package_data() -> None:
    missing = []
    for top in TOPS:
        for path in inside(ROOT / top):
            if path.suffix != ".py":
                patterns = SETUPTOOLS["package-data"].get(package_of(path), [])
                if not any(fnmatch.fnmatch(path.name, pattern) for pattern in patterns):
                    missing.append(str(path.relative_to(ROOT)))
    assert missing == []


def test_every_package_says_that_it_is_typed() -> None:
    for top in TOPS:
        assert (ROOT / top / "py.typed").exists()


def test_every_dependency_is_pinned_within_its_range() -> None:
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = dict(line.split("==") for line in lines if line and not line.startswith("#"))
    pinned = {canonicalize_name(name): version for name, version in pins.items()}
    declared = [PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"].values()]
    for requirement in (Requirement(text) for group in declared for text in group):
        if requirement.name == PROJECT["project"]["name"]:
            continue  # one extra that brings others
        version = pinned[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), f"{requirement} is pinned to {version}"


@pytest.mark.parametrize("name", ["constraints.txt", "constraints-synapse.txt"])
def test_the_constraints_are_names_and_versions_only(name: str) -> None:
    for line in (ROOT / name).read_text("utf-8").splitlines():
        assert line.startswith("#") or re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9][A-Za-z0-9.+]*", line), line


REGISTRIES = ("pypi" + ".org", "python" + "hosted", "npm" + "js.", "debian" + ".org/debian", "crates" + ".io")
HOMES = re.compile(r"(?<![A-Za-z0-9_.~-])/(?:root|work|home/[a-z]+|Users/[A-Za-z]+)/" + r"[A-Za-z0-9_.]")


def faults_in(text: str) -> list[str]:
    return [host for host in REGISTRIES if host in text] + [found[0] for found in HOMES.finditer(text)]


def tracked() -> list[Path]:
    """What git knows of; in a tree without git, all that is there."""
    listing = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, check=False)
    names = [name for name in listing.stdout.decode().split("\0") if name]
    return [ROOT / name for name in names] if names and not listing.returncode else inside(ROOT)


def test_no_file_names_a_registry_or_somebody_s_machine() -> None:
    wrong = {}
    for path in tracked():
        if path.exists() and (faults := faults_in(path.read_bytes().decode("utf-8", "replace"))):
            wrong[str(path.relative_to(ROOT))] = faults
    assert wrong == {}


@pytest.mark.parametrize(
    "text",
    [
        "--index-url https://" + REGISTRIES[0] + "/simple",
        "open('/" + "home/alice/xen/x.c')",
        "see /" + "root/x",
    ],
)
def test_such_names_would_be_found(text: str) -> None:
    assert faults_in(text)


@pytest.mark.parametrize("text", ["tools/work/flow.c", "https://example.org/home/alice/", "/etc/xen/xl.cfg"])
def test_ordinary_paths_are_none_of_them(text: str) -> None:
    assert not faults_in(text)

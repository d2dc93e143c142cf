"""What a clone promises before any code runs: locks, environments, licence, version."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import rakustats
from rakustats.cli.app import main

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-spark.lock", "requirements-spark-build.lock")


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def locked(name: str) -> dict[str, Version]:
    pins = re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", (ROOT / name).read_text(encoding="utf-8"), re.M)
    return {canonicalize_name(package): Version(version) for package, version in pins}


def ranges(lines: list[str]) -> dict[str, str]:
    wants = [Requirement(line) for line in lines]
    return {canonicalize_name(want.name): str(want.specifier) for want in wants}


def conda_packages() -> list[str]:
    """Every `- name>=version` of environment.yml, those under `pip:` too."""
    text = (ROOT / "environment.yml").read_text(encoding="utf-8").partition("dependencies:")[2]
    return re.findall(r"^\s+- ([A-Za-z][\w-]*[<>=!~][^\s]*)", text, re.M)


@pytest.mark.parametrize("name", LOCKS)
def test_lock_names_no_registry(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert re.findall(r"://|index-url|find-links|trusted-host|@ ", text) == []


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_hashes(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip()]
    assert lines
    assert [line for line in lines if "--hash=sha256:" not in line] == []


def test_lock_is_for_every_platform() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    for package in ("appnope", "colorama", "pywinpty", "pexpect"):
        assert re.search(rf"^{package}==\S+ ;", text, re.M), package


@pytest.mark.parametrize(
    ("lock", "part"),
    [
        ("requirements.lock", "core"),
        ("requirements.lock", "dev"),
        ("requirements-spark.lock", "spark"),
    ],
)
def test_lock_holds_what_the_project_wants(project: dict[str, Any], lock: str, part: str) -> None:
    table = project["project"]
    lines = table["dependencies"] if part == "core" else table["optional-dependencies"][part]
    pins = locked(lock)
    wrong = [line for line in lines if not _satisfied(Requirement(line), pins)]
    assert wrong == []


def _satisfied(want: Requirement, pins: dict[str, Version]) -> bool:
    version = pins.get(canonicalize_name(want.name))
    return version is not None and want.specifier.contains(version)


def test_locks_agree_where_they_overlap() -> None:
    main, *others = (locked(name) for name in LOCKS)
    pins = {name: version for lock in others for name, version in lock.items()}
    both = main.keys() & pins.keys()
    assert "packaging" in both
    assert {name: pins[name] for name in both} == {name: main[name] for name in both}


def test_what_builds_spark_is_locked_before_it(project: dict[str, Any]) -> None:
    pins = locked("requirements-spark-build.lock")
    wanted = [Requirement(line) for line in project["dependency-groups"]["spark-build"]]
    assert {"setuptools", "wheel"} == {want.name for want in wanted}
    assert all(_satisfied(want, pins) for want in wanted)


def test_spark_group_asks_for_the_extra(project: dict[str, Any]) -> None:
    extra = project["project"]["optional-dependencies"]["spark"]
    assert set(extra) <= set(project["dependency-groups"]["spark"])


def test_conda_environment_equals_the_project(project: dict[str, Any]) -> None:
    wanted = ranges(project["project"]["dependencies"])
    wanted["python"] = project["project"]["requires-python"]
    assert ranges(conda_packages()) == wanted


def test_changelog_knows_this_version(project: dict[str, Any]) -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## \[?(\d[\w.]*)", changelog, re.M)
    assert newest is not None
    assert newest[1] == project["project"]["version"] == rakustats.__version__


def test_licence_is_there() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert text.startswith("MIT License")
    assert "The rakustats authors" in text


@pytest.mark.parametrize("name", ["README.md", "README.ja.md", "CONTRIBUTING.md"])
def test_make_offers_what_the_pages_name(name: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    text = (ROOT / name).read_text(encoding="utf-8")
    named = set(re.findall(r"(?:`|^    )make ([a-z-]+)", text, re.M))
    assert "test" in named
    assert named <= targets


def test_nothing_of_data_is_tracked() -> None:
    listing = subprocess.run(
        ["git", "ls-files", "data"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listing.returncode != 0:
        pytest.skip("not a git checkout")
    assert listing.stdout.split() == ["data/processed/README.md", "data/raw/README.md"]


@pytest.mark.parametrize("name", ["README.md", "README.ja.md", "CONTRIBUTING.md"])
def test_links_lead_somewhere(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", text)
    assert [link for link in links if not (ROOT / link).is_file()] == []
    if name != "CONTRIBUTING.md":
        assert any(link.startswith("docs/pictures/") for link in links)


def test_pictures_are_small() -> None:
    sizes = {path.name: path.stat().st_size for path in (ROOT / "docs/pictures").glob("*.png")}
    assert sizes
    assert {name for name, size in sizes.items() if size > 300_000} == set()


def test_notebooks_go_into_the_wheel(project: dict[str, Any]) -> None:
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["sources"] == {"notebooks": "rakustats/reports/notebooks"}


@pytest.mark.parametrize("name", ["README.md", "README.ja.md"])
def test_commands_of_the_readme_exist(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    for line in re.findall(r"^    (?:\$ )?(?:\.venv\\Scripts\\)?rakustats (.+)$", text, re.M):
        command = line.partition("#")[0].split()
        assert main([*command, "--help"]) == 0

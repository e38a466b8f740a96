"""The extension is configured and installed by CMake, and says what it is in every place alike."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from Testing.SlicerHost.extension.building import BuildError, build

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # comes with pytest there

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "SlicerMedSAM"
INDEX = ROOT / "docs" / "extensions-index"
MODULES = sorted(path.stem for path in SOURCE.glob("*.py"))
# Keys of an entry and their types, of schema v1.0.2 of the Extensions Index.
KEYS = {
    "$schema": str,
    "category": str,
    "scm_url": str,
    "scm_revision": str,
    "scm_type": str,
    "build_dependencies": list,
    "dicom_support_rule": str,
    "build_subdirectory": str,
    "enabled": bool,
    "tier": int,
}
# The Extensions Index refuses a clone above 100 MB, its history included.
REPOSITORY_LIMIT = 95e6


@pytest.fixture(scope="module")
def extension(tmp_path_factory):
    """Installed from the source tree."""
    return build(tmp_path_factory.mktemp("extension"))


@pytest.fixture(scope="module")
def entry():
    """The entry for the Extensions Index."""
    (path,) = INDEX.glob("*.json")
    return {"name": path.stem, **json.loads(path.read_text(encoding="utf-8"))}


def shipped(folder: Path) -> set[str]:
    """Files below `folder`, but for what Python and an editable installation leave there."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    made = ("__pycache__", ".egg-info", ".ruff_cache", ".pytest_cache")
    return {
        path.relative_to(folder).as_posix()
        for path in paths
        if not any(part.endswith(made) for part in path.relative_to(folder).parts)
        and path.name != "CMakeLists.txt"
    }


def test_the_package_has_every_file_where_the_source_tree_has_it(extension):
    assert shipped(extension.modules_folder) == shipped(SOURCE)


def test_what_slicer_would_take_for_a_module_is_one(extension):
    assert [path.stem for path in extension.module_files] == MODULES
    for path in extension.module_files:
        assert f"class {path.stem}(ScriptedLoadableModule):" in path.read_text(encoding="utf-8")


def test_every_module_has_its_icon_its_panel_and_both_kinds_of_test(extension):
    tests = set(extension.all("test"))
    for name in MODULES:
        assert {f"generic {name}", f"self-test {name}"} <= tests
        for resource in (f"Icons/{name}.svg", f"UI/{name}.ui"):
            assert (extension.modules_folder / "Resources" / resource).is_file(), resource


def test_a_module_that_is_listed_and_missing_stops_the_build(tmp_path):
    for name in ("CMakeLists.txt", "SlicerMedSAM/CMakeLists.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    with pytest.raises(BuildError, match=f"lists a file that is not there: {MODULES[0]}.py"):
        build(tmp_path, tmp_path)


def test_the_licence_is_ours_and_the_same_everywhere(extension):
    (licence,) = extension.all("LICENSE_FILE")
    assert Path(licence) == ROOT / "LICENSE.txt"
    assert "Apache License" in (ROOT / "LICENSE.txt").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert (project["license"], project["license-files"]) == ("Apache-2.0", ["LICENSE.txt"])
    assert "](LICENSE.txt)" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_index_entry_has_only_keys_of_the_schema(entry):
    assert entry["$schema"].endswith("slicer-extension-catalog-entry-schema-v1.0.2.json#")
    assert set(entry) - {"name"} <= set(KEYS), "the schema allows no other key"
    assert {"$schema", "category", "scm_url"} <= set(entry)
    for key, value in entry.items():
        assert isinstance(value, KEYS.get(key, str)), key
    assert entry["tier"] in (1, 3, 5)


def test_the_index_entry_says_what_cmake_says(extension, entry):
    assert extension.all("name") == [entry["name"]]
    assert extension.all("DEPENDS") == [" ".join(entry["build_dependencies"])]
    assert entry["category"] == "Segmentation"


def test_the_name_follows_the_rules_of_the_index(entry):
    assert not entry["name"].lower().startswith("slicer")
    repository = entry["scm_url"].removesuffix(".git").rpartition("/")[2]
    assert repository == f"Slicer{entry['name']}"


def test_the_address_of_the_repository_is_the_same_everywhere(extension, entry):
    """docs/extensions-index/README.md says how to change it in all places."""
    address = entry["scm_url"].removesuffix(".git")
    raw = address.replace("//github.com/", "//raw.githubusercontent.com/") + "/main/"
    assert extension.all("HOMEPAGE") == [address]
    (icon,), (screenshots,) = extension.all("ICONURL"), extension.all("SCREENSHOTURLS")
    for url in (icon, *screenshots.split()):
        assert url.startswith(raw), url
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["urls"]["Repository"] == address


def test_no_document_names_another_address(entry):
    texts = [*ROOT.glob("*.md"), *ROOT.glob("*.cff"), *(ROOT / "docs").rglob("*.md")]
    pattern = r"github(?:usercontent)?\.com/([\w-]+)/SlicerMedSAM\b"
    owners = {
        owner for path in texts for owner in re.findall(pattern, path.read_text(encoding="utf-8"))
    }
    assert owners <= {entry["scm_url"].split("/")[3]}


def test_icon_and_screenshots_are_pictures_of_this_repository(extension):
    (icon,), (screenshots,) = extension.all("ICONURL"), extension.all("SCREENSHOTURLS")
    assert screenshots
    for url in (icon, *screenshots.split()):
        picture = ROOT / url.partition("/main/")[2]
        assert picture.read_bytes().startswith(b"\x89PNG"), picture


def test_the_description_is_one_or_two_sentences(extension):
    (description,) = extension.all("DESCRIPTION")
    assert 1 <= len(re.findall(r"[.] |[.]$", description)) <= 2


def test_the_repository_is_small_enough_for_the_index():
    def git(*arguments: str) -> str:
        answer = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)
        if answer.returncode != 0:
            pytest.skip("this is not a clone with its history")
        return answer.stdout

    history = int(git("rev-list", "--objects", "--disk-usage", "HEAD"))
    files = [ROOT / name for name in git("ls-files").splitlines()]
    tree = sum(file.stat().st_size for file in files if file.is_file())
    assert history + tree < REPOSITORY_LIMIT, f"{(history + tree) / 1e6:.0f} MB"

"""What the documents say is so: links, files, commands and messages that they name exist."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest

import MedSAMLib
from tools.docs import commands, links, messages
from tools.docs.page import Page, anchor_of
from tools.docs.pages import ROOT, pages

PAGES = pages()
TUTORIALS = [page for page in PAGES if page.path.parent.name == "tutorials"]
QUOTING = [*TUTORIALS, Page(ROOT / "docs" / "troubleshooting.md")]
# Where bold means a button or a field.
NAMING = [
    *QUOTING,
    *(Page(ROOT / "docs" / name) for name in ("models.md", "extensions-index/checklist.md")),
]
FOLDERS = ("SlicerMedSAM/", "Testing/", "training/", "tools/", "docs/", "MedSAMLib/")


def name_of(page: Page) -> str:
    return page.path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_and_pictures_lead_somewhere(page):
    assert links.broken_links(page) == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_quoted_commands_are_taken_by_their_programs(page):
    found = [(" ".join(words), commands.trouble_with(words)) for words in commands.commands(page)]
    assert [each for each in found if each[1]] == []


@pytest.mark.parametrize("page", [p for p in PAGES if p.path.name != "CHANGELOG.md"], ids=name_of)
def test_named_files_exist(page):
    named = [code for code in page.code if code.startswith(FOLDERS) and _is_path(code)]
    assert [name for name in named if not _exists(name)] == []


def _is_path(code: str) -> bool:
    return re.fullmatch(r"[\w./-]+", code) is not None and "NAME" not in code


def _exists(name: str) -> bool:
    """A module may be named without its ending."""
    folders = (ROOT, ROOT / "SlicerMedSAM")
    return any((folder / f"{name}{end}").exists() for folder in folders for end in ("", ".py"))


@pytest.mark.parametrize("page", QUOTING, ids=name_of)
def test_the_program_can_say_what_is_quoted(page):
    assert [text for text in page.quotations if not messages.can_be_said(text)] == []


@pytest.mark.parametrize("page", NAMING, ids=name_of)
def test_buttons_and_fields_that_are_named_are_in_the_panels(page):
    assert [text for text in page.bold if text not in messages.labels()] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_path_of_the_maker_s_machine(page):
    assert not re.search(r"(?<![\w.])/(work|home|root|tmp)/", page.text)


def test_every_page_of_docs_is_linked_from_its_index_or_the_readme():
    index = [Page(ROOT / "README.md"), Page(ROOT / "docs" / "README.md")]
    linked = {
        (page.path.parent / target.partition("#")[0]).resolve()
        for page in index
        for target in page.links
    }
    ours = {page.path for page in PAGES if page.path.is_relative_to(ROOT / "docs")}
    listed_elsewhere = ("results", "extensions-index")
    unlinked = ours - linked - {index[1].path}
    assert [path for path in unlinked if path.parent.name not in listed_elsewhere] == []


class TestTheChecks:
    """They can fail."""

    @pytest.fixture
    def a_page(self, tmp_path: Path):
        def make(text: str) -> Page:
            (tmp_path / "page.md").write_text(text, encoding="utf-8")
            return Page(tmp_path / "page.md")

        return make

    def test_a_link_to_a_missing_file_or_heading_is_broken(self, a_page):
        page = a_page("# A b\n\n[1](gone.md) [2](#c) [3](#a-b) [4](page.md#a-b) ![5](gone.png)")
        assert links.broken_links(page) == ["gone.md", "#c", "gone.png"]

    def test_a_link_to_the_network_is_not_looked_at(self, a_page):
        assert links.broken_links(a_page("[1](https://example.org/gone)")) == []

    @pytest.mark.parametrize(
        ("heading", "anchor"),
        [
            ("9. Train SeqSAM", "9-train-seqsam"),
            ("Data and licences", "data-and-licences"),
            ("It's `medsam`: a CLI", "its-medsam-a-cli"),
        ],
    )
    def test_anchors_are_those_of_github(self, heading, anchor):
        assert anchor_of(heading.replace("`", "")) == anchor

    @pytest.mark.parametrize(
        "line",
        [
            "medsam segment a.png --boxes 1 2 3 4 -o b.png",
            "medsam model list",
            "python -m training.nothing --data d",
            "python -m training.seqsam.train --nonsense 3",
            "python3 dev.py paint",
            "python Testing/benchmarks/nothing.py",
        ],
    )
    def test_a_wrong_command_is_found(self, a_page, line):
        (words,) = commands.commands(a_page(f"```sh\n{line}\n```\n"))
        assert commands.trouble_with(words) != ""

    @pytest.mark.parametrize(
        "line",
        [
            "medsam segment a.png --box 1 2 3 4 -o b.png  # a comment",
            "medsam models list",
            "medsam models show NAME",
            "python -m training.seqsam.train --data d --out o --steps 4 --no-stop-gradient",
            "python3 dev.py test Testing/unit -k ctrl",
        ],
    )
    def test_a_right_command_is_not(self, a_page, line):
        (words,) = commands.commands(a_page(f"Do `{line}`."))
        assert commands.trouble_with(words) == ""

    def test_a_sentence_that_is_in_no_source_cannot_be_said(self):
        assert not messages.can_be_said("Please wait while the unicorn is fed.")

    def test_a_sentence_with_what_is_filled_in_can(self):
        assert messages.can_be_said(
            "PyTorch could not be installed (...): check the network connection and the free disk "
            "space, restart Slicer, and try again."
        )


def test_the_rendered_pages_lead_to_each_other(tmp_path: Path):
    from tools.docs.rendering import render

    first = render(tmp_path / "pages", reference=False)
    for page in (tmp_path / "pages").rglob("*.html"):
        targets = re.findall(r'(?:href|src)="([^":#]+)[#"]', page.read_text(encoding="utf-8"))
        own = [target for target in targets if "/reference/" not in target]
        assert [target for target in own if not (page.parent / target).exists()] == [], page
    commands = (tmp_path / "pages" / "medsam.html").read_text(encoding="utf-8")
    assert "--flag-below T" in commands
    assert 'id="medsam-models-download"' in commands
    tutorial = (first.parent / "tutorials" / "annotator.html").read_text(encoding="utf-8")
    assert 'id="3-draw-a-box"' in tutorial
    assert 'href="researcher.html#10-train-seqsam-on-your-own-images"' in tutorial


def test_everything_public_in_the_library_has_a_docstring():
    missing = [name for name in _public_names() if not name[1]]
    assert [name for name, _ in missing] == []


def _public_names() -> list[tuple[str, str | None]]:
    """(name, docstring) of modules, classes, functions, methods and properties; of networks'
    `forward`, which the class describes, and of protocols' signatures none."""
    found: list[tuple[str, str | None]] = []
    for info in pkgutil.walk_packages(MedSAMLib.__path__, "MedSAMLib."):
        if info.name.endswith("__main__"):
            continue
        module = importlib.import_module(info.name)
        found.append((info.name, module.__doc__))
        for name, value in vars(module).items():
            is_own = getattr(value, "__module__", None) == info.name
            if is_own and not name.startswith("_") and inspect.isroutine(value):
                found.append((f"{info.name}.{name}", value.__doc__))
            if is_own and not name.startswith("_") and inspect.isclass(value):
                found += _members(f"{info.name}.{name}", value)
    return found


def _members(name: str, kind: type) -> list[tuple[str, str | None]]:
    if getattr(kind, "_is_protocol", False):
        return [(name, kind.__doc__)]
    described = [
        (f"{name}.{each}", value.__doc__)
        for each, value in vars(kind).items()
        if not each.startswith("_") and each != "forward"
        if inspect.isfunction(value) or isinstance(value, property)
    ]
    return [(name, kind.__doc__), *described]

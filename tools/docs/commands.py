"""The commands that the documents quote, and whether their programs take them.

Looked at: lines of shell blocks, and code between backticks that starts with a known program.
Words that are only placeholders stand in capitals; a line that holds `...` or `|` between words
tells a form and not a command.
"""

from __future__ import annotations

import importlib.util
import re
import shlex
from collections.abc import Iterator

from tools.docs.page import Page
from tools.docs.pages import ROOT

SHELL = ("", "sh", "console", "bash")
PROGRAMS = ("medsam", "python", "python3", "accelerate")


def commands(page: Page) -> list[list[str]]:
    """The commands of a page, as words."""
    return [words for line in _lines(page) if (words := _words(line))]


def _lines(page: Page) -> Iterator[str]:
    for block in page.blocks:
        if block.language in SHELL:
            yield from block.text.replace("\\\n", " ").splitlines()
    yield from page.code


def _words(line: str) -> list[str]:
    """Without comment; [] for what is no command of ours."""
    if not line.strip().startswith(PROGRAMS) or "..." in line:
        return []
    try:
        words = shlex.split(line, comments=True)
    except ValueError:
        return []
    return words if len(words) > 1 and words[0] in PROGRAMS and "|" not in words else []


def trouble_with(words: list[str]) -> str:
    """Why a command cannot be right, "" if it can."""
    if words[0] == "medsam":
        return _trouble_with_medsam(words[1:])
    if words[0] == "accelerate":
        return _trouble_with_module(words[words.index("-m") + 1 :]) if "-m" in words else ""
    if words[1] == "-m":
        return _trouble_with_module(words[2:])
    if words[1] == "dev.py":
        return _trouble_with_dev(words[2:])
    path = ROOT / words[1]
    return "" if words[1].startswith("-") or path.is_file() else f"there is no file {words[1]}"


def _trouble_with_medsam(arguments: list[str]) -> str:
    from MedSAMLib.cli import build_parser
    from MedSAMLib.errors import UsageError

    if arguments in (["--version"], ["--help"]) or arguments[-1:] == ["--help"]:
        return ""
    if all(re.fullmatch(r"[a-z]+", word) for word in arguments):
        return _trouble_with_names(arguments)
    try:
        build_parser().parse_args(arguments)
    except (UsageError, SystemExit) as error:
        return str(error)
    return ""


def _trouble_with_names(words: list[str]) -> str:
    """Of a command that is only named, such as `medsam models verify`."""
    import argparse

    from MedSAMLib.cli import build_parser

    parser = build_parser()
    for word in words:
        actions = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
        if not actions:
            return ""  # a value, such as the name of a model
        if word not in actions[0].choices:
            return f"there is no command {word}"
        parser = actions[0].choices[word]
    return ""


def _trouble_with_module(arguments: list[str]) -> str:
    name, options = arguments[0], {a.split("=")[0] for a in arguments[1:] if a.startswith("--")}
    if name == "MedSAMLib":
        return _trouble_with_medsam(arguments[1:])
    if not name.startswith(("training", "tools", "Testing")):
        return ""  # somebody else's
    try:
        found = importlib.util.find_spec(name)
    except ModuleNotFoundError:
        found = None
    if found is None:
        return f"there is no module {name}"
    help_text = _options_of(found.origin, name)
    return "".join(f"{name} has no option {each}" for each in options if each not in help_text)


def _options_of(origin: str, name: str) -> str:
    """The source of a program and of the settings that become its options."""
    from pathlib import Path

    folder = Path(origin).parent
    sources = [Path(origin), *(folder / n for n in ("config.py", "__main__.py"))]
    text = "".join(p.read_text(encoding="utf-8") for p in sources if p.is_file())
    fields = re.findall(r"^    (\w+): ", text, re.MULTILINE)
    spelled = [f"--{field.replace('_', '-')}" for field in fields]
    return " ".join([text, *spelled, *(s.replace("--", "--no-", 1) for s in spelled)])


def _trouble_with_dev(arguments: list[str]) -> str:
    import dev

    if not arguments or arguments[0] not in dev.COMMANDS:
        return f"dev.py has no command {arguments[:1]}"
    return ""

"""Types in what a page says: its shell and Python blocks, one after the other, in one folder.

Blocks of other languages, and blocks marked `elsewhere` after the language (set-up of a fresh
machine, hours of training, data that are not at hand), are passed over. The Python blocks share
their names, as in one session.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tools.docs.page import Block, Page

ELSEWHERE = "elsewhere"
IMAGE = Path("demo") / "image.nii.gz"
Shell = Callable[[str, Path], None]


def executable(page: Page) -> list[Block]:
    """The blocks that are typed in."""
    return [b for b in page.blocks if b.language in ("sh", "python") and ELSEWHERE not in b.marks]


def type_in(path: Path, folder: Path, shell: Shell | None = None) -> None:
    """Do what the page says in `folder`, where the demo's image lies if the page names it."""
    page, names = Page(path), {"__name__": "__main__"}
    if IMAGE.as_posix() in page.text and not (folder / IMAGE).exists():
        from tools.demo.subject import sample_path

        (folder / IMAGE).parent.mkdir(exist_ok=True)
        shutil.copyfile(sample_path(), folder / IMAGE)
    for block in executable(page):
        where = f"{path.name}, line {block.line}"
        print(f"-- {where}", flush=True)
        if block.language == "python":
            with _changed(folder):
                exec(compile(block.text, where, "exec"), names)
        else:
            (shell or in_shell)(block.text, folder)


def in_shell(text: str, folder: Path) -> None:
    """With the programs of this environment; an error ends it."""
    binaries = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    environment = {**os.environ, "PATH": binaries}
    subprocess.run(["bash", "-euc", text], cwd=folder, env=environment, check=True)


def in_process(text: str, folder: Path) -> None:
    """Only `medsam` commands, without starting a process for each."""
    from MedSAMLib.cli import main

    for words in command_lines(text):
        if words[0] != "medsam":
            in_shell(shlex.join(words), folder)
            continue
        with _changed(folder):
            status = main(words[1:])
        assert status == 0, f"{shlex.join(words)} ended with {status}"


def command_lines(text: str) -> list[Sequence[str]]:
    """The commands of a block, continued lines joined, without comments."""
    joined = text.replace("\\\n", " ").splitlines()
    return [words for line in joined if (words := shlex.split(line, comments=True))]


@contextlib.contextmanager
def _changed(folder: Path):
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)

"""`medsam models`: the networks that can be used, and their files."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from ..command_line import options, reporting
from ..errors import MedSAMError, UsageError

if TYPE_CHECKING:
    from ..sam.catalogue import ModelEntry
    from ..sam.store import ModelState, Store

EPILOG = """\
examples:
  medsam models list
  medsam models show medsam
  medsam models download medsam --yes
  medsam models import medsam /media/usb/medsam_vit_b.pth

Computers without network: the folder that 'medsam models path' prints can be copied as it is
from another computer, or one file brought in with 'import'. Set MEDSAM_MODELS to use another
folder. Every file is compared with its known sha256 before it is used.
"""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Describe the command and its actions."""
    parser = subparsers.add_parser(
        "models",
        help="list, download, verify and remove models",
        description="The networks that can be used, and their files.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    listing = _action(actions, "list", _list, "every model with its state")
    show = _action(actions, "show", _show, "all about one model", name=True)
    for each in (listing, show):
        each.add_argument("--json", action="store_true", help="for programs to read")
    download = _action(actions, "download", _download, "fetch a model's file", name=True)
    download.add_argument("--yes", action="store_true", help="accept the licence without asking")
    verify = _action(actions, "verify", _verify, "read files again and compare their sha256")
    verify.add_argument("name", nargs="*", metavar="NAME", help="default: every model that is here")
    _action(actions, "remove", _remove, "delete a downloaded model", name=True)
    path = _action(actions, "path", _path, "print the model folder, or one model's file")
    path.add_argument("name", nargs="?", metavar="NAME")
    bring_in = _action(actions, "import", _import, "copy a model's file into the folder", name=True)
    bring_in.add_argument("file", type=Path, metavar="FILE", help="it came by another way")


def _action(
    actions: argparse._SubParsersAction,
    word: str,
    run: Callable[[argparse.Namespace], None],
    text: str,
    name: bool = False,
) -> argparse.ArgumentParser:
    parser = actions.add_parser(word, help=text, description=f"{text[0].upper()}{text[1:]}.")
    if name:
        parser.add_argument("name", metavar="NAME", help="as 'medsam models list' shows it")
    options.add_reporting(parser)
    parser.set_defaults(run=run)
    return parser


def _store() -> Store:
    from ..sam import Store

    return Store()


def _entry(name: str) -> ModelEntry:
    from ..sam import find_entry

    return find_entry(name)


def _state_text(entry: ModelEntry, state: ModelState) -> str:
    return "cannot run" if entry.unsupported else state.value


def _as_json(store: Store, entry: ModelEntry, state: ModelState) -> dict[str, object]:
    return {
        **asdict(entry),
        "state": state.value,
        "path": str(store.path(entry)),
        "converted_bytes": store.converted_bytes(entry),
    }


def _list(args: argparse.Namespace) -> None:
    store = _store()
    models = store.listing()
    if args.json:
        print(json.dumps([_as_json(store, *each) for each in models], indent=2))
        return
    rows = [
        (
            entry.name,
            _state_text(entry, state),
            reporting.size_text(entry.bytes),
            f"{entry.input_size}x{entry.input_size}",
            entry.title,
            entry.licence,
        )
        for entry, state in models
    ]
    print(reporting.table(("NAME", "STATE", "SIZE", "INPUT", "TITLE", "LICENCE"), rows))


def _show(args: argparse.Namespace) -> None:
    store, entry = _store(), _entry(args.name)
    state = store.state(entry)
    if args.json:
        print(json.dumps(_as_json(store, entry, state), indent=2))
        return
    rows = [
        ("name", entry.name),
        ("title", entry.title),
        ("state", _state_text(entry, state)),
        ("architecture", entry.architecture),
        ("input", f"{entry.input_size}x{entry.input_size} pixels"),
        ("images", entry.modalities),
        *_terms(entry),
        ("from", entry.url or "comes with SlicerMedSAM"),
        ("sha256", entry.sha256),
        ("file", str(store.path(entry))),
    ]
    if converted := store.converted_bytes(entry):
        rows.append(("converted", f"for OpenVINO, {reporting.size_text(converted)}"))
    if entry.unsupported:
        rows.append(("note", entry.unsupported))
    print(reporting.pairs(rows))


def _terms(entry: ModelEntry) -> list[tuple[str, str]]:
    return [
        ("size", reporting.size_text(entry.bytes)),
        ("licence", entry.licence),
        ("cite", entry.citation),
    ]


def _download(args: argparse.Namespace) -> None:
    from ..sam.store import ModelState

    store, entry = _store(), _entry(args.name)
    if entry.unsupported:
        raise MedSAMError(f"{entry.unsupported}.")
    if store.state(entry) in (ModelState.BUNDLED, ModelState.DOWNLOADED):
        reporting.say(args, f"{entry.name} is here already: {store.path(entry)}")
        return
    reporting.say(
        args, reporting.pairs([("model", entry.title), *_terms(entry), ("from", entry.url)])
    )
    _agree(args, entry)
    with reporting.byte_progress(entry.bytes, args.quiet) as progress:
        path = store.download(entry, progress)
    reporting.say(args, f"downloaded and verified {path}")


def _agree(args: argparse.Namespace, entry: ModelEntry) -> None:
    """Ask whether the licence is accepted; without a terminal, tell what to type instead."""
    if args.yes:
        return
    if not sys.stdin.isatty():
        raise UsageError(
            f"{entry.name} has the licence {entry.licence}; to accept it and download, run "
            f"'medsam models download {entry.name} --yes'."
        )
    if input("Accept the licence and download? [y/N] ").strip().lower() not in ("y", "yes"):
        raise MedSAMError(f"{entry.name} was not downloaded.")


def _verify(args: argparse.Namespace) -> None:
    store = _store()
    chosen = [_entry(name) for name in args.name] or _present(store)
    for entry in chosen:
        store.verify(entry)
        reporting.say(args, f"{entry.name}: sha256 is right")
    if not chosen:
        reporting.say(args, f"no model is in {store.folder}")


def _present(store: Store) -> list[ModelEntry]:
    from ..sam import CATALOGUE

    return [entry for entry in CATALOGUE if store.path(entry).is_file()]


def _remove(args: argparse.Namespace) -> None:
    store, entry = _store(), _entry(args.name)
    if not store.remove(entry):
        raise MedSAMError(f"{entry.name} is not in {store.folder}: there is nothing to remove.")
    reporting.say(args, f"removed {entry.name}")


def _path(args: argparse.Namespace) -> None:
    store = _store()
    print(store.path(_entry(args.name)) if args.name else store.folder)


def _import(args: argparse.Namespace) -> None:
    path = _store().import_file(_entry(args.name), args.file)
    reporting.say(args, f"verified and copied to {path}")

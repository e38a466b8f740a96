"""Read the tensors of a checkpoint file without running anything that it contains."""

from __future__ import annotations

import pickle
import struct
import warnings
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open

from ..errors import MedSAMError

HEAD_BYTES = 512
SAFETENSORS_HEADER_AT = 8
PICKLE_START = b"\x80"
ZIP_START = b"PK\x03\x04"
LFS_POINTER = b"version https://git-lfs"
# PyTorch does not compress weights, and noise, which weights are, does not shrink.
MOST_EXPANSION = 100
# A cut or changed file fails in many ways, depending on where; what is read is data only.
_SIGNS_OF_DAMAGE = (
    RuntimeError, EOFError, OSError, ValueError, LookupError, TypeError, AttributeError,
    AssertionError, OverflowError, MemoryError, struct.error,
)  # fmt: skip
WRAPPERS = ("model", "state_dict", "model_state_dict")
PARALLEL_PREFIX = "module."


@dataclass(frozen=True)
class Checkpoint:
    """The tensors of a file by parameter name, and the text stored beside them."""

    tensors: dict[str, torch.Tensor]
    metadata: dict[str, str] = field(default_factory=dict)


def read_checkpoint(path: Path) -> Checkpoint:
    """The weights in a .pth, .pt or .safetensors file, told apart by content, not by name.

    A training checkpoint that wraps them ({"model": ...}, "module." of parallel training) is
    unwrapped. MedSAMError says what the file is if it is not one of these, is cut short, or is a
    pickle with code, which is not run.
    """
    head = _head(path)
    if _is_safetensors(head):
        return _read_safetensors(path)
    if head.startswith((ZIP_START, PICKLE_START)):
        return Checkpoint(_weights_of(_unpickled(path), path))
    raise MedSAMError(f"{path} is not a checkpoint: {_kind_of(head)}.")


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(HEAD_BYTES)
    except OSError as error:
        raise MedSAMError(f"{path} cannot be read: {error.strerror}.") from error


def _is_safetensors(head: bytes) -> bool:
    """Eight bytes of header length, then a JSON object."""
    return head[SAFETENSORS_HEADER_AT : SAFETENSORS_HEADER_AT + 1] == b"{"


def _kind_of(head: bytes) -> str:
    if not head:
        return "it is empty"
    if head.lstrip().lower().startswith((b"<!doctype", b"<html", b"<?xml")):
        return "it is a web page, saved where a download failed; get the file again"
    if head.startswith(LFS_POINTER):
        return "it is a Git LFS pointer to the real file; run `git lfs pull`"
    if _is_text(head):
        return "it is a text file"
    return "it is neither a PyTorch nor a safetensors file"


def _is_text(head: bytes) -> bool:
    try:
        # The last character may be cut in the middle.
        text = head.decode("utf-8", errors="strict" if len(head) < HEAD_BYTES else "ignore")
    except UnicodeDecodeError:
        return False
    return all(character.isprintable() or character.isspace() for character in text)


def _read_safetensors(path: Path) -> Checkpoint:
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            return Checkpoint(_without_prefix(tensors), file.metadata() or {})
    except (SafetensorError, OSError) as error:
        raise MedSAMError(f"{path} is a damaged or incomplete safetensors file.") from error


def _unpickled(path: Path) -> object:
    """What PyTorch's restricted unpickler finds; it knows tensors and plain containers only."""
    _check_archive(path)
    try:
        with warnings.catch_warnings():  # about pickles that it then refuses
            warnings.simplefilter("ignore")
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise MedSAMError(_refusal(path, str(error))) from error
    except _SIGNS_OF_DAMAGE as error:
        raise MedSAMError(f"{path} is a damaged or incomplete PyTorch file.") from error


def _check_archive(path: Path) -> None:
    """Refuse an archive that is a program, or that unpacks to far more than it is."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, *_SIGNS_OF_DAMAGE):
        return  # not an archive; or PyTorch tells
    if any(member.filename.endswith("/constants.pkl") for member in members):
        raise MedSAMError(
            f"{path} is a TorchScript program, which carries code; only plain weights are loaded."
        )
    if sum(member.file_size for member in members) > MOST_EXPANSION * path.stat().st_size:
        raise MedSAMError(
            f"{path} was not loaded: it unpacks to more than {MOST_EXPANSION} times its size, "
            "which weights do not."
        )


def _refusal(path: Path, reason: str) -> str:
    """One sentence for what the restricted unpickler objected to."""
    _, marker, rest = reason.partition("GLOBAL ")
    if not marker:
        return (
            f"{path} was not loaded: it is damaged, or a pickle of something else than weights, "
            "which may carry code."
        )
    name = rest.split()[0]
    return (
        f"{path} was not loaded because it carries code besides weights ({name}); "
        "ask its author for a file with the weights only."
    )


def _weights_of(content: object, path: Path) -> dict[str, torch.Tensor]:
    """The state dict in what was unpickled, wrapped or not."""
    for name in WRAPPERS:
        if isinstance(content, dict) and isinstance(content.get(name), dict):
            content = content[name]
    if not isinstance(content, dict):
        raise MedSAMError(f"{path} holds a {type(content).__name__}, not the weights of a network.")
    tensors = {str(k): v for k, v in content.items() if isinstance(v, torch.Tensor)}
    if not tensors:
        raise MedSAMError(f"{path} is a PyTorch file without weights of a network.")
    return _without_prefix(tensors)


def _without_prefix(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    if not all(name.startswith(PARALLEL_PREFIX) for name in tensors):
        return tensors
    return {name.removeprefix(PARALLEL_PREFIX): tensor for name, tensor in tensors.items()}

"""Ways in which the bytes and the text of a file get damaged, as hypothesis strategies."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

Edit = Callable[[bytes], bytes]

# What header fields are replaced by: the edges of number types, no numbers, other alphabets.
NUMBERS = ("0", "-1", "1", "2", "255", "65536", "2147483647", "-2147483648", "4294967296",
           "1000000000000", "9223372036854775807", "18446744073709551616", "1e308", "1e-320",
           "-1e999", "nan", "inf", "-inf", "0.5", "1e3", "0x10")  # fmt: skip
WORDS = ("", " ", "none", "(1,0,0)", "(nan,0,0) (0,1,0) (0,0,1)", "(0,0,0) (0,0,0) (0,0,0)",
         "Ünïcödé 影像 \U0001f9e0", "a\0b", "%s%n", "../../../etc/passwd", "/dev/zero", "LIST",
         "x" * 5000, "\u202etxt.exe", "'\"<script>")  # fmt: skip
replacements = st.one_of(
    st.sampled_from(NUMBERS),
    st.sampled_from(WORDS),
    st.lists(st.sampled_from(NUMBERS), min_size=2, max_size=5).map(" ".join),
    st.text(max_size=20),
)


def damaged(content: bytes, header: int | None = None) -> st.SearchStrategy[bytes]:
    """`content` after one to three edits, most of them within its first `header` bytes."""
    edits = st.lists(_edits(len(content), header or len(content)), min_size=1, max_size=3)
    return edits.map(lambda chosen: _edited(content, chosen))


def _edited(content: bytes, edits: list[Edit]) -> bytes:
    for edit in edits:
        content = edit(content)
    return content


def _edits(size: int, header: int) -> st.SearchStrategy[Edit]:
    place = st.one_of(st.integers(0, max(header - 1, 0)), st.integers(0, max(size - 1, 0)))
    return st.one_of(
        st.builds(_flip, place, st.integers(0, 7)),
        st.builds(_overwrite, place, st.binary(min_size=1, max_size=8)),
        st.builds(_overwrite, place, st.sampled_from([b"\xff" * 4, b"\0" * 4, b"\x7f" * 8])),
        st.builds(_cut, place),
        st.builds(_remove, place, st.integers(1, 64)),
        st.builds(_insert, place, st.binary(min_size=1, max_size=64)),
        st.builds(_append, st.binary(min_size=1, max_size=64)),
    )


def _flip(place: int, bit: int) -> Edit:
    return lambda old: (
        old[:place] + bytes([old[place] ^ (1 << bit)]) + old[place + 1 :]
        if place < len(old)
        else old
    )


def _overwrite(place: int, new: bytes) -> Edit:
    return lambda old: old[:place] + new + old[place + len(new) :]


def _cut(place: int) -> Edit:
    return lambda old: old[:place]


def _remove(place: int, count: int) -> Edit:
    return lambda old: old[:place] + old[place + count :]


def _insert(place: int, new: bytes) -> Edit:
    return lambda old: old[:place] + new + old[place:]


def _append(new: bytes) -> Edit:
    return lambda old: old + new


def damaged_lines(
    lines: list[tuple[str, str]], joint: str = ": "
) -> st.SearchStrategy[list[tuple[str, str]]]:
    """Header lines of which some have another value, are gone, doubled or swapped."""
    return st.lists(_line_edits(len(lines)), min_size=1, max_size=3).map(
        lambda edits: _edited_lines(lines, edits)
    )


def _line_edits(count: int) -> st.SearchStrategy[tuple]:
    number = st.integers(0, count - 1)
    return st.one_of(
        st.tuples(st.just("value"), number, replacements),
        st.tuples(st.just("value"), number, replacements),
        st.tuples(st.just("gone"), number, st.none()),
        st.tuples(st.just("twice"), number, replacements),
        st.tuples(st.just("first"), number, st.none()),
    )


def _edited_lines(lines: list[tuple[str, str]], edits: list[tuple]) -> list[tuple[str, str]]:
    lines = list(lines)
    for kind, number, text in edits:
        if number >= len(lines):
            continue
        name, _ = lines[number]
        if kind == "value":
            lines[number] = (name, text)
        elif kind == "gone":
            del lines[number]
        elif kind == "twice":
            lines.append((name, text))
        else:
            lines.insert(0, lines.pop(number))
    return lines

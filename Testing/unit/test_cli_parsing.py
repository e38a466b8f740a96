"""What is typed: help, versions, objects from boxes and points, wrong arguments."""

from __future__ import annotations

import importlib

import pytest

from MedSAMLib import __version__, cli
from MedSAMLib.cli import build_parser
from MedSAMLib.command_line import options
from MedSAMLib.errors import UsageError


def parsed(words: str):
    return build_parser().parse_args(["segment", "image.png", "-o", "out.png", *words.split()])


def test_version(medsam):
    result = medsam("--version")
    assert (result.status, result.out) == (0, f"medsam {__version__}\n")


@pytest.mark.parametrize("command", [(), *((name,) for name in cli.COMMANDS)])
def test_help_goes_to_stdout_and_is_no_failure(medsam, command):
    result = medsam(*command, "--help")
    assert (result.status, result.err) == (0, "")
    assert result.out.startswith(" ".join(("usage: medsam", *command)))


@pytest.mark.parametrize("name", ["segment", "propagate", "models"])
def test_help_has_examples_that_parse(name):
    lines = importlib.import_module(f"MedSAMLib.commands.{name}").EPILOG.replace("\\\n", "")
    examples = [line.split() for line in lines.splitlines() if line.strip().startswith("medsam ")]
    assert examples
    for words in examples:
        assert build_parser().parse_args(words[1:]).command == name


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "No command was given"),
        (["paint"], "invalid choice: 'paint'"),
        (["segment"], "required: IMAGE"),
        (["segment", "image.png", "--box", "1", "2", "3", "4"], "required: -o/--output"),
        (["segment", "image.png", "-o", "o.png", "--box", "1", "2", "3"], "expected 4 arguments"),
        (["segment", "image.png", "-o", "o.png", "--box", "1", "2", "3", "x"], "invalid float"),
        (["segment", "image.png", "-o", "o.png", "--slice", "1.5"], "invalid int"),
        (["segment", "image.png", "-o", "o.png", "--point", "1", "2", "3"], "not '3'"),
        (["segment", "image.png", "-o", "o.png", "--point", "a", "2", "1"], "not 'a 2 1'"),
        (["segment", "image.png", "-o", "o.png", "--axis", "oblique"], "invalid choice"),
        (["segment", "image.png", "-o", "o.png"], "add --box X0 Y0 X1 Y1 or --point X Y 1"),
        (["models"], "required: ACTION"),
    ],
)
def test_wrong_arguments_are_told_in_one_line(medsam, words, message):
    result = medsam(*words)
    assert (result.status, result.out) == (2, "")
    assert message in result.error


def test_every_box_is_an_object_and_points_belong_to_the_box_before_them():
    args = parsed("--box 1 2 3 4 --point 2 3 1 --point 1 1 0 --box 5 6 7 8")
    first, second = options.prompts_of(args)
    assert (first.box, first.points, first.labels) == ([1, 2, 3, 4], [(2, 3), (1, 1)], [1, 0])
    assert (second.box, second.points, second.labels) == ([5, 6, 7, 8], None, None)


def test_points_before_the_first_box_belong_to_it():
    (only,) = options.prompts_of(parsed("--point 2 3 1 --box 1 2 3 4"))
    assert (only.box, only.points) == ([1, 2, 3, 4], [(2, 3)])


def test_negative_coordinates_are_numbers_and_not_options():
    (only,) = options.prompts_of(parsed("--box -1 -2.5 3 4"))
    assert only.box == [-1, -2.5, 3, 4]


def test_objects_without_a_name_are_numbered():
    assert options.names_of(parsed("--name liver"), 3) == ["liver", "Segment_2", "Segment_3"]


@pytest.mark.parametrize(("words", "count"), [("--name a --name b", 1), ("--name a --name a", 2)])
def test_names_are_one_an_object_and_different(words, count):
    with pytest.raises(UsageError):
        options.names_of(parsed(words), count)


def test_two_command_lines_do_not_share_their_objects():
    for _ in range(2):
        assert len(options.prompts_of(parsed("--box 1 2 3 4"))) == 1

"""One module a command: `add_parser(subparsers)` describes it, `run(args)` does it.

`medsam` lists them in `MedSAMLib.cli.COMMANDS`. They import what is heavy inside `run`, so
that `--help` answers at once. What they share is in `MedSAMLib.command_line`.
"""

"""`medsam assess`: which parts of a segmentation deserve a second look, without ground truth."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..command_line import options, quality_options
from ..errors import MedSAMError

EPILOG = """\
examples:
  medsam assess ct.nii.gz organs.seg.nrrd --html organs.html --flag-below 0.5
  medsam assess polyp.jpg polyp.png --json polyp.json --csv polyp.csv
  medsam assess --cases cases.csv --output results --flag-below 0.5
  medsam assess --cases cases.csv --output results --flag-below 0.5 --resume

cases.csv has a row for each segmentation and the columns image, segmentation, and if wanted id,
probabilities, truth; relative paths start from its folder. The results are a page index.html that
links to a page for each case, tables, and one JSON file a case. A run that was ended goes on with
--resume. A case that cannot be assessed is noted with the reason, and the others go on.

A score is the agreement of the segmentation with a judge, a network that is shown each object by
its box and by its middle. It is no Dice, and it sees neither wrong labels nor missed objects.
The exit status is 0 also where objects are flagged.
"""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "assess",
        help="score a segmentation's quality without ground truth, worst first",
        description="Score every object of a segmentation without ground truth, worst first; "
        "or all segmentations of a list.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    quality_options.add_case(parser)
    quality_options.add_reports(parser)
    quality_options.add_cohort(parser)
    quality_options.add_checks(parser)
    quality_options.add_score(parser)
    options.add_model(parser)
    options.add_reporting(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Do it."""
    quality_options.check_together(args)
    job = quality_options.job_of(args)
    if args.cases is None:
        _run_case(args, job)
    else:
        _run_cohort(args, job)


def _run_case(args: argparse.Namespace, job) -> None:
    from ..command_line import quality_output, reading, writing_reports
    from ..command_line.reporting import say, slice_progress
    from ..quality.cohort.assess_case import assess_case, read_case
    from ..quality.cohort.cases import Case

    case = Case(
        args.segmentation.name, args.image, args.segmentation, args.probabilities, args.truth
    )
    outputs = {"json": args.json, "csv": args.csv, "html": args.html}
    writing_reports.check_outputs(outputs, args.force, case.inputs.values())
    data = read_case(case, job)
    for note in data.notes:
        say(args, note)
    model = reading.load_model(args)
    with slice_progress(args.quiet) as progress:
        result = assess_case(model, data, job, progress, page=args.html is not None)
    say(args, quality_output.case_text(result, case, job))
    for path in writing_reports.write_reports(outputs, result, case, args.force):
        say(args, f"wrote {path}")


def _run_cohort(args: argparse.Namespace, job) -> None:
    from ..command_line import quality_output
    from ..command_line.reporting import say
    from ..quality.cohort import read_cases, run_cohort

    cases = read_cases(args.cases)
    try:
        with quality_output.cohort_progress(args.quiet) as progress:
            found = run_cohort(
                cases,
                args.output,
                job,
                engine=args.engine or "local",
                workers=args.workers,
                resume=args.resume,
                progress=progress,
            )
    except KeyboardInterrupt:
        say(args, "What is finished is kept: the same command with --resume goes on.")
        raise
    say(args, quality_output.cohort_text(found, job))
    _check_any_assessed(found.summary, args.cases)
    say(args, f"wrote {args.output / 'index.html'}")


def _check_any_assessed(summary, path: Path) -> None:
    """A run in which nothing worked must not look like one that did."""
    if len(summary.broken) == len(summary.cases):
        raise MedSAMError(
            f"None of the {len(summary.cases)} cases of {path} could be assessed; "
            f"{summary.broken[0].id}: {summary.broken[0].error}"
        )

"""The whole HTML document around a page's content."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from html import escape

from .script import SCRIPT
from .style import STYLE

_SCRIPT_HASH = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
# Nothing is loaded from anywhere, and of scripts only the page's own runs: a second lock behind
# the escaping of names.
_POLICY = (
    f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
    f"script-src 'sha256-{_SCRIPT_HASH}'; base-uri 'none'; form-action 'none'"
)

NOT_A_MEDICAL_DEVICE = (
    "SlicerMedSAM is research software and not a medical device: "
    "do not use it for diagnosis or treatment."
)
AGREEMENT_IS_NOT_DICE = (
    "A score says how well the judge, a network that does not know this segmentation, agrees with "
    "it; with the reduction 'combined' half of it is what a second network, the learned judge, "
    "expects. Agreement is not Dice: a score of 0.8 does not mean a Dice of 0.8. It puts what "
    "deserves a second look first."
)
BLIND = (
    "The score is blind to wrong labels and to missed objects: a liver that is called spleen, "
    "and a lesion that nobody outlined, lower no score."
)
ONLY_FLAGS = (
    "The judge's outlines are there for comparison, not to replace what was drawn: in the "
    "method's paper, replacing made 532 of 798 masks worse."
)


def document(title: str, kicker: str, lead: str, sections: Sequence[str], foot: str = "") -> str:
    """A complete page. title, kicker, foot: text; lead and sections: HTML made by this package."""
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{escape(title)}</title>
<style>{STYLE}</style>
</head>
<body>
<header class="top">
<p class="kicker">{escape(kicker)}</p>
<h1>{escape(title)}</h1>
{lead}
</header>
<main>
{chr(10).join(sections)}
</main>
<footer>
<p>{escape(NOT_A_MEDICAL_DEVICE)}</p>
<p>{escape(foot)}</p>
</footer>
<script>{SCRIPT}</script>
</body>
</html>
"""


def limits(checks: Sequence[str] = ()) -> str:
    """What the reader must know before reading a number; checks: what the extra checks found."""
    points = [AGREEMENT_IS_NOT_DICE, BLIND, *checks, ONLY_FLAGS]
    items = "".join(f"<li>{escape(point)}</li>" for point in points)
    return f'<aside class="limits"><h2>What these scores cannot tell</h2><ul>{items}</ul></aside>'

"""`python -m MedSAMLib` is the command `medsam`."""

import sys

from .cli import main

sys.exit(main())

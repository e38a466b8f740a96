"""Tests on the host with Qt: widgets, panels, the main window and its views."""

from __future__ import annotations

import Testing.SlicerHost  # noqa: F401  (first: it sets the environment for slicer and PySide6)
from Testing.gui.hypotheses_fixtures import browser, hypotheses_models  # noqa: F401
from Testing.gui.panel_fixtures import (  # noqa: F401
    dependencies,
    models,
    panel,
    phantom,
)
from Testing.gui.upsample_fixtures import (  # noqa: F401
    ball_segments,
    upsample_user,
    upsampling,
    upsampling_models,
)
from Testing.SlicerHost.fixtures import (  # noqa: F401
    expected_trouble,
    scene,
    time_limit,
    true_stderr,
)
from Testing.SlicerHost.qt_fixtures import (  # noqa: F401
    clean_qt,
    main_window,
    slicer_core,
    user,
)

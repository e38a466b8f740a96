"""The dialog in which networks are downloaded and deleted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from MedSAMLib.errors import MedSAMError

from ..session.ports import ModelChoice
from ..slicer_environment import SlicerEnvironment
from ..worker import Task, Worker
from .faster_engine import FasterEngine
from .model_text import sizeText, whereaboutsText

_POLL_MS = 50
_STEPS = 1000


class ModelManager:
    """All networks with size, licence and whereabouts; a download goes on beside the dialog.

    `changed` is called when a network has come or gone. What is fetched when the dialog is closed
    stays, and the next download goes on from there.
    """

    def __init__(self, models: Any, parent: Any, changed: Callable[[], None]) -> None:
        self._models, self._changed = models, changed
        self._entries = models.usable()
        self._worker = Worker(qt.QTimer(), _POLL_MS)
        self._task: Task | None = None
        self.dialog = qt.QDialog(parent)
        self.dialog.setWindowTitle(_("Manage models"))
        self.dialog.setWindowModality(qt.Qt.WindowModal)
        self.table = _table(len(self._entries))
        self.status, self.progress = qt.QLabel(), qt.QProgressBar()
        self.download = _button(_("Download"), _("Fetch the chosen network from its authors"))
        self.stop = _button(_("Stop"), _("Stop the download; the next one goes on from there"))
        self.delete = _button(_("Delete"), _("Delete the chosen network from this computer"))
        self.close = _button(_("Close"), _("Close this window; a download stops"))
        self.faster = FasterEngine(SlicerEnvironment())
        self._lay()
        self._connect()
        self.refresh()

    def show(self) -> None:
        """Open the dialog; the application goes on behind it."""
        self.dialog.show()
        self.table.setFocus()

    def end(self) -> None:
        """Stop a download and the thread, and close the dialog."""
        self._worker.stop()
        self._task = None
        self.dialog.hide()

    @property
    def chosen(self) -> Any:
        """The entry of the chosen row."""
        return self._entries[max(self.table.currentRow(), 0)]

    def refresh(self) -> None:
        """Say where every network stands, and offer what can be done."""
        for row, entry in enumerate(self._entries):
            texts = (
                entry.title,
                sizeText(entry),
                entry.licence,
                whereaboutsText(entry, self._isHere(entry)),
            )
            for column, text in enumerate(texts):
                self._showCell(row, column, text, entry)
        self._offer()

    def _isHere(self, entry: Any) -> bool:
        return self._models.is_here(ModelChoice(entry.name))

    def _showCell(self, row: int, column: int, text: str, entry: Any) -> None:
        item = self.table.item(row, column)
        if item is None:
            item = qt.QTableWidgetItem()
            item.setToolTip(
                _("For: {modalities}. Publication: {citation}.").format(
                    modalities=entry.modalities, citation=entry.citation
                )
            )
            self.table.setItem(row, column, item)
        item.setText(text)

    def _offer(self) -> None:
        isBusy, isHere = self._task is not None, self._isHere(self.chosen)
        self.download.enabled = not isBusy and not isHere and not self.chosen.bundled
        self.delete.enabled = not isBusy and isHere and not self.chosen.bundled
        self.stop.visible = self.progress.visible = isBusy

    def _lay(self) -> None:
        layout, buttons = qt.QVBoxLayout(self.dialog), qt.QHBoxLayout()
        folder = qt.QLabel(_("Folder: {folder}").format(folder=self._models.folder))
        folder.setTextInteractionFlags(qt.Qt.TextSelectableByMouse)
        for label in (folder, self.status):
            label.setWordWrap(True)
        self.progress.setRange(0, _STEPS)
        self.progress.setAccessibleName(_("Part that is here"))
        for button in (self.download, self.stop, self.delete):
            buttons.addWidget(button)
        buttons.addStretch(1)
        buttons.addWidget(self.close)
        for widget in (self.table, folder, self.status, self.progress):
            layout.addWidget(widget)
        faster = qt.QHBoxLayout()
        faster.addWidget(self.faster.label, 1)
        faster.addWidget(self.faster.button)
        layout.addLayout(faster)
        layout.addLayout(buttons)
        self.dialog.resize(760, 320)

    def _connect(self) -> None:
        self.table.connect("itemSelectionChanged()", self._offer)
        self.download.connect("clicked(bool)", self._onDownload)
        self.stop.connect("clicked(bool)", self._onStop)
        self.delete.connect("clicked(bool)", self._onDelete)
        self.close.connect("clicked(bool)", self.end)
        self.dialog.connect("finished(int)", self.end)

    def _onDownload(self) -> None:
        entry = self.chosen
        question = _("Download {model} ({size})? Its licence: {licence}.").format(
            model=entry.title, size=sizeText(entry), licence=entry.licence
        )
        if not slicer.util.confirmOkCancelDisplay(question):
            return
        choice = ModelChoice(entry.name)
        self._task = self._worker.submit(
            lambda task: self._models.download(choice, task),
            lambda _result: self._onEnded(_("{model} is here.").format(model=entry.title)),
            self._onEnded,
            self._onProgress,
        )
        self.status.text = _("Downloading {model}.").format(model=entry.title)
        self.progress.value = 0
        self._offer()

    def _onProgress(self, part: float) -> None:
        self.progress.value = round(part * _STEPS)

    def _onEnded(self, sentence: str) -> None:
        self._task = None
        self.status.text = sentence
        self.refresh()
        self._changed()

    def _onStop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._onEnded(_("Stopped; the next download goes on from there."))

    def _onDelete(self) -> None:
        entry = self.chosen
        question = _("Delete {model} from this computer?").format(model=entry.title)
        if not slicer.util.confirmYesNoDisplay(question):
            return
        try:
            self._models.remove(ModelChoice(entry.name))
        except MedSAMError as error:
            self._onEnded(str(error))
        else:
            self._onEnded(_("{model} was deleted.").format(model=entry.title))


def _button(text: str, toolTip: str) -> Any:
    button = qt.QPushButton(text)
    button.setToolTip(toolTip)
    button.setAutoDefault(False)
    return button


def _table(rows: int) -> Any:
    titles = [_("Network"), _("Size"), _("Licence"), _("Where")]
    table = qt.QTableWidget(rows, len(titles))
    table.setHorizontalHeaderLabels(titles)
    table.setAccessibleName(_("Networks"))
    table.setToolTip(_("The networks that SlicerMedSAM can run"))
    table.setSelectionBehavior(qt.QAbstractItemView.SelectRows)
    table.setSelectionMode(qt.QAbstractItemView.SingleSelection)
    table.setEditTriggers(qt.QAbstractItemView.NoEditTriggers)
    table.setTabKeyNavigation(False)
    table.verticalHeader().visible = False
    header = table.horizontalHeader()
    header.setSectionResizeMode(qt.QHeaderView.ResizeToContents)
    header.setSectionResizeMode(2, qt.QHeaderView.Stretch)
    table.selectRow(0)
    return table

"""Keeps the review in the scene, and beside the case list if there is one: the `Keeper`."""

from __future__ import annotations

from collections.abc import Sequence

from MedSAMLib.errors import MedSAMError
from MedSAMLib.quality.results import Report

from ..rows import Row
from ..storing import from_plain, to_plain
from .case_files import CaseFiles
from .reader import SegmentationReader
from .review_table import ReviewTable


class ReviewKeeper:
    """`trouble` is a sentence while the review could not be kept, else empty."""

    def __init__(self, reader: SegmentationReader, cases: CaseFiles) -> None:
        self._reader, self._cases = reader, cases
        self.table = ReviewTable(reader)
        self.trouble = ""

    def keep(self, rows: Sequence[Row], report: Report | None) -> None:
        """Into the table, and into the case's file."""
        self.table.keep(rows, report)
        self.trouble = ""
        if report is None or not self._isCase():
            return
        self._cases.adopt(self.table.node())
        try:
            self._cases.list.keep(self._cases.number, to_plain(rows, report))
        except MedSAMError as error:
            self.trouble = str(error)

    def kept(self) -> tuple[tuple[Row, ...], Report] | None:
        """The review of what the reader has: of the case list first, else of the scene."""
        if self._isCase():
            return self._ofCase() or self.table.kept()
        return self.table.kept()

    def _ofCase(self) -> tuple[tuple[Row, ...], Report] | None:
        plain = self._cases.list.kept(self._cases.number)
        try:
            kept = None if plain is None else from_plain(plain)
        except MedSAMError:
            return None
        segments = self._reader.segmentationNode.GetSegmentation()
        there = kept and all(segments.GetSegment(row.segment_id) for row in kept[0])
        return kept if there else None

    def _isCase(self) -> bool:
        return self._cases.owns(self._reader.volumeNode, self._reader.segmentationNode)

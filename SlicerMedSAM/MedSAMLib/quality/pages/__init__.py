"""The parts of the pages that show scores: text, thumbnails, charts, tables.

A page is one file that needs nothing else: no picture, style or script from anywhere. What comes
from a user's files (names of segments, files and cases) is escaped where it becomes HTML.
"""

"""The tutorials of docs/tutorials, carried out as they are written, and their pictures.

A tutorial is a page and, where it is about a panel, a script beside it (`radiologist.md`,
`radiologist.py`): the numbered headings of the page are the titles of the script's steps.
"""

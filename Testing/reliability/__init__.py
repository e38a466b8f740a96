"""Damaged and hostile input, long use, and untimely ends: what docs/reliability.md reports."""

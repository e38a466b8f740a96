"""Damaged files by the thousand, and the rule that reading them must keep."""

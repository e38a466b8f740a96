"""What `dev.py` does, a file a concern.

All but `demo`, `docs` and `tutorials` is standard library only.
"""

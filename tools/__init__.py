"""What `dev.py` does, a file a concern. All but `tools.demo` is standard library only."""

"""The main window: module panel, views, status bar; and a user who works with them."""

from .main_window import start

__all__ = ["start"]

"""The documents of the project: what they link to, what they quote, and how they are rendered."""

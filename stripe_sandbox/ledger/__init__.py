"""Everything that has happened, in one SQLite file."""

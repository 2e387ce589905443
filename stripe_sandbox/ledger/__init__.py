"""Everything that happened, in one SQLite file."""

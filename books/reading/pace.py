"""How fast books are read, for what pages say about their length."""

WORDS_PER_MINUTE = 250
WORDS_PER_HOUR = 60 * WORDS_PER_MINUTE
# In characters a minute. Below, somebody does something else beside; above, nobody reads.
SLOWEST, FASTEST = 200, 6_000


def usual_pace(characters, words):
    """Return how many characters of such a text a reader of whom nothing is known reads in a minute."""
    return bounded(WORDS_PER_MINUTE * characters / words) if words else bounded(WORDS_PER_MINUTE * 6)


def bounded(pace):
    """Return the pace, or the nearest at which people read; as a whole number."""
    return round(min(max(pace, SLOWEST), FASTEST))

"""How fast books are read, for what pages say about their length."""

WORDS_PER_MINUTE = 250
WORDS_PER_HOUR = 60 * WORDS_PER_MINUTE

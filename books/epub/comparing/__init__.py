"""Compares what a book says, by a reading of its own, with what is shown of it: words in, words out."""

"""Search inside the books: the chapters that have the words of a query, and their sentences."""

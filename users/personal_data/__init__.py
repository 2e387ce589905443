"""What the law asks of a shop that knows people: to hand over what it holds, and to erase it."""

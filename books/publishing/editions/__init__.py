"""New editions: what they change, and how what readers keep of a book stays with its words."""

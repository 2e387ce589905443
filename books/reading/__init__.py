"""What belongs to one reader: their library, the look of their pages, what they write."""

"""What belongs to one reader: their library, how their pages look, what they write."""

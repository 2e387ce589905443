"""What a shop says in its own words: Markdown, what its pages begin with, and what the demo shop says."""

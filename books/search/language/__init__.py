"""Words as the searches compare them: folded, with their stems, and corrected."""

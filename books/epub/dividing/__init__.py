"""The third step: from the documents of the spine to chapters, and where their links lead."""

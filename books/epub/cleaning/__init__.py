"""The last step: from a chapter's trees to HTML that is safe on our pages."""

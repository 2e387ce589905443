"""The last step: a chapter's trees → HTML that is safe on our pages."""

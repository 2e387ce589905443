"""Pages for what the shop writes only to those who asked for it: the newsletter, and a reminder."""

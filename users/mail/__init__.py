"""Letters: how they are queued and sent, and how many an address may get."""

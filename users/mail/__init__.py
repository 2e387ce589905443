"""Letters about accounts: what they say, how many an address gets, and the queue that they wait in."""

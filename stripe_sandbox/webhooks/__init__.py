"""Events on their way to the shop: where they go, the queue, and signed delivery with retries."""

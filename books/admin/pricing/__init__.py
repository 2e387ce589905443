"""What staff see and type of prices: price lists, sales, and prices that make others pointless."""

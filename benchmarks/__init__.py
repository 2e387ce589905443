"""The speed and memory of the shop, as ratios within one run: `make bench`."""

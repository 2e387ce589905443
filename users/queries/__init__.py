"""How the shop asks its database."""

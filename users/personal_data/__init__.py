"""What data protection law asks of a shop: to hand over personal data, and to erase it."""

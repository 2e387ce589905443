"""Amounts as people read them."""

WITHOUT_DECIMALS = frozenset("bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf".split())


def money(amount: int, currency: str) -> str:
    """``39.00 USD``."""
    if currency in WITHOUT_DECIMALS:
        return f"{amount:,} {currency.upper()}"
    return f"{amount / 100:,.2f} {currency.upper()}"

"""What books and bundles cost: in further currencies, in sales, and what they cost before."""

from .lists import Ending, ListPrice, PriceList, Rounding
from .past import PastFormula, PastPrice
from .prices import Price, Prices, Reduction, offered_lists
from .sales import NO_SALES, BegunSales, Sale, a_sale_runs, begun_sales

__all__ = [
    "NO_SALES",
    "BegunSales",
    "Ending",
    "ListPrice",
    "PastFormula",
    "PastPrice",
    "Price",
    "PriceList",
    "Prices",
    "Reduction",
    "Rounding",
    "Sale",
    "a_sale_runs",
    "begun_sales",
    "offered_lists",
]

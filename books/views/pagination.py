"""Pages of a long list."""

from django.core.paginator import InvalidPage, Page, Paginator
from django.http import Http404


class NumberedPage(Page):
    """A page that knows which other pages to link to: the first, the last and its neighbours."""

    @property
    def numbers(self):
        """1 … 4 5 6 … 12 around this page, as plain values; None stands for those that are left out."""
        shown = self.paginator.get_elided_page_range(self.number, on_each_side=1, on_ends=1)
        return tuple(each if isinstance(each, int) else None for each in shown)


class NumberedPaginator(Paginator):
    def _get_page(self, *args, **kwargs):
        return NumberedPage(*args, **kwargs)


def page_of(items, request, *, per_page, count=None):
    """Return the page that ?page= asks for, or else the first; raises Http404 if there is no such page.

    Giving the `count`, where it is known, saves a query.
    """
    paginator = NumberedPaginator(items, per_page)
    if count is not None:
        paginator.count = count
    try:
        return paginator.page(request.GET.get("page", 1))
    except InvalidPage as error:
        raise Http404 from error

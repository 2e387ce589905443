"""Pages for tests."""

from pages.models import Page


def make_page(title="Terms", *texts, **fields):
    """Return a page with these texts as its versions, all of them published."""
    page = Page.objects.create(title=title, slug=title.lower(), **fields)
    for text in texts:
        publish(page, text)
    return page


def publish(page, text):
    """Publish the text as the page's next version."""
    page.save_draft(text)
    page.publish(by=None)

"""The tests' own tools."""

import socket

import pytest

from tests.network import ForeignAddress


@pytest.mark.parametrize("address", ["93.184.215.14", "stripe.com", "2606:2800:21f:cb07::1"])
def test_no_test_leaves_this_machine(address):
    with pytest.raises(ForeignAddress):
        socket.create_connection((address, 443), timeout=1)


def test_the_sandbox_starts_empty(sandbox, settings):
    assert sandbox.charges == []
    assert sandbox.url == settings.STRIPE_API_BASE


@pytest.mark.browser
def test_a_browser_shows_the_shop(page):
    page.goto("/accounts/login/")

    assert page.title() != ""
    assert {cookie["name"]: cookie["secure"] for cookie in page.context.cookies()} == {
        "__Host-csrftoken": True
    }


@pytest.mark.browser
@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("setTimeout(() => { throw new Error('from the test') })", "from the test"),
        ("document.body.setAttribute('style', 'color: red')", "Content Security Policy"),
    ],
)
def test_an_error_in_a_page_is_noticed(page, script, problem):
    page.goto("/")
    page.evaluate(script)
    for _ in range(100):
        if not page.problems:
            page.wait_for_timeout(100)

    assert [problem in each for each in page.problems] == [True]
    page.problems.clear()


@pytest.mark.browser
def test_a_404_is_not_counted_as_an_error_in_the_page(phone_page):
    answer = phone_page.goto("/no-such-page/")

    assert answer.status == 404

from django.core.exceptions import BadRequest, PermissionDenied
from django.db import InterfaceError, OperationalError
from django.test import Client, SimpleTestCase, TestCase, override_settings
from django.urls import include, path, reverse

from books.tests.builders import make_reader


def raising(error):
    """Return a view that ends in this error."""

    def view(request):
        raise error

    view.login_required = False
    return view


urlpatterns = [
    path("bad/", raising(BadRequest("secret"))),
    path("forbidden/", raising(PermissionDenied("secret"))),
    path("broken/", raising(RuntimeError("secret"))),
    path("unreachable/", raising(OperationalError("secret"))),
    path("cut-off/", raising(InterfaceError("secret"))),
    path("", include("bookstore_project.urls")),
]
handler400 = "pages.views.bad_request"
handler403 = "pages.views.permission_denied"
handler404 = "pages.views.page_not_found"
handler500 = "pages.views.server_error"


@override_settings(ROOT_URLCONF=__name__)
class ErrorPageTests(TestCase):
    def test_each_error_has_a_page_that_says_what_to_do_next(self):
        client = Client(raise_request_exception=False)
        for path_, status, words in [
            ("/bad/", 400, "That didn’t work"),
            ("/forbidden/", 403, "You don’t have access to this page"),
            ("/nowhere/", 404, "We can’t find that page"),
            ("/broken/", 500, "Something went wrong on our side"),
            ("/unreachable/", 503, "We’ll be right back"),
            ("/cut-off/", 503, "We’ll be right back"),
        ]:
            with self.subTest(path_):
                response = client.get(path_)

                self.assertContains(response, f"<h1>{words}</h1>", status_code=status)
                self.assertContains(response, 'href="/"', status_code=status)
                self.assertContains(response, 'content="noindex"', status_code=status)
                self.assertNotContains(response, "secret", status_code=status)
                self.assertNotContains(response, 'rel="canonical"', status_code=status)

    def test_a_form_without_its_token_is_told_to_try_again(self):
        client = Client(enforce_csrf_checks=True)
        client.force_login(make_reader())

        response = client.post(reverse("account_logout"))

        self.assertContains(response, "<h1>Please try that again</h1>", status_code=403)
        self.assertEqual(client.get(reverse("account_logout")).wsgi_request.user.is_authenticated, True)

    def test_a_form_whose_token_is_old_leads_back_to_its_page_on_this_site_only(self):
        client = Client(enforce_csrf_checks=True)
        for referer, led_to in (
            ("http://testserver/orders/?book=1", "/orders/?book=1"),
            ("https://elsewhere.example/orders/", "/"),
            ("", "/"),
        ):
            with self.subTest(referer):
                response = client.post(reverse("charge"), headers={"referer": referer})

                self.assertContains(response, f'btn-primary" href="{led_to}"', status_code=403)


@override_settings(ROOT_URLCONF=__name__)
class BrokenShopTests(SimpleTestCase):
    def test_the_page_for_our_own_faults_needs_no_database(self):
        response = Client(raise_request_exception=False).get("/broken/")

        self.assertContains(response, "Something went wrong on our side", status_code=500)

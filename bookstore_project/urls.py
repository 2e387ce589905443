"""All addresses of the site; the names are flat."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from books.urls import library_urlpatterns
from books.views import media
from books.views.offline import keeping
from bookstore_project import health
from orders.urls import buy_urlpatterns, gift_urlpatterns, magnet_urlpatterns
from users.urls import newsletter_urlpatterns

# What lies below these is about one person, so that no cache may keep it.
personal_urlpatterns = [
    path("library/", include(library_urlpatterns)),
    path("orders/", include("orders.urls")),
    path("newsletter/", include([*newsletter_urlpatterns, *magnet_urlpatterns])),
    path("accounts/", include("users.urls")),
    path("accounts/", include("allauth.urls")),
    path(f"{settings.ADMIN_PATH}money-doctor/", include("orders.reconciliation.urls")),
    path(settings.ADMIN_PATH, admin.site.urls),
]
PERSONAL_PATHS = tuple(f"/{each.pattern}" for each in personal_urlpatterns)

# They are tried in this sequence, so what is asked for most comes first.
urlpatterns = [
    path("books/", include("books.urls")),
    path("", include("pages.urls")),
    path("service-worker.js", keeping.service_worker, name="service_worker"),
    path("buy/", include(buy_urlpatterns)),
    path("gifts/", include(gift_urlpatterns)),
    path("media/<path:path>", media.media, name="media"),
    *personal_urlpatterns,
    path("healthz/", health.healthz, name="healthz"),
    path("readyz/", health.readyz, name="readyz"),
]

handler400 = "pages.views.bad_request"
handler403 = "pages.views.permission_denied"
handler404 = "pages.views.page_not_found"
handler429 = "users.views.too_many_requests"  # allauth calls it
handler500 = "pages.views.server_error"

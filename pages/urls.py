from django.urls import path

from pages import views
from pages.currency import choose_currency

urlpatterns = [
    path("", views.home, name="home"),
    path("about/", views.about, name="about"),
    path("pages/<slug:slug>/", views.page_detail, name="page_detail"),
    path("pages/<slug:slug>/<int:number>/", views.page_version, name="page_version"),
    path("accent-<slug:digits>.css", views.accent, name="accent"),
    path("currency/", choose_currency, name="choose_currency"),
    path("robots.txt", views.robots, name="robots"),
    path(".well-known/security.txt", views.security_txt, name="security_txt"),
    path("sitemap.xml", views.sitemap, name="sitemap"),
    path("sitemap-<slug:section>-<slug:file>.xml", views.sitemap_file, name="sitemap_file"),
    path("favicon.ico", views.favicon, name="favicon"),
]

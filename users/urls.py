from django.urls import path

from users import views
from users.newsletter import views as newsletter

urlpatterns = [
    path("", views.account_overview, name="account_overview"),
    path("export/", views.account_export, name="account_export"),
    path("erase/", views.account_erase, name="account_erase"),
    path("newsletter/", newsletter.newsletter_consents, name="newsletter_consents"),
    path("logout/", views.LogOutView.as_view(), name="account_logout"),
]

# /newsletter/
newsletter_urlpatterns = [
    path("end/<str:token>/", newsletter.newsletter_end, name="newsletter_end"),
]

"""Django's and post_office's apps under the names by which the admin lists them."""

from django.contrib.auth.apps import AuthConfig
from post_office.apps import PostOfficeConfig


class RightsConfig(AuthConfig):
    verbose_name = "Staff rights"


class MailConfig(PostOfficeConfig):
    verbose_name = "Mail"

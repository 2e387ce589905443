"""Django's app of groups and permissions under the name by which the admin lists it."""

from django.contrib.auth.apps import AuthConfig


class RightsConfig(AuthConfig):
    verbose_name = "Staff rights"

"""post_office's app under the name by which the admin lists it."""

from post_office.apps import PostOfficeConfig


class MailConfig(PostOfficeConfig):
    verbose_name = "Mail"

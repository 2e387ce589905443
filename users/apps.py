from django.apps import AppConfig


class UsersConfig(AppConfig):
    name = "users"

    def ready(self):
        # They register themselves, and need the models.
        from users import checks, security_log  # noqa: F401, PLC0415

from django.apps import AppConfig


class UsersConfig(AppConfig):
    name = "users"

    def ready(self):
        # Receivers and checks, once the models are there.
        from users import checks, security_log  # noqa: F401, PLC0415
        from users.authentication import sessions  # noqa: F401, PLC0415

from django.apps import AppConfig


class UsersConfig(AppConfig):
    name = "users"

    def ready(self):
        # They register themselves, and need the models.
        from users import checks  # noqa: F401, PLC0415
        from users.authentication import security_log  # noqa: F401, PLC0415

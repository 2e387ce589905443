"""The application that gunicorn serves: `gunicorn bookstore_project.wsgi`."""

from bookstore_project.environment import stop_on_wrong_settings

# gunicorn stops if a worker exits with 3, "cannot boot"; after any other code it would retry for ever.
with stop_on_wrong_settings(exit_code=3):
    from django.core.wsgi import get_wsgi_application

    application = get_wsgi_application()

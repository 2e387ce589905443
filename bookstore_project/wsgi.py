"""The application that gunicorn serves: `gunicorn bookstore_project.wsgi`."""

from bookstore_project.environment import stop_on_wrong_settings

# gunicorn takes a worker that ends with 3 as "cannot boot" and gives up; any other code it retries for ever.
with stop_on_wrong_settings(exit_code=3):
    from django.core.wsgi import get_wsgi_application

    application = get_wsgi_application()

# docs/going-live.md says how to pin it by its digest as well.
ARG PYTHON=python:3.13.7-slim-bookworm

FROM ${PYTHON} AS packages
WORKDIR /app
# pipenv is only in this stage; the image gets the environment that it creates.
COPY .ci/pipenv.txt ./
RUN python -m venv /opt/pipenv && /opt/pipenv/bin/pip install --no-cache-dir --require-hashes --requirement pipenv.txt
COPY Pipfile Pipfile.lock ./
RUN --mount=type=cache,target=/root/.cache PIPENV_VENV_IN_PROJECT=1 /opt/pipenv/bin/pipenv sync

FROM ${PYTHON}
ENV PATH="/app/.venv/bin:$PATH" \
    PYTHONUNBUFFERED=1 \
    WEB_CONCURRENCY=2 \
    MEDIA_ROOT=/data/media
# The shop may write to its media folder and nowhere else.
RUN install --directory --owner=10001 --group=10001 /data/media
WORKDIR /app
COPY --from=packages /app/.venv .venv
COPY . .
# The user below may not write bytecode; without it, each process that opens a book would compile its part of the shop.
# Made-up values for the second command, which needs settings but no real secrets.
RUN python -m compileall -q bookstore_project books orders pages users && \
    DEBUG=False SECRET_KEY=made-up-for-this-command-and-forgotten SITE_URL=https://localhost ALLOWED_HOSTS=localhost \
    STRIPE_TEST_PUBLISHABLE_KEY=pk_test_unused STRIPE_TEST_SECRET_KEY=sk_test_unused \
    python manage.py collectstatic --noinput
USER 10001
EXPOSE 8000
HEALTHCHECK --start-period=20s --interval=10s --timeout=5s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/healthz/', timeout=4)"]
CMD ["python", "-m", "bookstore_project.serve", "--bind", "0.0.0.0:8000"]

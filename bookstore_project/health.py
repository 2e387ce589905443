"""The health checks of a load balancer: is the process up, and can it serve?"""

from django.contrib.auth.decorators import login_not_required
from django.db import Error as DatabaseFailure
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse
from django.views.decorators.http import require_safe


@login_not_required
@require_safe
def healthz(request):
    """Answer 200 as long as the process is up."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@login_not_required
@require_safe
def readyz(request):
    """Answer 200 if the database is reachable and migrated, else 503."""
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseFailure:
        return _not_ready("The database cannot be reached.\n")
    if waiting:
        return _not_ready("The database is not migrated.\n")
    return HttpResponse("ready\n", content_type="text/plain; charset=utf-8")


def _not_ready(reason):
    return HttpResponse(reason, status=503, content_type="text/plain; charset=utf-8")

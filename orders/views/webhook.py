"""The endpoint to which Stripe delivers events."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from orders.payments import webhooks
from users.requests.bodies import LONG, body_up_to


@body_up_to(LONG)
@csrf_exempt
@login_not_required
@require_POST
def stripe_webhook(request):
    """Receive an event; any answer but a 2xx makes Stripe send it again."""
    if not settings.STRIPE_WEBHOOK_SECRETS:
        raise Http404("No webhook secret is set.")
    try:
        webhooks.receive(request.body, request.headers.get("Stripe-Signature", ""))
    except webhooks.NotFromStripe:
        return HttpResponse("This is not an event signed by Stripe.", status=400, content_type="text/plain")
    except webhooks.NotHandled:
        return HttpResponse(
            "We could not handle this event now. Please send it again.", status=503, content_type="text/plain"
        )
    return HttpResponse("Handled.", content_type="text/plain")


# It checks the signature of the very bytes; see RefuseUnstorableTextMiddleware.
stripe_webhook.reads_body_itself = True

"""Stripe's API: which call goes where, and what happens to every call alike."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from stripe_sandbox.checkout import fields as session_fields
from stripe_sandbox.checkout import sessions as checkout_sessions
from stripe_sandbox.http import authentication
from stripe_sandbox.http.authentication import Key
from stripe_sandbox.http.errors import StripeError, invalid, unrecognized_url
from stripe_sandbox.http.faults import Fault, Faults
from stripe_sandbox.http.messages import DroppedConnection, Request, Response, json_response
from stripe_sandbox.http.parameters import RETRIEVE, Fields, parse
from stripe_sandbox.ledger import request_log
from stripe_sandbox.resources import (
    charges,
    disputes,
    events,
    payment_intents,
    payment_methods,
    refunds,
    settings,
    tokens,
)
from stripe_sandbox.resources.account import Account, Call
from stripe_sandbox.resources.listing import expand
from stripe_sandbox.resources.objects import API_VERSION

from .idempotency import Answer, Idempotency, fingerprint

RELEASE = API_VERSION.partition(".")[2]

type Endpoint = Callable[[Call], dict[str, Any]]


@dataclass(frozen=True)
class Route:
    """One address of the API; ``*`` stands for an id."""

    method: str
    path: str
    endpoint: Endpoint
    parameters: Fields
    in_browser: Endpoint | None = None


ROUTES = (
    Route("POST", "/v1/tokens", tokens.create, tokens.CREATE, tokens.create_in_browser),
    Route("GET", "/v1/tokens/*", tokens.retrieve, RETRIEVE),
    Route("POST", "/v1/payment_methods", payment_methods.create, payment_methods.CREATE),
    Route("GET", "/v1/payment_methods/*", payment_methods.retrieve, RETRIEVE),
    Route("POST", "/v1/payment_intents", payment_intents.create, payment_intents.CREATE),
    Route("GET", "/v1/payment_intents", payment_intents.list_all, payment_intents.LIST),
    Route("GET", "/v1/payment_intents/*", payment_intents.retrieve, RETRIEVE),
    Route(
        "POST",
        "/v1/payment_intents/*/confirm",
        payment_intents.confirm,
        payment_intents.CONFIRM,
    ),
    Route("POST", "/v1/payment_intents/*/cancel", payment_intents.cancel, payment_intents.CANCEL),
    Route("POST", "/v1/charges", charges.create, charges.CREATE),
    Route("GET", "/v1/charges", charges.list_all, charges.LIST),
    Route("GET", "/v1/charges/*", charges.retrieve, RETRIEVE),
    Route("POST", "/v1/refunds", refunds.create, refunds.CREATE),
    Route("GET", "/v1/refunds", refunds.list_all, refunds.LIST),
    Route("GET", "/v1/refunds/*", refunds.retrieve, RETRIEVE),
    Route("POST", "/v1/checkout/sessions", checkout_sessions.create, session_fields.CREATE),
    Route("GET", "/v1/checkout/sessions", checkout_sessions.list_all, session_fields.LIST),
    Route("GET", "/v1/checkout/sessions/*", checkout_sessions.retrieve, RETRIEVE),
    Route("POST", "/v1/checkout/sessions/*/expire", checkout_sessions.expire, session_fields.EXPIRE),
    Route(
        "GET",
        "/v1/checkout/sessions/*/line_items",
        checkout_sessions.line_items,
        session_fields.LINE_ITEMS,
    ),
    Route("GET", "/v1/account", settings.retrieve_account, RETRIEVE),
    Route("GET", "/v1/webhook_endpoints", settings.list_webhook_endpoints, settings.LIST_ENDPOINTS),
    Route("GET", "/v1/disputes", disputes.list_all, disputes.LIST),
    Route("GET", "/v1/disputes/*", disputes.retrieve, RETRIEVE),
    Route("GET", "/v1/events", events.list_all, events.LIST),
    Route("GET", "/v1/events/*", events.retrieve, RETRIEVE),
)
_PATTERNS = [(route, re.compile(route.path.replace("*", "([A-Za-z0-9_]+)"))) for route in ROUTES]


@dataclass
class Exchange:
    """One call on its way through: filled in step by step, then written to the log."""

    request: Request
    id: str = field(default_factory=request_log.new_request_id)
    parameters: dict[str, Any] = field(default_factory=dict)
    idempotency_key: str | None = None
    fault: Fault | None = None


class Api:
    """Everything under ``/v1/``."""

    def __init__(self, account: Account, faults: Faults, idempotency: Idempotency) -> None:
        self._account = account
        self._ledger = account.ledger
        self._faults = faults
        self._idempotency = idempotency

    def respond(self, request: Request) -> Response:
        """Answer one call; raises :class:`DroppedConnection` when a fault says so."""
        exchange = Exchange(request)
        exchange.fault = self._faults.take(request.method, request.path)
        if _has(exchange.fault, "drop_before"):
            self._log(exchange, None)
            raise DroppedConnection
        try:
            return self._respond(exchange)
        except StripeError as error:
            self._log(exchange, error.status, error)
            _suffer(exchange.fault)
            return self._response(exchange, Answer(exchange.id, error.status, error.body))

    def _respond(self, exchange: Exchange) -> Response:
        request = exchange.request
        key = authentication.authenticate(request.headers)
        _check_version(request)
        route, identifier = _find_route(request)
        endpoint = _endpoint(route, key)
        if request.method == "POST":
            exchange.idempotency_key = request.headers.get("Idempotency-Key")
        exchange.parameters = sent = parse(_sent(request))
        mark = fingerprint(request.method, request.path, sent)
        with self._idempotency.claim(exchange.idempotency_key):
            if answer := self._idempotency.find(exchange.idempotency_key, mark):
                self._log(exchange, answer.status, replayed=True)
                _suffer(exchange.fault)
                return self._response(exchange, answer, replayed=True)
            exchange.parameters = checked = route.parameters(sent)
            call = Call(
                self._account,
                checked,
                identifier,
                request.origin,
                exchange.id,
                exchange.idempotency_key,
            )
            answer = self._execute(exchange, endpoint, call, mark)
            _suffer(exchange.fault)
        return self._response(exchange, answer)

    def _execute(self, exchange: Exchange, endpoint: Endpoint, call: Call, mark: str) -> Answer:
        """Work, answer and log in one transaction: a kill leaves all three or none."""
        with self._ledger.transaction():
            error = None
            try:
                if _has(exchange.fault, "error_500"):
                    raise _broken()
                answer = Answer(exchange.id, 200, expand(call, endpoint(call)))
            except StripeError as raised:
                if not raised.executed:
                    raise
                error = raised
                answer = Answer(exchange.id, error.status, error.body)
            self._idempotency.remember(exchange.idempotency_key, mark, answer)
            self._log(exchange, answer.status, error)
        return answer

    def _log(
        self,
        exchange: Exchange,
        status: int | None,
        error: StripeError | None = None,
        *,
        replayed: bool = False,
    ) -> None:
        request_log.record(
            self._ledger,
            request_id=exchange.id,
            method=exchange.request.method,
            path=exchange.request.path,
            parameters=exchange.parameters,
            idempotency_key=exchange.idempotency_key,
            status=status,
            error_code=error.error.get("code") if error else None,
            replayed=replayed,
        )

    def _response(self, exchange: Exchange, answer: Answer, *, replayed: bool = False) -> Response:
        headers = {
            "Request-Id": exchange.id,
            "Stripe-Version": exchange.request.headers.get("Stripe-Version") or API_VERSION,
            "Cache-Control": "no-cache, no-store",
        }
        if exchange.idempotency_key:
            headers["Idempotency-Key"] = exchange.idempotency_key
        if replayed:
            headers["Original-Request"] = answer.request_id
            headers["Idempotent-Replayed"] = "true"
        return json_response(answer.status, answer.body, headers)


def _find_route(request: Request) -> tuple[Route, str]:
    for route, pattern in _PATTERNS:
        if route.method == request.method and (match := pattern.fullmatch(request.path)):
            return route, match[1] if match.groups() else ""
    raise unrecognized_url(request.method, request.path)


def _endpoint(route: Route, key: Key) -> Endpoint:
    if key is Key.PUBLISHABLE and route.in_browser:
        return route.in_browser
    authentication.require_secret(key)
    return route.endpoint


def _sent(request: Request) -> str:
    """The parameters as sent: in the body of a POST, in the address of a GET."""
    return request.body.decode(errors="replace") if request.method == "POST" else request.query


def _check_version(request: Request) -> None:
    version = request.headers.get("Stripe-Version")
    if version and version.partition(".")[2] != RELEASE:
        raise invalid(f"Invalid Stripe API version: {version}. The local Stripe sandbox speaks {RELEASE}.")


def _has(fault: Fault | None, kind: str) -> TypeGuard[Fault]:
    return fault is not None and fault.fault == kind


def _suffer(fault: Fault | None) -> None:
    """What goes wrong after the work is done: its answer is late or lost."""
    if _has(fault, "delay"):
        time.sleep(fault.seconds)
    if _has(fault, "drop_answer"):
        raise DroppedConnection


def _broken() -> StripeError:
    message = "An unknown error occurred."
    return StripeError(500, message, type="api_error", executed=True)

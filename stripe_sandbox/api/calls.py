"""What happens to every API call: its key, parameters, idempotency, fault, transaction and log entry."""

import time
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from stripe_sandbox.http import authentication
from stripe_sandbox.http.errors import StripeError, invalid
from stripe_sandbox.http.faults import Fault, Faults
from stripe_sandbox.http.messages import API_VERSION, DroppedConnection, Request, Response, json_response
from stripe_sandbox.http.parameters import parse
from stripe_sandbox.ledger import request_log
from stripe_sandbox.resources.account import Account, Call
from stripe_sandbox.resources.listing import expand

from . import routes
from .idempotency import Answer, Idempotency, fingerprint
from .routes import Endpoint

RELEASE = API_VERSION.partition(".")[2]


@dataclass
class Exchange:
    """One call on its way through, filled in step by step and logged at the end."""

    request: Request
    id: str = field(default_factory=request_log.new_request_id)
    parameters: dict[str, Any] = field(default_factory=dict)
    idempotency_key: str | None = None
    fault: Fault | None = None


class Api:
    """Everything under ``/v1/`` and ``/v2/``."""

    def __init__(self, account: Account, faults: Faults, idempotency: Idempotency) -> None:
        self._account = account
        self._ledger = account.ledger
        self._faults = faults
        self._idempotency = idempotency

    def respond(self, request: Request) -> Response:
        """Answer one call; raise :class:`DroppedConnection` if a fault says so."""
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
            return _response(exchange, Answer(exchange.id, error.status, error.body))

    def _respond(self, exchange: Exchange) -> Response:
        request = exchange.request
        key = authentication.authenticate(request.headers)
        _check_version(request)
        route, identifier = routes.find(request.method, request.path)
        endpoint = route.endpoint_for(key)
        if request.method == "POST":
            exchange.idempotency_key = request.headers.get("Idempotency-Key")
        exchange.parameters = sent = parse(_sent(request))
        request_hash = fingerprint(request.method, request.path, sent)
        with self._idempotency.claim(exchange.idempotency_key):
            if answer := self._idempotency.find(exchange.idempotency_key, request_hash):
                return self._replay(exchange, answer)
            exchange.parameters = route.parameters(sent)
            answer = self._execute(exchange, endpoint, self._call(exchange, identifier), request_hash)
            _suffer(exchange.fault)
        return _response(exchange, answer)

    def _call(self, exchange: Exchange, identifier: str) -> Call:
        return Call(
            self._account,
            exchange.parameters,
            identifier,
            exchange.request.origin,
            exchange.id,
            exchange.idempotency_key,
        )

    def _replay(self, exchange: Exchange, answer: Answer) -> Response:
        self._log(exchange, answer.status, replayed=True)
        _suffer(exchange.fault)
        response = _response(exchange, answer)
        replayed = {"Original-Request": answer.request_id, "Idempotent-Replayed": "true"}
        return json_response(answer.status, answer.body, {**response.headers, **replayed})

    def _execute(self, exchange: Exchange, endpoint: Endpoint, call: Call, request_hash: str) -> Answer:
        """Work, remember the answer and log the call in one transaction: a kill leaves all or nothing."""
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
            self._idempotency.remember(exchange.idempotency_key, request_hash, answer)
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


def _response(exchange: Exchange, answer: Answer) -> Response:
    headers = {
        "Request-Id": exchange.id,
        "Stripe-Version": exchange.request.headers.get("Stripe-Version") or API_VERSION,
        "Cache-Control": "no-cache, no-store",
    }
    if exchange.idempotency_key:
        headers["Idempotency-Key"] = exchange.idempotency_key
    return json_response(answer.status, answer.body, headers)


def _sent(request: Request) -> str:
    """Return the parameters as sent: in the body of a POST, in the address of a GET."""
    return request.body.decode(errors="replace") if request.method == "POST" else request.query


def _check_version(request: Request) -> None:
    version = request.headers.get("Stripe-Version")
    if version and version.partition(".")[2] != RELEASE:
        raise invalid(f"Invalid Stripe API version: {version}. The local Stripe sandbox speaks {RELEASE}.")


def _has(fault: Fault | None, kind: str) -> TypeGuard[Fault]:
    return fault is not None and fault.fault == kind


def _suffer(fault: Fault | None) -> None:
    """Let the answer come late, or get lost, after the work is done."""
    if _has(fault, "delay"):
        time.sleep(fault.seconds)
    if _has(fault, "drop_answer"):
        raise DroppedConnection


def _broken() -> StripeError:
    message = "An unknown error occurred."
    return StripeError(500, message, type="api_error", executed=True)

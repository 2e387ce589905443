"""Stripe's errors: what an endpoint raises, and the JSON that the shop receives."""

from typing import Any


class StripeError(Exception):
    """An answer other than 200, in Stripe's shape and words.

    ``executed`` says that the endpoint had started its work: what it wrote is kept, and the answer is
    remembered under the idempotency key. Neither happens when parameters are refused.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        type: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        executed: bool = False,
        **details: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.executed = executed
        self.error: dict[str, Any] = {"type": type, "message": message}
        optional = {"code": code, "param": param, **details}
        self.error |= {name: value for name, value in optional.items() if value is not None}
        if code:
            self.error["doc_url"] = "https://stripe.com/docs/error-codes/" + code.replace("_", "-")

    @property
    def body(self) -> dict[str, Any]:
        """The JSON body of the answer."""
        return {"error": self.error}


def invalid(message: str, *, code: str | None = None, param: str | None = None) -> StripeError:
    """Return the error for a parameter that Stripe refuses before it does anything."""
    return StripeError(400, message, code=code, param=param)


def no_such(name: str, identifier: str, *, param: str, status: int = 404) -> StripeError:
    """Return the error for an id that does not exist: 404 in an address, 400 in a parameter."""
    message = f"No such {name}: '{identifier}'"
    return StripeError(status, message, code="resource_missing", param=param)


def card_error(
    message: str,
    *,
    code: str,
    param: str | None = None,
    decline_code: str | None = None,
    **details: Any,
) -> StripeError:
    """Return the error for a refused card, in words that the buyer may see."""
    return StripeError(
        402,
        message,
        type="card_error",
        code=code,
        param=param,
        executed=True,
        decline_code=decline_code,
        **details,
    )


def unrecognized_url(method: str, path: str) -> StripeError:
    """Return the error for an address or method that this API does not have."""
    return StripeError(
        404,
        f"Unrecognized request URL ({method}: {path}). If you are trying to list objects, remove "
        "the trailing slash. If you are trying to retrieve an object, make sure you passed a valid "
        "(non-empty) identifier in your code. Please see https://stripe.com/docs or we can help at "
        "https://support.stripe.com/.",
    )

"""The Stripe sandbox (stripe_sandbox/) for tests: started in a separate process, controlled over HTTP."""

import json
import re
import subprocess
import sys
from contextlib import contextmanager
from urllib.parse import urlencode
from urllib.request import Request, urlopen

# How long it may take to answer, even on a busy machine.
SECONDS = 60


class Sandbox:
    """A running sandbox at `url`."""

    def __init__(self, url):
        self.url = url

    @classmethod
    @contextmanager
    def started(cls, ledger, *flags):
        """Yield a sandbox on a free port that keeps its objects in the file `ledger`."""
        command = [sys.executable, "-m", "stripe_sandbox", "--port", "0", "--ledger", str(ledger), *flags]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            yield cls(re.search(r"http://[^/\s]+", process.stdout.readline())[0])
        finally:
            process.terminate()
            process.wait(SECONDS)
            process.stdout.close()

    def reset(self):
        """Forget every object, fault and changed policy."""
        self._ask("POST", "reset")

    def ledger(self, *kinds):
        """Return all objects, or only those of the named kinds, oldest first: {"charges": […], …}."""
        return self._ask("GET", f"ledger?only={','.join(kinds)}" if kinds else "ledger")

    @property
    def charges(self):
        """Every charge, failed ones too, oldest first."""
        return self.ledger("charges")["charges"]

    def go_wrong(self, match, fault, **details):
        """Order a fault for the next request that matches, such as ("POST /v1/charges", "drop_answer")."""
        self._ask("POST", "faults", {"match": match, "fault": fault, **details})

    def clear_faults(self):
        """Cancel all ordered faults."""
        self._ask("DELETE", "faults")

    def set_policies(self, **policies):
        """Set what the account allows, such as charges_api="refused"."""
        self._ask("POST", "policies", policies)

    def set_ways_to_pay(self, **ways):
        """Set which ways to pay the account offers, such as paypal="off" or "pending"."""
        self._ask("POST", "payment_methods", ways)

    @property
    def customers(self):
        """Every customer, deleted ones too, oldest first."""
        return self.ledger("customers")["customers"]

    def delete_customer(self, customer_id):
        """Delete a customer as in Stripe's dashboard."""
        self._ask("POST", f"customers/{customer_id}/delete")

    def change_account(self, **changes):
        """Change what the account says about itself, such as charges_enabled=False."""
        self._ask("POST", "account", changes)

    def send_events_to(self, url, *secrets, retry_seconds=0.1, **settings):
        """Deliver events to an address on this machine, signed with each of the secrets; "" stops that.

        Settings may be wrong ones: enabled_events=["charge.refunded"], api_version=…, status="disabled".
        """
        endpoint = {"url": url, "secrets": secrets, "retry_seconds": retry_seconds, **settings}
        self._ask("POST", "webhook", endpoint)

    def resend(self, event_id):
        """Deliver an event again."""
        self._ask("POST", f"events/{event_id}/resend")

    def refund(self, charge_id, **details):
        """Refund a charge as in Stripe's dashboard, partly with amount=…; return the refund."""
        return self._ask("POST", f"charges/{charge_id}/refund", details)

    def settle_refund(self, refund_id, outcome):
        """Make a refund "succeed" or "fail"."""
        return self._ask("POST", f"refunds/{refund_id}/{outcome}")

    def dispute(self, charge_id, **details):
        """Dispute a charge, as fraudulent unless reason=… says otherwise; return the dispute."""
        return self._ask("POST", f"charges/{charge_id}/dispute", details)

    def inquire(self, charge_id):
        """Open an inquiry about a charge, which withholds no money; return it."""
        return self._ask("POST", f"charges/{charge_id}/inquiry")

    def close_dispute(self, dispute_id, status):
        """End a dispute "won", "lost" or "prevented", an inquiry "warning_closed"."""
        return self._ask("POST", f"disputes/{dispute_id}/close", {"status": status})

    def pay_session(self, session_id, **details):
        """Pay a Checkout Session as a buyer would, with number=…, email=…, authenticate=…; return it.

        method="paypal" or the id of a kept card pays with that; save=True keeps a new card. After a declined
        card it is still open.
        """
        return self._ask("POST", f"checkout_sessions/{session_id}/pay", details)

    def end_session(self, session_id, how):
        """Make a session "expire", "complete_unpaid", "async_succeed" or "async_fail"; return it."""
        return self._ask("POST", f"checkout_sessions/{session_id}/{how}")

    def make_token(self, number):
        """Return a token for a card, as Stripe's form makes it: valid for one payment."""
        card = {"card[number]": number, "card[exp_month]": "12", "card[exp_year]": "2040", "card[cvc]": "123"}
        return self._call("tokens", card)["id"]

    def charge_again(self, *, order_id, amount=3900):
        """Charge an order without the shop's knowledge."""
        self._call(
            "charges",
            {"amount": amount, "currency": "usd", "source": "tok_visa", "metadata[order_id]": order_id},
        )

    def _call(self, path, parameters):
        request = Request(f"{self.url}/v1/{path}", urlencode(parameters).encode(), method="POST")
        request.add_header("Authorization", "Bearer sk_test_sandbox")
        with urlopen(request, timeout=SECONDS) as answer:
            return json.load(answer)

    def _ask(self, method, control, content=None):
        body = json.dumps(content or {}).encode() if method == "POST" else None
        request = Request(f"{self.url}/_sandbox/{control}", body, method=method)
        request.add_header("Content-Type", "application/json")
        with urlopen(request, timeout=SECONDS) as answer:
            return json.load(answer)

"""One mailbox, one spelling: how e-mail addresses are compared, stored and written to."""

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, validate_email

# Of the column in which accounts store it.
LONGEST_ADDRESS = 254


def validate_one_spelling(address):
    """Raise ValidationError over an address whose mailbox has other spellings, which would be other accounts.

    `"ada"@example.com` and `"\\ada"@example.com` are one mailbox, as are `ada@[::1]` and `ada@[0:0::1]`
    (RFC 5321, 4.1.2 and 4.1.3). Nobody's address has to be written like that.
    """
    if not {'"', "["}.isdisjoint(address):
        sentence = "Please write the address as in ada@example.com, without quotation marks and brackets."
        raise ValidationError(sentence, code="several_spellings")


def normalised(address):
    """Return the address in lower case, its domain in ASCII as IDNA 2008 has it.

    `Kunde@Bücher.example` and `kunde@xn--bcher-kva.example` are one mailbox. Letters must go to this form,
    not to the typed one: Python and Django encode domains by IDNA 2003, which turns `straße.example` into
    `strasse.example`, somebody else's domain. Look-alikes from other scripts remain different domains. A
    domain that IDNA 2008 does not allow is left alone; nobody can sign up with it.
    """
    # Loaded late: most requests write to nobody, and its tables take a fiftieth of the start.
    import idna  # noqa: PLC0415

    local, at, domain = (address or "").strip().lower().rpartition("@")
    domain = domain.removesuffix(".")
    try:
        return local + at + idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        return local + at + domain


def usable(address):
    """Return a typed address as accounts store it; raises ValidationError if no mail can be sent to it."""
    address = normalised(address)
    # Nothing under .invalid is a mailbox (RFC 2606); erased accounts and guests have addresses there.
    if not address.isascii() or len(address) > LONGEST_ADDRESS or address.endswith(".invalid"):
        raise ValidationError(EmailValidator.message, code=EmailValidator.code)
    validate_email(address)
    validate_one_spelling(address)
    return address


def mailbox(address):
    """Return the address without dots and without a part after "+", which many providers ignore.

    For counting only: at other providers these are different mailboxes.
    """
    local, at, domain = normalised(address).rpartition("@")
    return local.partition("+")[0].replace(".", "") + at + domain

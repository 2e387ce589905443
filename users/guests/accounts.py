"""Accounts for people who have shown that they have a mailbox, by opening a link that was sent there."""

from allauth.account.models import EmailAddress

from users.models import CustomUser


def has_account(email):
    """Tell whether there is an account with this address. Only the owner of the mailbox may know."""
    is_confirmed = EmailAddress.objects.filter(email=email, verified=True).exists()
    return is_confirmed or CustomUser.objects.filter(email=email).exists()


def open_account(email):
    """Save an account with a confirmed address and no password yet; raises IntegrityError if there is one.

    Its owner chooses a password by "Forgot your password?" or in the account's settings.
    """
    account = CustomUser.objects.create_user(email)
    EmailAddress.objects.create(user=account, email=account.email, verified=True, primary=True)
    return account

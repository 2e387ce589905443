"""allauth's forms in this shop's words, and the form for the public name."""

from secrets import token_hex

from allauth.account import forms as account
from allauth.account.internal.flows.email_verification import get_address_for_user
from allauth.account.models import EmailAddress
from allauth.account.utils import has_verified_email
from django import forms
from django.db import transaction

from users.addresses import normalised, usable
from users.models import CustomUser
from users.requests.letters import address_of_letter


class OwnWords:
    """Sets labels, help texts and autocomplete, and removes placeholders that only repeat the label."""

    labels = {}
    help_texts = {}
    autocomplete = {}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = self.labels.get(name, field.label)
            field.help_text = self.help_texts.get(name, field.help_text)
            field.widget.attrs.pop("placeholder", None)
            if name in self.autocomplete:
                field.widget.attrs["autocomplete"] = self.autocomplete[name]


class OneSpelling:
    """Normalises an e-mail address to the one form that the shop stores, counts and sends to."""

    def clean_email(self):
        """Return the address; refuse one that no mail can be sent to, or that no account can hold."""
        self.cleaned_data["email"] = usable(self.cleaned_data["email"])
        return super().clean_email()


class LoginForm(OwnWords, account.LoginForm):
    labels = {"login": "E-mail address"}
    help_texts = {"password": ""}
    autocomplete = {"login": "email"}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["login"].initial = address_of_letter(self.request)

    def clean_login(self):
        """Return the address as accounts store it."""
        return normalised(self.cleaned_data["login"])


class SignupForm(OneSpelling, OwnWords, account.SignupForm):
    labels = {"email": "E-mail address"}

    def try_save(self, request):
        """Create the account, or only seem to: an address in use gets the same answer in the same time."""
        if self.account_already_exists:
            self._save_and_undo(request)
            return super().try_save(request)
        with transaction.atomic():
            return super().try_save(request)

    def _save_and_undo(self, request):
        """Do what a new account costs, its password's hash and its rows, under an address that nobody has."""
        email = self.cleaned_data["email"]
        # Two transactions, because the outer one is committed, which takes time as well.
        with transaction.atomic(), transaction.atomic():
            self.account_already_exists = False
            self.cleaned_data["email"] = f"{token_hex(16)}@example.com"
            stranger = self.save(request)
            # What allauth reads of a new account before it writes to its address.
            has_verified_email(stranger)
            address = get_address_for_user(stranger)
            EmailAddress.objects.get_for_user(address.user, address.email)
            transaction.set_rollback(True)
        self.account_already_exists, self.cleaned_data["email"] = True, email


class AddEmailForm(OneSpelling, OwnWords, account.AddEmailForm):
    labels = {"email": "New e-mail address"}


class ChangePasswordForm(OwnWords, account.ChangePasswordForm):
    labels = {
        "oldpassword": "Current password",
        "password1": "New password",
        "password2": "New password again",
    }


class SetPasswordForm(OwnWords, account.SetPasswordForm):
    labels = {"password2": "Password again"}


class ResetPasswordForm(OwnWords, account.ResetPasswordForm):
    labels = {"email": "E-mail address"}

    def clean_email(self):
        """Return the address, and note whose it is with as many queries as for one without an account."""
        email = usable(self.cleaned_data["email"])
        self.users = list(CustomUser.objects.filter(email=email, is_active=True))
        return email


class ResetPasswordKeyForm(OwnWords, account.ResetPasswordKeyForm):
    labels = {"password1": "New password", "password2": "New password again"}


class ReauthenticateForm(OwnWords, account.ReauthenticateForm):
    pass


class EraseGuestForm(forms.Form):
    """A box to tick; guests have no password to ask for."""

    sure = forms.BooleanField(
        label="Yes, erase my data for good",
        error_messages={"required": "Please tick the box if you want to erase your data."},
    )


class EraseAccountForm(OwnWords, account.ReauthenticateForm):
    """The password again, and a box to tick."""

    sure = forms.BooleanField(
        label="Yes, erase my account for good",
        error_messages={"required": "Please tick the box if you want to erase your account."},
    )


class ConfirmEmailForm(OwnWords, account.ConfirmEmailVerificationCodeForm):
    labels = {"code": "Code from the e-mail"}


class PublicNameForm(forms.ModelForm):
    """The name that signs this reader's reviews."""

    class Meta:
        model = CustomUser
        fields = ["username"]
        widgets = {"username": forms.TextInput(attrs={"autocomplete": "nickname"})}

    def clean_username(self):
        """Return the name on one line."""
        return " ".join(self.cleaned_data["username"].split())

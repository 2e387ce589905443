from django.conf import settings
from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models.functions import Lower

from users.addresses import normalised
from users.fields import AddressField, NameField

# RFC 2606 reserves .invalid, so that no mail ever arrives there.
ERASED_DOMAIN = "erased.invalid"
GUEST_DOMAIN = "guest.invalid"


class CustomUserManager(UserManager):
    """Creates and finds people by their e-mail address, however it is spelled."""

    def create_user(self, email, password=None, **extra_fields):
        """Save a reader; raises ValueError without an address."""
        return self._save(email, password, **{"is_staff": False, "is_superuser": False} | extra_fields)

    def create_superuser(self, email, password=None, **extra_fields):
        """Save a member of staff who may do everything; their address counts as confirmed.

        Whoever makes one has the server's shell, and a new shop may not be able to send a code yet.
        """
        user = self._save(email, password, **{"is_staff": True, "is_superuser": True} | extra_fields)
        user.emailaddress_set.create(email=user.email, verified=True, primary=True)
        return user

    def with_perm(self, perm, **options):
        """Return who holds a permission; of the two backends, only the first knows."""
        return super().with_perm(perm, backend=settings.AUTHENTICATION_BACKENDS[0], **options)

    def get_by_natural_key(self, email):
        return self.get(email=self.normalize_email(email))

    @classmethod
    def normalize_email(cls, email):
        return normalised(email)

    def _save(self, email, password, **fields):
        if not email:
            raise ValueError("A person needs an e-mail address.")
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class CustomUser(AbstractUser):
    """A person with an account. They log in with the e-mail address; the public name is only shown.

    Or a guest, who bought without an account: their address is made up, nothing logs in with it, and only the
    browser in which they bought is theirs (users/guests/).
    """

    username = NameField(
        "public name",
        max_length=60,
        blank=True,
        help_text="Shown beside your reviews. Leave it empty to appear as “A reader”.",
    )
    first_name = NameField("first name", max_length=150, blank=True)
    last_name = NameField("last name", max_length=150, blank=True)
    email = AddressField("e-mail address", unique=True)

    is_guest = models.BooleanField("guest", default=False, db_default=False, editable=False)
    # The account that has what this guest bought, since its owner said so.
    moved_to = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )

    # Part of the export that a person can ask for.
    exported_fields = ("email", "username", "first_name", "last_name", "date_joined", "last_login")

    objects = CustomUserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = []

    class Meta:
        verbose_name = "user"
        indexes = [models.Index(fields=["-date_joined", "-id"], name="user_newest")]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_unique_in_any_case",
                violation_error_message="Somebody already uses this e-mail address.",
            ),
            # A domain has one ASCII form but several in Unicode, which would be several accounts.
            models.CheckConstraint(
                condition=~models.Q(email__regex=r"@.*[^ -~]"),
                name="user_email_domain_is_ascii",
                violation_error_message="No mail can be sent to this domain.",
            ),
            models.CheckConstraint(
                condition=models.Q(is_guest=False, moved_to=None)
                & ~models.Q(email__endswith=f"@{GUEST_DOMAIN}")
                | models.Q(
                    is_guest=True, email__endswith=f"@{GUEST_DOMAIN}", is_staff=False, is_superuser=False
                ),
                name="user_guest_has_no_address",
                violation_error_message="Guests, and only they, have no e-mail address and no staff rights.",
            ),
        ]

    def __str__(self):
        return f"Guest {self.pk}" if self.is_guest else self.email

    @property
    def address(self):
        """The e-mail address to write to; empty for guests and erased accounts."""
        return "" if self.is_guest or self.is_erased else self.email

    @property
    def is_erased(self):
        """Whether the account was erased; there is no address to write to."""
        return self.email.endswith(f"@{ERASED_DOMAIN}")

    @property
    def public_name(self):
        """What others see of this person; never the address."""
        return public_name(self.username, self.first_name, self.last_name)


def public_name(username, first_name, last_name):
    """Return what others see of the person with these names."""
    return username or f"{first_name} {last_name}".strip() or "A reader"


class LetterPlace(models.Model):
    """One of the few unrequested letters that an e-mail address may get in an hour."""

    name = models.CharField(max_length=64, primary_key=True)
    free_at = models.DateTimeField(db_index=True)

    def __str__(self):
        return self.name


class NewsletterConsent(models.Model):
    """Somebody's consent to a newsletter, as they gave it, with the proof of it.

    Without `confirmed_at` only asked for: anybody could have typed the address. What counts is the latest;
    with `ended_at` it counts no more. Nothing else is kept of the person: no network address, no browser.
    """

    class EndedBy(models.TextChoices):
        LINK = "link", "The link in a letter"
        ACCOUNT = "account", "The reader, in the account"

    email = AddressField("e-mail address", db_index=True)
    # Who confirmed it: an account, or the guest of a browser.
    reader = models.ForeignKey(
        CustomUser, on_delete=models.SET_NULL, null=True, related_name="newsletter_consents"
    )
    # The address of the page, and what it said beside the box that was ticked there.
    page = models.CharField(max_length=300)
    sentence = models.TextField()
    version = models.PositiveIntegerField()
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=10, choices=EndedBy, blank=True)

    exported_fields = (
        "email",
        "page",
        "sentence",
        "version",
        "asked_at",
        "confirmed_at",
        "ended_at",
        "ended_by",
    )
    erased_with_account = True

    class Meta:
        ordering = ["-asked_at", "-id"]
        verbose_name = "newsletter consent"
        default_permissions = ("view",)
        permissions = [("export_newsletter", "Can export the addresses for the newsletter")]
        indexes = [models.Index(fields=["-asked_at", "-id"], name="consent_newest")]
        constraints = [
            models.UniqueConstraint(
                fields=["email", "page"],
                condition=models.Q(confirmed_at=None, ended_at=None),
                name="consent_asked_once_per_page",
            ),
        ]

    def __str__(self):
        return f"{self.email}, {self.asked_at:%d %B %Y}"

    @property
    def is_live(self):
        """Whether the newsletter may be sent to the address because of it."""
        return self.confirmed_at is not None and self.ended_at is None

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models.functions import Lower

from users.addresses import normalised
from users.fields import AddressField, NameField

# RFC 2606 reserves .invalid, so that no mail ever arrives there.
ERASED_DOMAIN = "erased.invalid"


class CustomUserManager(UserManager):
    """Creates and finds people by their e-mail address, however it is spelled."""

    def create_user(self, email, password=None, **extra_fields):
        """Save a reader; raises ValueError without an address."""
        return self._save(email, password, **{"is_staff": False, "is_superuser": False} | extra_fields)

    def create_superuser(self, email, password=None, **extra_fields):
        """Save a member of staff who may do everything."""
        return self._save(email, password, **{"is_staff": True, "is_superuser": True} | extra_fields)

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
    """A person with an account. They log in with the e-mail address; the public name is only shown."""

    username = NameField(
        "public name",
        max_length=60,
        blank=True,
        help_text="Shown beside your reviews. Leave it empty to appear as “A reader”.",
    )
    first_name = NameField("first name", max_length=150, blank=True)
    last_name = NameField("last name", max_length=150, blank=True)
    email = AddressField("e-mail address", unique=True)

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
        ]

    def __str__(self):
        return self.email

    @property
    def address(self):
        """The e-mail address to write to; empty for erased accounts."""
        return "" if self.is_erased else self.email

    @property
    def is_erased(self):
        """Whether the account was erased; there is no address to write to."""
        return self.email.endswith(f"@{ERASED_DOMAIN}")

    @property
    def public_name(self):
        """What others see of this person; never the address."""
        return self.username or self.get_full_name() or "A reader"


class LetterPlace(models.Model):
    """One of the few unrequested letters that an e-mail address may get in an hour."""

    name = models.CharField(max_length=64, primary_key=True)
    free_at = models.DateTimeField(db_index=True)

    def __str__(self):
        return self.name

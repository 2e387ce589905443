"""Who a guest's session belongs to."""

from users.models import CustomUser


class GuestBackend:
    """Loads the guest of a session. It authenticates nobody, so that no form logs in as a guest.

    What guests may do is asked of EmailBackend, as for everybody.
    """

    def authenticate(self, request):
        """Return None: a guest has no credentials."""

    def get_user(self, user_id):
        """Return the guest with this id, or None if there is none whose books are still here."""
        return CustomUser.objects.filter(pk=user_id, is_guest=True, is_active=True).first()

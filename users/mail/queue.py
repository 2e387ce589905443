"""What becomes of queued letters: when they are tried again, and how soon the shop forgets what they say."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from post_office.mail import get_queued, send_queued_mail_until_done
from post_office.models import STATUS, Attachment, Email
from post_office.utils import cleanup_expired_mails

# Soon at first, because a code lives ten minutes; each wait is twice the one before. With MAX_RETRIES of
# the settings that makes a day, in which somebody notices that the mail server is down.
FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(hours=1)
# Long enough to answer "I never got your letter", then nobody's business any more.
KEPT = timedelta(days=90)


def send(lockfile):
    """Send every letter that is due, unless another process holds the lock; plan retries, forget the rest."""
    if get_queued().exists():
        send_queued_mail_until_done(lockfile=lockfile, log_level=1)
        back_off()
        forget_texts()


def wait_before(retry):
    """Return how long a letter that failed waits before its first, second, ... retry."""
    return min(FIRST_WAIT * 2 ** (retry - 1), LONGEST_WAIT)


def back_off():
    """Give every letter that failed the time of its next try; post_office knows only one wait for all."""
    moved = []
    for letter in Email.objects.filter(status=STATUS.requeued).defer("message", "html_message"):
        due = letter.last_updated + wait_before(letter.number_of_retries)
        if letter.scheduled_time != due:
            letter.scheduled_time = due
            moved.append(letter)
    Email.objects.bulk_update(moved, ["scheduled_time"])


def forget_texts():
    """Empty letters that are sent or have failed for good: what remains is to whom, about what and when.

    They may hold codes and links that let somebody in.
    """
    done = Email.objects.filter(status__in=[STATUS.sent, STATUS.failed])
    emptied = Q(message="", html_message="", context__isnull=True, headers__isnull=True)
    done.exclude(emptied).update(message="", html_message="", context=None, headers=None)
    Attachment.emails.through.objects.filter(email__in=done).delete()


def tidy():
    """Give up letters whose code or link no longer works, and delete what is older than KEPT."""
    now = timezone.now()
    waiting = Email.objects.filter(status__in=[STATUS.queued, STATUS.requeued])
    waiting.filter(expires_at__lte=now).update(status=STATUS.failed, last_updated=now)
    back_off()
    forget_texts()
    cleanup_expired_mails(now - KEPT)

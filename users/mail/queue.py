"""Queued letters: when a failed one is tried again, and when their text is deleted."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from post_office.mail import get_queued, send_queued_mail_until_done
from post_office.models import STATUS, Attachment, Email
from post_office.utils import cleanup_expired_mails

# Soon at first, because a code works for ten minutes; each wait is twice the one before. With MAX_RETRIES in
# the settings that makes a day, enough to notice that the mail server is down.
FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(hours=1)
# Long enough to answer "I never got your letter".
KEPT = timedelta(days=90)


def send(lockfile):
    """Send every letter that is due, unless another process holds the lock; plan retries, empty the rest."""
    if get_queued().exists():
        send_queued_mail_until_done(lockfile=lockfile, log_level=1)
        back_off()
        forget_texts()


def wait_before(retry):
    """Return how long a letter that failed waits before its first, second, ... retry."""
    return min(FIRST_WAIT * 2 ** (retry - 1), LONGEST_WAIT)


def back_off():
    """Set the next try of each failed letter; post_office itself has one wait for all of them."""
    moved = []
    for letter in Email.objects.filter(status=STATUS.requeued).defer("message", "html_message"):
        due = letter.last_updated + wait_before(letter.number_of_retries)
        if letter.scheduled_time != due:
            letter.scheduled_time = due
            moved.append(letter)
    Email.objects.bulk_update(moved, ["scheduled_time"])


def forget_texts():
    """Empty letters that were sent or have failed for good; recipient, subject and times remain.

    Their text may hold codes and links that let somebody in.
    """
    done = Email.objects.filter(status__in=[STATUS.sent, STATUS.failed])
    emptied = Q(message="", html_message="", context__isnull=True, headers__isnull=True)
    done.exclude(emptied).update(message="", html_message="", context=None, headers=None)
    Attachment.emails.through.objects.filter(email__in=done).delete()


def tidy():
    """Fail letters whose code or link no longer works, and delete those older than KEPT."""
    now = timezone.now()
    waiting = Email.objects.filter(status__in=[STATUS.queued, STATUS.requeued])
    waiting.filter(expires_at__lte=now).update(status=STATUS.failed, last_updated=now)
    back_off()
    forget_texts()
    cleanup_expired_mails(now - KEPT)

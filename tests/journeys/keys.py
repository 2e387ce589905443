"""Keys after which the page or the frame in which they were pressed is gone."""

from contextlib import suppress

from playwright.sync_api import TimeoutError, expect

# In milliseconds.
KEY_TIMEOUT = 10_000


def press(target, key):
    """Press a key where the focus is, on this target.

    Chromium now and then never acknowledges a key that leads to another page or closes a frame, and
    `page.keyboard` would wait for ever. What the key did, the test asks.
    """
    expect(target).to_be_focused()
    with suppress(TimeoutError):
        target.press(key, timeout=KEY_TIMEOUT)

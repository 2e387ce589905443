"""What this process keeps of rendered pages and their pieces: the most recently used, in bounded memory."""

from contextlib import suppress
from hashlib import blake2b
from threading import Lock

from cachetools import LRUCache
from django.conf import settings

# Bytes for each process: about 150 pages of the catalogue, or 500 of a book.
MOST = 8 * 1024**2
# About a thousand cards.
MOST_OF_PIECES = 4 * 1024**2
# What Python needs for an entry beside its content.
ENTRY = 512


# Whatever is kept has a `size`, the bytes of its content.
_kept = LRUCache(MOST, getsizeof=lambda page: page.size + ENTRY)
_pieces = LRUCache(MOST_OF_PIECES, getsizeof=lambda piece: piece.size + ENTRY)
_lock = Lock()


def keep(revision, key, make):
    """Return what is kept for this key since this revision, or else make it and keep it.

    Two threads that ask at the same time may both make it. Without a revision nothing is kept, nor with
    DEBUG, where a changed template must show at once.
    """
    # All keys have one length, whatever somebody types into an address.
    digest = blake2b(repr((revision, key)).encode(), digest_size=16).digest()
    return _kept_or_made(_kept, digest, make, is_to_be_kept=bool(revision))


def keep_piece(key, make):
    """Return the piece that is kept for this key, or else make it and keep it.

    It is kept under any revision, so the key has to hold everything that the piece shows.
    """
    return _kept_or_made(_pieces, key, make)


def _kept_or_made(cache, key, make, *, is_to_be_kept=True):
    # get() would look the key up twice, and hashing a long key takes time.
    with _lock, suppress(KeyError):
        return cache[key]
    made = make()
    if is_to_be_kept and not settings.DEBUG:
        # Too large for all that may be kept: it is answered and forgotten.
        with _lock, suppress(ValueError):
            cache[key] = made
    return made


def used():
    """Return how many bytes the kept pages have."""
    return _kept.currsize


def used_by_pieces():
    """Return how many bytes the kept pieces have."""
    return _pieces.currsize


def forget():
    """Keep nothing any more."""
    with _lock:
        _kept.clear()
        _pieces.clear()

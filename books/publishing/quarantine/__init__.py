"""Strangers' files are opened in a process of their own, with limits on its time and memory.

The shop calls `examining`. That process is `__main__`, with a module for each kind of file: epub, cover,
logo, pdf. Its answer comes back through `handover`; what it says about a book is in `examined`.
"""

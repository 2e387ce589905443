"""Files of strangers are opened in a process of their own, which may use so much time and memory and no more.

`examining` is called by the shop. `__main__` is that process, with a module for each kind of file, and
`handover` how its answer comes back.
"""

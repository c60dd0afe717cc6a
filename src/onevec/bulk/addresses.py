"""Addresses as an error may show them: a path as it is, a URL without what may be a secret."""

import re

LENGTH = 200
"""Characters that are shown."""


def shown(text: str) -> str:
    """An address, or a message that may hold one, without user, password and query.

    >>> shown("postgresql://user:secret@host/base?table=t&password=secret"), shown("data/in.parquet")
    ('postgresql://…@host/base?…', 'data/in.parquet')
    >>> shown("https://user:sec@ret@host/file")
    'https://…@host/file'
    """
    bare = re.sub(r"//[^/\s]*@", "//…@", text)
    return re.sub(r"(://[^\s?]*\?)\S*", r"\1…", bare)[:LENGTH]

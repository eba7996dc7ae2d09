"""A system on which no file may be larger than so many bytes, as on a disk that is full from there on."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_file_larger_than(most: int) -> Iterator[None]:
    """Of this process. Python ignores the signal, so that whoever writes more gets an error."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

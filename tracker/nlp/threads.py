"""Small matrix products on one thread: waking others for them costs more than the work itself."""

from contextlib import AbstractContextManager

import numpy as np  # noqa: F401 - its library must be in memory to be found
from threadpoolctl import ThreadpoolController

_LIBRARIES = ThreadpoolController()


def one_thread() -> AbstractContextManager[object]:
    """While this is entered, products of the whole process run on one thread; ten microseconds to enter and leave."""
    found: AbstractContextManager[object] = _LIBRARIES.limit(limits=1, user_api="blas")
    return found

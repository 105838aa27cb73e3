"""The number format in which networks multiply."""

import torch

from groundmotion.errors import InputError

#: Number formats of a network's products; weights, scores and losses stay float32.
PRECISIONS = ("float32", "bfloat16")


def products_in(precision: str, device: torch.device) -> torch.autocast:
    """Return a context in which networks multiply in a precision.

    Parameters
    ----------
    precision
        One of :data:`PRECISIONS`.
    device
        Where the network is.

    Raises
    ------
    InputError
        For an unknown precision.
    """
    if precision not in PRECISIONS:
        raise InputError(f"precision {precision!r}: expected one of {', '.join(PRECISIONS)}")
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bfloat16")

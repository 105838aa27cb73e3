"""The device that a network runs on."""

import torch

from groundmotion.errors import InputError


def choose_device(name: str) -> torch.device:
    """Return the device for ``auto`` (CUDA where there is one), ``cpu`` or ``cuda``.

    Raises
    ------
    InputError
        If CUDA is asked for and there is none.
    """
    available = torch.cuda.is_available()
    if name == "cuda" and not available:
        raise InputError("device: cuda is asked for, but PyTorch finds none; use auto or cpu")
    return torch.device("cuda" if available and name != "cpu" else "cpu")

"""The error that a user can cause, and mend."""


class InputError(ValueError):
    """Something given by the user cannot be used.

    The message says what was expected, what came, where (file, row, key) and what to do. Scripts
    and the command line print it without a traceback and exit with status 1.
    """

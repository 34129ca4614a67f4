"""What goes wrong: a status of the C library, with its sentence."""


class Error(Exception):
    """The model computes NaN or infinity, or the machine has no more memory."""


class BadArgument(Error, ValueError):
    """An argument of a wrong shape, type or value."""


class BadFile(Error):
    """A file that cannot be read, or is no model, or a saved state of another model."""


class Busy(Error):
    """A session or stream that another thread is using."""


class Unsupported(Error):
    """The model cannot do this: it has no recipe, no classes or no states, or does not take such shapes."""


class Closed(BadArgument):
    """A model, session or stream that was closed."""

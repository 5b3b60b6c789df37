"""What can go wrong with the embedded services."""


class EmbeddedError(RuntimeError):
    """An embedded service cannot be started or stopped; the sentence says what to do."""

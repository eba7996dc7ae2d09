"""How many in a hundred, as people round it. Pure."""


def percentage(part: int, whole: int) -> int:
    """A share of a whole that is not none, to the next number: a half goes up, as in a spreadsheet and at school.

    Python's own `round` takes halves to the next even number: of eight it would make one 12 in a hundred, and three 38.
    """
    return (200 * part + whole) // (2 * whole)

"""The number of a figure that is compared, in words: the same on a page, on paper and in every file."""

from qabot.planning.figures import COUNT, Figure, Line


def plain_number(value: float) -> str:
    """A number without a needless ".0"."""
    return f"{round(value, 1):g}"


def is_hidden(figure: Figure, line: Line, at: int) -> bool:
    """Whether a headline is left out because too few stand behind it."""
    size = line.sizes[at]
    return size is None or bool(figure.kind != COUNT and line.headlines[at] is None and size)


def compared_number(figure: Figure, line: Line, at: int) -> str:
    """A headline with its unit; what is hidden, and what there is nothing to tell of, in words."""
    number = line.headlines[at]
    if is_hidden(figure, line, at):
        return "hidden"
    return "none" if number is None else f"{plain_number(number)}{figure.unit}"


def target_words(figure: Figure) -> str:
    """The target of a figure; "" without one."""
    if figure.target is None:
        return ""
    return f"{'at most' if figure.at_most else 'at least'} {figure.target}%"


def against_target(figure: Figure) -> str:
    """The target, and whether the whole of the period meets it, as a sentence; "" without a target."""
    if figure.target is None:
        return ""
    number = figure.whole.headlines[0]
    if number is None:
        away = " Whether it is met is hidden: fewer than five could be worked out from it."
        return f"Target: {target_words(figure)}.{away if is_hidden(figure, figure.whole, 0) else ''}"
    exact = number if figure.exact is None else figure.exact
    met = exact <= figure.target if figure.at_most else exact >= figure.target
    if met or number != figure.target:
        return f"Target: {target_words(figure)}, {'met' if met else 'not met'} with {plain_number(number)}%."
    # The tables round 69.6 to 70, which meets a target of 70: what is so does not.
    near = f"{plain_number(exact)}%"
    if round(exact, 1) == figure.target:
        near = f"just {'more' if figure.at_most else 'less'} than {figure.target}%"
    return f"Target: {target_words(figure)}, not met with {near}."

"""Checks of arguments. An error is one sentence: the argument, the rule, the value that was given.

Every function returns the value, so that a constructor checks and keeps it in one line. NaN,
infinity, booleans and text are no numbers; whole floats are no integers. (pydantic checks as much,
but reports several lines of its own form and turns text into numbers unless it is told not to.)
"""

import math
from collections.abc import Callable, Sequence
from numbers import Integral, Real
from typing import Any


def number(
    name: str,
    value: Any,
    low: float | None = None,
    high: float | None = None,
    *,
    above: float | None = None,
    below: float | None = None,
    optional: bool = False,
) -> Any:
    """A finite number in a range.

    Args:
        name: The argument, for the message.
        value: What was given.
        low: Least allowed value.
        high: Largest allowed value.
        above: Value that must be exceeded.
        below: Value that must not be reached.
        optional: Whether None is allowed too.

    Raises:
        ValueError: it is something else.
    """
    rule = _range('a number', low, high, above, below)
    return _checked(name, value, _is_number, (low, high, above, below), rule, optional)


def integer(
    name: str,
    value: Any,
    low: int | None = None,
    high: int | None = None,
    *,
    divisor: int = 1,
    optional: bool = False,
) -> Any:
    """An integer in a range, a multiple of ``divisor``; the others as of :func:`number`."""
    rule = _range('an integer', low, high) + (
        f' and a multiple of {divisor}' if divisor > 1 else ''
    )

    def is_multiple(value: Any) -> bool:
        return _is_integer(value) and value % divisor == 0

    return _checked(name, value, is_multiple, (low, high, None, None), rule, optional)


def numbers(
    name: str,
    values: Any,
    count: int | None = None,
    low: float | None = None,
    high: float | None = None,
    *,
    above: float | None = None,
    below: float | None = None,
) -> tuple:
    """A sequence of finite numbers, each in a range, as a tuple.

    Args:
        name: The argument, for the message.
        values: What was given.
        count: How many there must be; by default one or more.
        low, high, above, below: As of :func:`number`.

    Raises:
        ValueError: it is something else.
    """
    rule = _range(f'{count or "a sequence of"} numbers', low, high, above, below)
    return _all_checked(name, values, count, _is_number, (low, high, above, below), rule)


def integers(
    name: str,
    values: Any,
    count: int | None = None,
    low: int | None = None,
    high: int | None = None,
) -> tuple:
    """A sequence of integers, each in a range, as a tuple; arguments as of :func:`numbers`."""
    rule = _range(f'{count or "a sequence of"} integers', low, high)
    return _all_checked(name, values, count, _is_integer, (low, high, None, None), rule)


def size(name: str, value: Any, low: int = 1) -> tuple:
    """A width and a height in whole pixels, as a tuple."""
    rule = f'a width and a height, integers of at least {low}'
    return _all_checked(name, value, 2, _is_integer, (low, None, None, None), rule)


def choice(name: str, value: Any, options: Sequence) -> Any:
    """One of several values; 1 and True, or 1 and 1.0, are not the same."""
    if not any(type(value) is type(option) and value == option for option in options):
        raise ValueError(f'{name} must be one of {", ".join(map(repr, options))}, got {value!r}')
    return value


def flag(name: str, value: Any) -> Any:
    """True or False, and nothing that merely counts as one of them."""
    return choice(name, value, (True, False))


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)


def _is_integer(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _within(value: Real, limits: tuple) -> bool:
    low, high, above, below = limits
    return (
        (low is None or value >= low)
        and (high is None or value <= high)
        and (above is None or value > above)
        and (below is None or value < below)
    )


def _checked(
    name: str, value: Any, kind: Callable, limits: tuple, rule: str, optional: bool
) -> Any:
    if optional and value is None:
        return None
    if not (kind(value) and _within(value, limits)):
        raise ValueError(f'{name} must be {rule}{" or None" if optional else ""}, got {value!r}')
    return value


def _all_checked(
    name: str, values: Any, count: int | None, kind: Callable, limits: tuple, rule: str
) -> tuple:
    # An array, a list and a tuple have a length and are no text; a set has no order.
    listed = hasattr(values, '__len__') and hasattr(values, '__getitem__')
    items = tuple(values) if listed and not isinstance(values, str | bytes | dict) else ()
    if not items or (count is not None and len(items) != count):
        raise ValueError(f'{name} must be {rule}, got {values!r}')
    if not all(kind(item) and _within(item, limits) for item in items):
        raise ValueError(f'{name} must be {rule}, got {values!r}')
    return items


def _range(
    kind: str,
    low: float | None = None,
    high: float | None = None,
    above: float | None = None,
    below: float | None = None,
) -> str:
    """A kind of number with its range in words."""
    if low is not None and high is not None:
        return f'{kind} from {low} to {high}'
    parts = [
        f'{word} {limit}'
        for word, limit in (
            ('of at least', low),
            ('above', above),
            ('of at most', high),
            ('below', below),
        )
        if limit is not None
    ]
    return ' '.join([kind, ' and '.join(parts)]) if parts else kind

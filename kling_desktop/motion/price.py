"""What a video costs: the service's own price rules, or an estimate until they were read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from .limits import VIDEO_MAX_S
from .request import DEFAULT_MODEL, Mode, MotionRequest

# Credits for each second of output. Observed by the authors of service.md; no rate is published.
ESTIMATED_CREDITS_PER_S: Mapping[tuple[str, Mode], float] = {
    ("kling-v2-6", Mode.STANDARD): 0.70,
    ("kling-v2-6", Mode.PRO): 1.12,
    ("kling-v3", Mode.STANDARD): 1.26,
    ("kling-v3", Mode.PRO): 1.68,
}

# A rule nests two or three deep and takes some twenty steps; the service's answers are hostile
# until read, and a "some" in a "some" multiplies.
_MAX_DEPTH = 40
_MAX_STEPS = 5_000


class RuleError(ValueError):
    """A price rule that cannot be evaluated."""


@dataclass(frozen=True, slots=True)
class PriceRule:
    """One rule: plain JSON values, JsonLogic in both fields."""

    conditions: object
    consumption: object


@dataclass(frozen=True, slots=True)
class PriceRules:
    """The rules of one call, in the order in which they are tried."""

    rules: tuple[PriceRule, ...]
    unit: str = "Credit"

    def to_json(self) -> dict[str, Any]:
        rows = [{"conditions": r.conditions, "consumption": r.consumption} for r in self.rules]
        return {"unit": self.unit, "rules": rows}


@dataclass(frozen=True, slots=True)
class Quote:
    """A price for one request."""

    credits: float
    duration_s: float
    estimated: bool  # True: our own figures, because the service's rules are not known
    corrected: bool = False  # our own figures, corrected by what was charged before
    at_most: bool = False  # the clip's length is not known: ``duration_s`` is the longest it may be


def quote(request: MotionRequest, duration_s: float | None, rules: PriceRules | None) -> Quote:
    """The price of a request whose output lasts ``duration_s`` seconds.

    None: its length is not known, and the most it can cost counts.
    """
    length_s = VIDEO_MAX_S[request.orientation] if duration_s is None else duration_s
    at_most = duration_s is None
    if rules is not None:
        try:
            credits = evaluate_rules(rules, request, length_s)
            return Quote(credits, length_s, estimated=False, at_most=at_most)
        except RuleError:
            pass  # rules in a language newer than ours: the estimate is all there is
    rate = ESTIMATED_CREDITS_PER_S.get((request.model or DEFAULT_MODEL, request.mode))
    if rate is None:  # a model we have no figure for: the dearest one, never too low
        rate = max(ESTIMATED_CREDITS_PER_S.values())
    return Quote(rate * length_s, length_s, estimated=True, at_most=at_most)


def evaluate_rules(rules: PriceRules, request: MotionRequest, duration_s: float) -> float:
    """Credits by the first rule that holds. Raises RuleError where none does, and nothing else."""
    try:
        return _first_price(rules, request, duration_s)
    except RuleError:
        raise
    except (
        RecursionError,
        ValueError,
        OverflowError,
    ) as error:  # values too deep, numbers too long
        raise RuleError("a rule that is no rule") from error


def _first_price(rules: PriceRules, request: MotionRequest, duration_s: float) -> float:
    data: dict[str, object] = {
        "model_name": request.model or DEFAULT_MODEL,
        "mode": request.mode.value,
        "character_orientation": request.orientation.value,
        "keep_original_sound": "yes" if request.keep_sound else "no",
        "prompt": request.prompt,
        "duration": duration_s,
    }
    for rule in rules.rules:
        if rule.conditions in (None, {}, [], True) or _truthy(apply(rule.conditions, data)):
            price = _amount(apply(rule.consumption, data))
            if price < 0 or price != price or price == float("inf"):
                raise RuleError("a price that is no amount")
            return price
    raise RuleError("no rule fits this request")


class _Effort:
    """What evaluating one rule has cost so far: how deep we are, and how many steps it took."""

    __slots__ = ("_depth", "_steps")

    def __init__(self) -> None:
        self._depth = self._steps = 0

    def __enter__(self) -> None:
        self._depth += 1
        self._steps += 1
        if self._depth > _MAX_DEPTH or self._steps > _MAX_STEPS:
            raise RuleError("a rule nested too deep or too long to follow")

    def __exit__(self, *_problem: object) -> None:
        self._depth -= 1


def apply(rule: object, data: Mapping[str, object], effort: _Effort | None = None) -> object:
    """Evaluate JsonLogic (jsonlogic.com), the operators of service.md. Raises RuleError."""
    effort = effort or _Effort()
    with effort:
        return _apply(rule, data, effort)


def _apply(rule: object, data: Mapping[str, object], effort: _Effort) -> object:
    if isinstance(rule, list):
        return [apply(item, data, effort) for item in rule]
    if not isinstance(rule, Mapping) or len(rule) != 1:
        return rule
    operator, raw = next(iter(rule.items()))
    arguments = raw if isinstance(raw, list) else [raw]
    if operator in ("and", "or"):
        return _junction(operator, arguments, data, effort)
    if operator == "some":
        return _some(arguments, data, effort)
    if operator == "if":
        return _if(arguments, data, effort)
    return _operate(operator, [apply(a, data, effort) for a in arguments], data)


def _junction(
    operator: str, arguments: Sequence[object], data: Mapping[str, object], effort: _Effort
) -> object:
    value: object = operator == "and"
    for argument in arguments:
        value = apply(argument, data, effort)
        if _truthy(value) is (operator == "or"):
            break
    return value


def _if(arguments: Sequence[object], data: Mapping[str, object], effort: _Effort) -> object:
    for i in range(0, len(arguments) - 1, 2):
        if _truthy(apply(arguments[i], data, effort)):
            return apply(arguments[i + 1], data, effort)
    return apply(arguments[-1], data, effort) if len(arguments) % 2 else None


def _some(arguments: Sequence[object], data: Mapping[str, object], effort: _Effort) -> bool:
    if len(arguments) != 2:
        raise RuleError("some takes two arguments")
    items = apply(arguments[0], data, effort)
    if not isinstance(items, list):
        return False
    for item in items:
        scope = item if isinstance(item, Mapping) else {"": item}
        if _truthy(apply(arguments[1], scope, effort)):
            return True
    return False


def _operate(operator: str, values: list[object], data: Mapping[str, object]) -> object:
    if operator == "var":
        return _var(values, data)
    if operator in ("==", "===", "!=", "!=="):
        _need(values, 2)
        equal = _equal(values[0], values[1], strict=len(operator) == 3)
        return equal is not operator.startswith("!")
    if operator == "in":
        _need(values, 2)
        return _contains(values[1], values[0])
    if operator in ("!", "!!"):
        return _truthy(values[0] if values else None) is (operator == "!!")
    if operator in ("<", "<=", ">", ">="):
        return _compare(operator, [_number(v) for v in values])
    return _calculate(operator, [_amount(v) for v in values])


def _var(values: list[object], data: Mapping[str, object]) -> object:
    name = values[0] if values else ""
    default = values[1] if len(values) > 1 else None
    if name == "":
        return data.get("", data)
    found: object = data
    for part in str(name).split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return default if found is None else found


def _compare(operator: str, numbers: list[float]) -> bool:
    if len(numbers) not in (2, 3):
        raise RuleError(f"{operator} takes two or three numbers")
    tests = {
        "<": lambda a, b: a < b,
        "<=": lambda a, b: a <= b,
        ">": lambda a, b: a > b,
        ">=": lambda a, b: a >= b,
    }
    return all(tests[operator](a, b) for a, b in pairwise(numbers))


def _calculate(operator: str, numbers: list[float]) -> float:
    if operator == "*" and numbers:
        product = 1.0
        for number in numbers:
            product *= number
        return product
    if operator == "+":
        return sum(numbers)
    if operator == "-" and len(numbers) in (1, 2):
        return -numbers[0] if len(numbers) == 1 else numbers[0] - numbers[1]
    if operator == "/" and len(numbers) == 2 and numbers[1]:
        return numbers[0] / numbers[1]
    if operator in ("max", "min") and numbers:
        return max(numbers) if operator == "max" else min(numbers)
    raise RuleError(f"an operator this program does not know: {operator}")


def _need(values: list[object], count: int) -> None:
    if len(values) != count:
        raise RuleError(f"an operator takes {count} values here")


def _equal(a: object, b: object, *, strict: bool) -> bool:
    if strict or type(a) is type(b) or (isinstance(a, int | float) and isinstance(b, int | float)):
        return a == b and isinstance(a, bool) == isinstance(b, bool)
    try:  # JavaScript's loose comparison, as far as prices need it
        return _number(a) == _number(b)
    except RuleError:
        return str(a) == str(b)


def _contains(container: object, item: object) -> bool:
    if isinstance(container, str):
        return str(item) in container
    return isinstance(container, list) and item in container


def _truthy(value: object) -> bool:
    return bool(value)


def _number(value: object) -> float:
    if isinstance(value, bool) or value is None:
        return float(bool(value))
    if isinstance(value, int | float | str):
        try:
            return float(value)
        except (ValueError, OverflowError):
            pass
    raise RuleError(f"not a number but {type(value).__name__}")


def _amount(value: object) -> float:
    """As ``_number``, but nothing is not zero here: a price of 0.00 would be a promise."""
    if value is None or isinstance(value, bool):
        raise RuleError("an amount that is not there")
    return _number(value)

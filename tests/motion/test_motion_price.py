"""Price rules of the service, in JsonLogic, and the estimate where they cannot be used."""

from __future__ import annotations

import json
import sys
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kling_desktop.motion.price import (
    ESTIMATED_CREDITS_PER_S,
    PriceRule,
    PriceRules,
    Quote,
    RuleError,
    apply,
    evaluate_rules,
    quote,
)
from kling_desktop.motion.reading import read
from kling_desktop.motion.request import Mode, MotionRequest, Orientation, Source
from kling_desktop.sandbox.account import COST_RULES

REQUEST = MotionRequest(Source(url="https://e.com/a.png"), Source(url="https://e.com/b.mp4"))
SERVICE = PriceRules(tuple(PriceRule(r["conditions"], r["consumption"]) for r in COST_RULES))
DATA = {
    "mode": "std",
    "duration": 8.0,
    "n": None,
    "deep": {"er": 3},
    "list": [1, 2],
    "rows": [{"x": 1}, {"x": 2}],
}


def rules(*pairs: tuple[object, object]) -> PriceRules:
    return PriceRules(tuple(PriceRule(c, p) for c, p in pairs))


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        ({"==": [{"var": "mode"}, "std"]}, True),
        ({"==": [1, "1"]}, True),  # JavaScript's loose comparison
        ({"==": ["std", "pro"]}, False),
        ({"==": [0, "zero"]}, False),
        ({"===": [1, "1"]}, False),
        ({"===": [1, 1.0]}, True),
        ({"===": [1, True]}, False),
        ({"!=": [1, 2]}, True),
        ({"!==": [1, "1"]}, True),
        ({"in": ["std", ["std", "pro"]]}, True),
        ({"in": ["max", ["std", "pro"]]}, False),
        ({"in": ["v3", "kling-v3"]}, True),
        ({"in": ["x", None]}, False),
        ({"<": [1, 2]}, True),
        ({"<": [2, 2]}, False),
        ({"<=": [2, 2]}, True),
        ({">": [2, 1]}, True),
        ({">": ["10", 9]}, True),
        ({">=": [1, 2]}, False),
        ({"<": [0, {"var": "duration"}, 10]}, True),
        ({"<=": [0, {"var": "duration"}, 5]}, False),
        ({"and": [True, {"var": "mode"}]}, "std"),
        ({"and": [True, 0, "never"]}, 0),
        ({"or": [0, "first", "second"]}, "first"),
        ({"or": [0, False]}, False),
        ({"some": [["a", "b"], {"==": [{"var": ""}, "b"]}]}, True),
        ({"some": [["a"], {"==": [{"var": ""}, "b"]}]}, False),
        ({"some": [{"var": "rows"}, {"==": [{"var": "x"}, 2]}]}, True),
        ({"some": [{"var": "list"}, {">": [{"var": ""}, 1]}]}, True),
        ({"some": [{"var": "nothing"}, True]}, False),
        ({"*": [0.5, {"var": "duration"}]}, 4.0),
        ({"*": [2, 3, 4]}, 24),
        ({"+": [1, 2, 3]}, 6),
        ({"-": [5, 2]}, 3),
        ({"-": [5]}, -5),
        ({"/": [6, 3]}, 2),
        ({"max": [1, 7, 3]}, 7),
        ({"min": [4, 2]}, 2),
        ({"var": "mode"}, "std"),
        ({"var": ["mode"]}, "std"),
        ({"var": ["missing", 5]}, 5),
        ({"var": ["n", 5]}, 5),
        ({"var": "missing"}, None),
        ({"var": "deep.er"}, 3),
        ({"var": "mode.x"}, None),
        ({"!": [0]}, True),
        ({"!!": ["x"]}, True),
        ({"if": [False, 1, True, 2, 3]}, 2),
        ({"if": [False, 1, 3]}, 3),
        ({"if": [False, 1]}, None),
        ("plain", "plain"),
        ([1, {"+": [1, 1]}], [1, 2]),
    ],
)
def test_operators(rule: object, value: object) -> None:
    assert apply(rule, DATA) == value


@pytest.mark.parametrize(
    "rule",
    [
        {"method": ["x", "y"]},
        {"*": []},
        {"*": ["abc", 2]},
        {"*": [0.7, {"var": "missing"}]},  # nothing is not zero: 0.00 would be a promise
        {"*": [0.7, None]},
        {"*": [0.7, True]},
        {"/": [1, 0]},
        {"-": [1, 2, 3]},
        {"<": [1]},
        {"<": [1, 2, 3, 4]},
        {"==": [1]},
        {"in": [1]},
        {"some": [1]},
        {">": [[1], 0]},
    ],
)
def test_a_rule_that_cannot_be_evaluated_raises_rule_error(rule: object) -> None:
    with pytest.raises(RuleError):
        apply(rule, DATA)


@pytest.mark.parametrize(
    ("model", "mode", "credits_per_s"),
    [
        (None, Mode.STANDARD, 0.70),
        ("kling-v2-6", Mode.STANDARD, 0.70),
        ("kling-v2-6", Mode.PRO, 1.12),
        ("kling-v3", Mode.STANDARD, 1.26),
        ("kling-v3", Mode.PRO, 1.68),
    ],
)
@pytest.mark.parametrize("orientation", list(Orientation))
def test_rules_written_like_the_services_give_exact_prices(
    model: str | None, mode: Mode, credits_per_s: float, orientation: Orientation
) -> None:
    request = replace(REQUEST, model=model, mode=mode, orientation=orientation)
    answer = quote(request, 8.4, SERVICE)
    assert answer == Quote(pytest.approx(credits_per_s * 8.4), 8.4, estimated=False)


def test_the_first_rule_that_holds_decides() -> None:
    both = rules(({"==": [{"var": "mode"}, "std"]}, 3), (None, 9))
    assert evaluate_rules(both, REQUEST, 5.0) == 3
    assert evaluate_rules(both, replace(REQUEST, mode=Mode.PRO), 5.0) == 9


@pytest.mark.parametrize("conditions", [None, {}, [], True])
def test_a_rule_without_conditions_always_holds(conditions: object) -> None:
    assert evaluate_rules(rules((conditions, 2.5)), REQUEST, 5.0) == 2.5


def test_sound_facing_and_prompt_can_be_asked_for() -> None:
    conditions = {
        "and": [
            {"==": [{"var": "keep_original_sound"}, "no"]},
            {"==": [{"var": "character_orientation"}, "image"]},
            {"in": ["night", {"var": "prompt"}]},
        ]
    }
    request = replace(
        REQUEST, keep_sound=False, orientation=Orientation.IMAGE, prompt="at night, rain"
    )
    assert evaluate_rules(rules((conditions, 1)), request, 5.0) == 1


@pytest.mark.parametrize(
    "consumption",
    [
        -1,
        float("nan"),
        float("inf"),
        "cheap",
        None,
        True,
        [],
        {"*": [0.7, {"var": "seconds"}]},
        {"pow": [2, 3]},
        10**400,
    ],
)
def test_a_price_that_is_no_amount_becomes_a_marked_estimate(consumption: object) -> None:
    answer = quote(REQUEST, 10.0, rules((None, consumption)))
    assert answer == Quote(pytest.approx(7.0), 10.0, estimated=True)


def test_without_a_rule_that_holds_it_is_a_marked_estimate() -> None:
    assert quote(REQUEST, 10.0, rules((False, 1))).estimated
    assert quote(REQUEST, 10.0, rules()).estimated


def test_before_the_rules_are_read_it_is_a_marked_estimate() -> None:
    for (model, mode), rate in ESTIMATED_CREDITS_PER_S.items():
        answer = quote(replace(REQUEST, model=model, mode=mode), 10.0, None)
        assert answer == Quote(pytest.approx(rate * 10), 10.0, estimated=True)


def test_a_model_without_a_figure_is_estimated_at_the_dearest() -> None:
    answer = quote(replace(REQUEST, model="kling-v9"), 10.0, None)
    assert answer.credits == pytest.approx(16.8)


def test_a_rule_nested_too_deep_is_no_rule() -> None:
    deep: object = 1
    for _ in range(60):
        deep = {"+": [deep, 1]}
    with pytest.raises(RuleError):
        evaluate_rules(rules((None, deep)), REQUEST, 5.0)


def test_values_nested_too_deep_to_compare_are_no_rule_and_end_nothing() -> None:
    """How deep that is depends on Python: from 3.14 on it compares as deep as its stack goes."""
    left: object = 1
    right: object = 1
    for _ in range(50_000):
        left, right = [left], [right]
    same = {"==": [{"a": left, "b": 1}, {"a": right, "b": 1}]}
    try:
        assert evaluate_rules(rules((same, 1)), REQUEST, 5.0) == 1
    except RuleError:
        return
    assert sys.version_info >= (3, 14)


def test_rules_that_multiply_are_given_up_instead_of_hanging() -> None:
    body: object = False
    for _ in range(15):
        body = {"some": [[0] * 50, body]}
    with pytest.raises(RuleError):
        evaluate_rules(rules((body, 1)), REQUEST, 5.0)


OPERATORS = [
    "==",
    "===",
    "!=",
    "!==",
    "in",
    "<",
    "<=",
    ">",
    ">=",
    "and",
    "or",
    "some",
    "*",
    "+",
    "-",
    "/",
    "max",
    "min",
    "var",
    "!",
    "!!",
    "if",
    "method",
]
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["mode", "duration", "", "std", "prompt.x"])
)
RULES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(OPERATORS), inner, max_size=2)
        | st.builds(lambda o, a: {o: a}, st.sampled_from(OPERATORS), st.lists(inner, max_size=4))
    ),
    max_leaves=30,
)


@settings(max_examples=400)
@given(RULES, RULES)
def test_whatever_the_service_sends_there_is_an_amount_or_a_marked_estimate(
    conditions: object, consumption: object
) -> None:
    hostile = rules((conditions, consumption))
    try:
        exact: float | None = evaluate_rules(hostile, REQUEST, 5.0)
    except RuleError:
        exact = None
    answer = quote(REQUEST, 5.0, hostile)
    assert answer.estimated is (exact is None)
    assert 0 <= answer.credits < float("inf")


def test_rules_survive_json() -> None:
    assert read(PriceRules, json.loads(json.dumps(SERVICE.to_json()))) == SERVICE


@pytest.mark.parametrize(("orientation", "longest_s"), [("image", 10.0), ("video", 30.0)])
@pytest.mark.parametrize("known", [SERVICE, None])
def test_without_a_length_it_is_the_most_that_it_can_cost(
    orientation: str, longest_s: float, known: PriceRules | None
) -> None:
    request = replace(REQUEST, orientation=Orientation(orientation))
    most = quote(request, None, known)
    assert most.at_most
    assert most == replace(quote(request, longest_s, known), at_most=True)

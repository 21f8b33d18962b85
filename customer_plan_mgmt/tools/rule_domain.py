"""Rules over metric values written as Odoo domains.

A rule looks like a domain but its left-hand sides are metric codes, for example
``[('orders_12m', '>=', 2), ('days_since_last', '<=', 180)]``. This module reads
such a text and refuses everything that could not be evaluated later.

>>> names = {"orders": "number", "stage": "text"}
>>> parse_rule("[('orders', '>=', 2)]", names)
[('orders', '>=', 2)]
>>> parse_rule("[('order', '>=', 2)]", names)
Traceback (most recent call last):
    ...
odoo.addons.customer_plan_mgmt.tools.rule_domain.RuleError: unknown name 'order'
"""

import ast

from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

# Logs and tracebacks, which know no user, get English
_lt = LazyTranslate(__name__, default_lang="en_US")

OPERATORS = {
    "number": {"=", "!=", "<", "<=", ">", ">=", "in", "not in"},
    "text": {"=", "!=", "in", "not in"},
}


# Beyond any metric and still a number for the database
HUGE = 1e300


class RuleError(ValueError):
    """A rule that cannot be evaluated; ``reason`` says why, in any language."""

    @property
    def reason(self):
        """The lazy text, for ``env._(…)``."""
        return self.args[0]


def parse_rule(text, names):
    """Return the rule ``text`` as a :class:`Domain`.

    :param str text: a Python literal: a list in Odoo's prefix notation
    :param dict names: allowed left-hand sides, each ``'number'`` or ``'text'``
    :raise RuleError: when the text is no list, is badly formed, or uses a name,
        an operator or a value that makes no sense
    """
    try:
        items = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError) as error:
        raise RuleError(_lt("this is not a list of conditions")) from error
    if not isinstance(items, list):
        raise RuleError(_lt("this is not a list of conditions"))
    for item in items:
        if isinstance(item, (list, tuple)):
            _check_condition(item, names)
        elif item not in ("&", "|", "!"):
            raise RuleError(
                _lt("%s is neither a condition nor one of & | !", repr(item))
            )
    try:
        return Domain(items)
    except (ValueError, TypeError, AssertionError, IndexError) as error:
        raise RuleError(_lt("the operators & | ! do not fit the conditions")) from error


def _check_condition(item, names):
    if len(item) != 3 or not isinstance(item[0], str):
        raise RuleError(_lt("%s is not a condition of three parts", repr(item)))
    name, operator, value = item
    if name not in names:
        raise RuleError(_lt("unknown name %s", repr(name)))
    kind = names[name]
    if not isinstance(operator, str) or operator not in OPERATORS[kind]:
        raise RuleError(
            _lt(
                "%(operator)s cannot be used with %(name)s",
                operator=repr(operator),
                name=repr(name),
            )
        )
    if operator in ("in", "not in"):
        if not isinstance(value, (list, tuple, set)) or not value:
            raise RuleError(
                _lt(
                    "%(operator)s needs a list of values after %(name)s",
                    operator=repr(operator),
                    name=repr(name),
                )
            )
        values = value
    else:
        values = [value]
    for element in values:
        _check_value(name, operator, element, kind)


def _check_value(name, operator, value, kind):
    if value is False and operator in ("=", "!="):
        return  # "is missing" / "is known"
    if kind == "text":
        valid = isinstance(value, str)
    else:
        valid = (
            isinstance(value, (int, float))
            and not isinstance(value, bool)
            and -HUGE < value < HUGE  # false for NaN, true for no infinity
        )
    if not valid:
        raise RuleError(
            _lt(
                "%(value)s cannot be compared with %(name)s",
                value=repr(value),
                name=repr(name),
            )
        )

"""What makes a rule raise a warning, as SQL over the facts of a day."""

from odoo.tools import SQL


class Trigger:
    """One kind of trigger of one rule over one :class:`Facts`.

    A statement is put together from three parts: ``joins`` (further relations, joined
    to the facts, which are called ``f``), ``condition`` and ``found`` (what a warning
    remembers of the customer: ``{name: SQL}``). Columns of metrics (``m<id>``) occur
    once in the statement; joined relations must use other names.

    :param rule: ``cpm.warning.rule``
    :param facts: :class:`Facts`
    """

    # Whether the records tell what the trigger would have found on a past day
    knows_past = True

    def __init__(self, rule, facts):
        self.rule = rule
        self.facts = facts
        self.as_of = facts.as_of
        self.company = facts.company
        self.env = facts.env

    def joins(self):
        """Return the joins that follow the facts."""
        return SQL("")

    def condition(self):
        """Return when a customer is warned of."""
        raise NotImplementedError

    def found(self):
        """Return ``{name: SQL}``, the facts of the customer a warning keeps."""
        raise NotImplementedError


def figure(rule, facts):
    """Return what the rule looks at, a metric or a score, as SQL."""
    if rule.measure == "metric":
        return facts.value(rule.metric_id)
    return SQL("f.%s", SQL.identifier(rule.measure))

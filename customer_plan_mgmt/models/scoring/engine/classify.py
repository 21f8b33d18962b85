"""From scores to tier and lifecycle stage, as SQL."""

import logging

from odoo.tools import SQL

from ....tools.rule_domain import RuleError
from .points import literal

_logger = logging.getLogger(__name__)

_COMPARISONS = {
    operator: SQL(operator) for operator in ("=", "!=", "<", "<=", ">", ">=")
}
_OLD_STAGE = SQL("old_stage_id")


class TierRule:
    """The tier rule of one company over columns of the stage.

    Expects the columns ``value_score``, ``value_place`` (customers with a higher
    score), ``value_base`` (customers with a score), ``old_tier_id``, ``old_origin``,
    ``tier_since`` and ``tier_locked_until``.

    :param tiers: ``cpm.tier`` records in use, the highest first
    :param as_of: date
    :param thresholds: optional ``{tier id: {field: value}}`` overriding the stored
        thresholds, for a dry run
    """

    def __init__(self, tiers, as_of, thresholds=None):
        self.as_of = as_of
        self.thresholds = thresholds or {}
        self.tiers = tiers.sorted(lambda tier: (-self._rank(tier), tier.id))

    def _get(self, tier, name):
        return self.thresholds.get(tier.id, {}).get(name, tier[name])

    def _rank(self, tier):
        if tier.basis == "score":
            return self._get(tier, "promotion_threshold")
        return 100 - self._get(tier, "promotion_top_percent")

    @property
    def uses_base(self):
        """Whether a tier depends on the other customers' scores."""
        return any(tier.basis == "top_percent" for tier in self.tiers)

    def _reached(self, tier, side):
        """Return the condition that the score is enough; ``side`` is
        ``promotion`` (to enter) or ``demotion`` (to stay)."""
        if tier.basis == "score":
            threshold = self._get(tier, f"{side}_threshold")
            return SQL("value_score >= %s", literal(threshold))
        percent = self._get(tier, f"{side}_top_percent")
        # numeric: with binary floats 1.1 % of 3,000 customers would be 34
        return SQL("value_place < value_base * %s::numeric / 100", float(percent))

    def place(self, tier_column):
        """Return the place of a tier, 0 for the highest; NULL for none or one not
        in use."""
        if not self.tiers:
            return SQL("NULL::integer")
        cases = [
            SQL("WHEN %s THEN %s", tier.id, place)
            for place, tier in enumerate(self.tiers)
        ]
        return SQL("(CASE %s %s END)", tier_column, SQL(" ").join(cases))

    def by_score(self):
        """Return the tier the score alone asks for.

        A customer keeps its tier, and on the way down stops at the first one, whose
        demotion threshold is still reached; upwards the promotion threshold counts.
        """
        if not self.tiers:
            return SQL("old_tier_id")
        old = self.place(SQL("old_tier_id"))
        cases = [
            SQL(
                "WHEN CASE WHEN %(old)s <= %(place)s THEN %(stay)s ELSE %(enter)s END"
                " THEN %(tier)s",
                old=old,
                place=place,
                stay=self._reached(tier, "demotion"),
                enter=self._reached(tier, "promotion"),
                tier=tier.id,
            )
            for place, tier in enumerate(self.tiers)
        ]
        return SQL(
            "(CASE WHEN value_score IS NULL THEN old_tier_id %s END)",
            SQL(" ").join(cases),
        )

    def is_locked(self):
        """Return the condition that a tier given by a person still holds."""
        return SQL(
            """(old_tier_id IS NOT NULL AND (
                tier_locked_until >= %(day)s
                OR (old_origin = 'manual' AND tier_locked_until IS NULL)))""",
            day=self.as_of,
        )

    def is_too_early(self):
        """Return the condition that the minimum stay forbids to leave downwards."""
        stays = [
            SQL("WHEN %s THEN %s", tier.id, tier.minimum_stay_days)
            for tier in self.tiers
            if tier.minimum_stay_days
        ]
        if not stays:
            return SQL("FALSE")
        return SQL(
            "(tier_since + (CASE old_tier_id %s ELSE 0 END) > %s)",
            SQL(" ").join(stays),
            self.as_of,
        )

    def is_demotion(self, new):
        """Return the condition that ``new`` is below the current tier."""
        return SQL(
            """(old_tier_id IS NOT NULL AND %(new)s IS DISTINCT FROM old_tier_id
                AND COALESCE(%(new_place)s, 9999) > COALESCE(%(old_place)s, 9999))""",
            new=new,
            new_place=self.place(new),
            old_place=self.place(SQL("old_tier_id")),
        )

    def decide(self, score_tier):
        """Return the tier the rule decides for, given ``score_tier``."""
        return SQL(
            """CASE WHEN %(locked)s THEN old_tier_id
                    WHEN %(down)s AND %(early)s THEN old_tier_id
                    ELSE %(new)s END""",
            locked=self.is_locked(),
            down=self.is_demotion(score_tier),
            early=self.is_too_early(),
            new=score_tier,
        )


class LifecycleRule:
    """The lifecycle rules over metric values and facts.

    :param stages: the ``cpm.lifecycle.stage`` records in use
    :param names: what rules may mention (see ``_rule_names`` there)
    :param metrics: the ``cpm.metric`` records that have values
    :param values: :class:`points.Values`
    :param facts: ``{name: SQL}`` for the names of ``_rule_facts``
    """

    def __init__(self, stages, names, *, metrics, values, facts):
        self.stages = stages
        self.names = names
        self.columns = {metric.code: values.of(metric) for metric in metrics}
        self.columns.update(facts)

    def decide(self, current=_OLD_STAGE):
        """Return the first stage whose rule holds, else the ``current`` one.

        While one rule cannot be used nobody moves: the stages after it would catch
        the customers that belong into it. Its form says why.
        """
        cases = []
        for stage in self.stages:
            try:
                domain = stage._parse_rule(self.names)
                self._check_measured(domain)
            except RuleError as error:
                _logger.warning("Lifecycle rule of %s: %s", stage.code, error)
                return current
            if domain is not None:
                condition = self._condition(domain)
                cases.append(SQL("WHEN %s THEN %s", condition, stage.id))
        if not cases:
            return current
        return SQL("(CASE %s ELSE %s END)", SQL(" ").join(cases), current)

    def _check_measured(self, domain):
        """:raise RuleError: for a metric without values, of which "no data" would
        come true for everybody"""
        used = (
            {item.field_expr for item in domain.iter_conditions()} if domain else set()
        )
        missing = used - self.columns.keys()
        if missing:
            raise RuleError(f"not measured: {', '.join(sorted(missing))}")

    def _condition(self, domain):
        """Return the rule as SQL.

        Not through the domain's own translation, in which "not more than 3" holds for
        a missing value: here it satisfies neither a comparison nor its opposite.
        """
        if domain.is_true():
            return SQL("TRUE")
        return self._read(iter(list(domain)))

    def _read(self, tokens):
        """Return the SQL of one complete condition of the prefix notation."""
        token = next(tokens)
        if token == "!":
            return SQL("(NOT %s)", self._read(tokens))
        if token in ("&", "|"):
            operator = SQL("AND") if token == "&" else SQL("OR")
            return SQL("(%s %s %s)", self._read(tokens), operator, self._read(tokens))
        return self._leaf(*token)

    def _leaf(self, name, operator, value):
        # A metric that is archived or failed has no values: nothing matches it
        left = self.columns.get(name, SQL("NULL"))
        if value is False:
            missing = SQL("IS NULL") if operator == "=" else SQL("IS NOT NULL")
            return SQL("(%s %s)", left, missing)
        if operator in ("in", "not in"):
            return SQL(
                "(%s %s %s)",
                left,
                SQL("IN") if operator == "in" else SQL("NOT IN"),
                tuple(value),
            )
        return SQL("(%s %s %s)", left, _COMPARISONS[operator], value)

"""The churn probability of all customers as one SELECT."""

from odoo.tools import SQL

from odoo.addons.customer_plan_mgmt.models.scoring.engine.points import literal

from ..tools.formula import CLAMP

MOST_REASONS = 3


class Score:
    """``tools/formula.py`` in SQL; both must agree.

    :param facts: :class:`Facts` of the day
    :param float intercept: of the formula
    :param terms: list of :class:`Term`
    :param loss_metric: customers without a value of it never bought and have none
    """

    def __init__(self, facts, intercept, terms, loss_metric):
        self.facts = facts
        self.intercept = intercept
        self.terms = terms
        self.loss_metric = loss_metric
        metrics = facts.env["cpm.metric"].browse([term.metric for term in terms])
        self.values = {
            metric.id: facts.value(metric)
            for metric in metrics
            if metric | metric.numerator_id | metric.denominator_id
            <= facts.stage.metrics
        }

    def _x(self, term):
        """Return ``t(value)`` of a term, 0 where missing. By a metric archived since
        the training everybody is average."""
        if term.metric not in self.values:
            return literal(term.mean)
        value = self.values[term.metric]
        if term.transform == "log":
            value = SQL("(sign(%s) * ln(1 + abs(%s)))", value, value)
        return SQL("COALESCE(%s, 0)", value)

    def _absent(self, term):
        """Return 1 where the value of a term is missing and that counts, else 0."""
        if term.metric not in self.values:
            return literal(term.missing_mean)
        if term.missing != "apart":
            return SQL("0")
        value = self.values[term.metric]
        return SQL("(CASE WHEN %s IS NULL THEN 1 ELSE 0 END)", value)

    def _probability(self):
        parts = [literal(self.intercept)]
        for term in self.terms:
            parts.append(SQL("%s * %s", literal(term.coefficient), self._x(term)))
            if term.missing_coefficient:
                parts.append(
                    SQL(
                        "%s * %s",
                        literal(term.missing_coefficient),
                        self._absent(term),
                    )
                )
        return SQL(
            "1 / (1 + exp(-LEAST(%(most)s, GREATEST(-%(most)s, %(z)s))))",
            most=literal(CLAMP),
            z=SQL(" + ").join(parts),
        )

    def _contribution(self, term):
        return SQL(
            "%s * (%s - %s) + %s * (%s - %s)",
            literal(term.coefficient),
            self._x(term),
            literal(term.mean),
            literal(term.missing_coefficient),
            self._absent(term),
            literal(term.missing_mean),
        )

    def _reasons(self):
        """Return the three strongest contributions as ``[[metric id, weight], …]``."""
        rows = [
            SQL("(%s, round((%s)::numeric, 1))", term.metric, self._contribution(term))
            for term in self.terms
        ]
        return SQL(
            """(SELECT jsonb_agg(jsonb_build_array(metric, weight)
                                 ORDER BY abs(weight) DESC, metric)
                FROM (SELECT metric, weight
                      FROM (VALUES %s) parts (metric, weight)
                      WHERE weight <> 0
                      ORDER BY abs(weight) DESC, metric LIMIT %s) strongest)""",
            SQL(", ").join(rows),
            MOST_REASONS,
        )

    def select(self, profiles=None, reasons=False):
        """Return ``SELECT profile_id, probability[, reasons]``, a row for every
        customer who ever gave a sign of life."""
        columns = SQL("profile_id, (%s)::float8 AS probability", self._probability())
        if reasons:
            columns = SQL("%s, %s AS reasons", columns, self._reasons())
        return SQL(
            "SELECT %s FROM (%s) facts WHERE %s IS NOT NULL",
            columns,
            self.facts.source(profiles),
            self.facts.value(self.loss_metric),
        )

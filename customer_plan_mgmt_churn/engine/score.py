"""The churn probability of all customers as one SELECT."""

from odoo.tools import SQL

from odoo.addons.customer_plan_mgmt.models.scoring.engine.points import literal
from odoo.addons.customer_plan_mgmt.models.scoring.engine.stage import fenced

from ..tools.formula import CLAMP

MOST_REASONS = 3


class Score:
    """``tools/formula.py`` in SQL; both must agree.

    Nested sub-queries, each naming what the next one needs more than once: values →
    transformed values → probability and reasons.

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
        self.known = {
            metric.id: metric
            for metric in metrics
            if metric | metric.numerator_id | metric.denominator_id
            <= facts.stage.metrics
        }

    # ---------------------------------------------------------------- Layers

    def _values(self, profiles):
        """Return the customers who ever gave a sign of life, with their values."""
        columns = [
            SQL("(%s)::float8 AS %s", self.facts.value(metric), self._name("v", id_))
            for id_, metric in self.known.items()
        ]
        return SQL(
            "SELECT %s FROM (%s) facts WHERE %s IS NOT NULL",
            SQL(", ").join([SQL("profile_id"), *columns]),
            self.facts.source(profiles),
            self.facts.value(self.loss_metric),
        )

    def _transformed(self, profiles):
        columns = [SQL("profile_id")]
        for term in self.terms:
            columns.append(SQL("%s AS %s", self._x(term), self._name("x", term.metric)))
            columns.append(
                SQL("%s AS %s", self._absent(term), self._name("a", term.metric))
            )
        return SQL(
            "SELECT %s FROM (%s) valued",
            SQL(", ").join(columns),
            fenced(self._values(profiles)),
        )

    def select(self, profiles=None, reasons=False):
        """Return ``SELECT profile_id, probability[, reasons]``, a row for every
        customer who ever gave a sign of life."""
        columns = SQL("profile_id, (%s)::float8 AS probability", self._probability())
        if reasons:
            columns = SQL("%s, %s AS reasons", columns, self._reasons())
        return SQL(
            "SELECT %s FROM (%s) changed",
            columns,
            fenced(self._transformed(profiles)),
        )

    # ----------------------------------------------------------- Expressions

    @staticmethod
    def _name(kind, metric_id):
        return SQL.identifier(f"{kind}{metric_id}")

    def _x(self, term):
        """Return ``t(value)`` of a term, 0 where missing. By a metric archived since
        the training everybody is average."""
        if term.metric not in self.known:
            return literal(term.mean)
        value = self._name("v", term.metric)
        if term.transform == "log":
            value = SQL("(sign(%s) * ln(1 + abs(%s)))", value, value)
        return SQL("COALESCE(%s, 0)", value)

    def _absent(self, term):
        """Return 1 where the value of a term is missing and that counts, else 0."""
        if term.metric not in self.known:
            return literal(term.missing_mean)
        if term.missing != "apart":
            return SQL("0")
        return SQL(
            "(CASE WHEN %s IS NULL THEN 1 ELSE 0 END)", self._name("v", term.metric)
        )

    def _sum(self, term, mean, missing_mean):
        """Return the part of a term in the log odds, against an average."""
        return SQL(
            "%s * (%s - %s) + %s * (%s - %s)",
            literal(term.coefficient),
            self._name("x", term.metric),
            literal(mean),
            literal(term.missing_coefficient),
            self._name("a", term.metric),
            literal(missing_mean),
        )

    def _probability(self):
        parts = [literal(self.intercept)]
        parts += [self._sum(term, 0, 0) for term in self.terms]
        return SQL(
            "1 / (1 + exp(-LEAST(%(most)s, GREATEST(-%(most)s, %(z)s))))",
            most=literal(CLAMP),
            z=SQL(" + ").join(parts),
        )

    def _reasons(self):
        """Return the three strongest contributions as ``[[metric id, weight], …]``."""
        rows = [
            SQL(
                "(%s, round(10 * (%s)) / 10)",
                term.metric,
                self._sum(term, term.mean, term.missing_mean),
            )
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

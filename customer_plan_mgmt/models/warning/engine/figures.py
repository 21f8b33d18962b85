"""Triggers that look at figures: limits, drops, silence, the own rhythm."""

from datetime import timedelta

from odoo.tools import SQL

from ...scoring.engine.metric_sql import column, group_sources
from ...scoring.engine.points import Values, literal
from .facts import Facts
from .trigger import Trigger, figure


class Threshold(Trigger):
    """A metric or score lies beyond a limit."""

    def condition(self):
        sign = SQL("<") if self.rule.operator == "below" else SQL(">")
        limit = literal(self.rule.limit_value)
        return SQL("%s %s %s", figure(self.rule, self.facts), sign, limit)

    def found(self):
        return {"value": figure(self.rule, self.facts)}


class Drop(Trigger):
    """A metric or score is lower than some days ago.

    A metric is measured anew as of that day. Of a score the history knows, for a past
    day the score is computed for both days.
    """

    def __init__(self, rule, facts):
        super().__init__(rule, facts)
        self.day = self.as_of - timedelta(days=rule.within_days)

    def joins(self):
        if self.rule.measure != "metric":
            return SQL(
                "JOIN (%s) earlier ON earlier.earlier_id = f.profile_id",
                self._score_then(),
            )
        joins, sources = [], self._sources()
        for number, source in enumerate(sources):
            alias = SQL.identifier(f"earlier{number}")
            columns = [
                SQL("%s AS %s", column(metric), self._name(metric))
                for metric in source.metrics
            ]
            joins.append(
                SQL(
                    "JOIN (SELECT partner_id AS earlier_id, %s FROM (%s) measured) %s"
                    " ON %s.earlier_id = f.partner_id",
                    SQL(", ").join(columns),
                    source.statement(self.day),
                    alias,
                    alias,
                )
            )
        return SQL(" ").join(joins)

    @staticmethod
    def _name(metric):
        return SQL.identifier(f"earlier_m{metric.id}")

    def _sources(self):
        metric = self.rule.metric_id.with_env(self.env)
        parts = metric
        if metric.source == "ratio":
            parts = metric.numerator_id | metric.denominator_id
        return group_sources(self.env, self.company, parts, self.facts.stage.rates)

    def _score_then(self):
        name = SQL.identifier(self.rule.measure)
        if self.facts.past:
            then = Facts(self.env, self.company, self.day, past=True)
            return SQL(
                "SELECT profile_id AS earlier_id, %s AS earlier_value FROM (%s) past",
                name,
                then.source(),
            )
        return SQL(
            """SELECT DISTINCT ON (profile_id) profile_id AS earlier_id,
                      score::float8 AS earlier_value
               FROM cpm_score
               WHERE purpose = %s AND date <= %s
                 AND profile_id IN (SELECT id FROM cpm_profile WHERE company_id = %s)
               ORDER BY profile_id, date DESC, id DESC""",
            self.rule.measure.removesuffix("_score"),
            self.day,
            self.company.id,
        )

    def _then(self):
        if self.rule.measure != "metric":
            return SQL("earlier_value")
        return Values(self._name, self.day).of(self.rule.metric_id)

    def condition(self):
        now, then = figure(self.rule, self.facts), self._then()
        drop = literal(self.rule.drop_value)
        if self.rule.drop_kind == "points":
            return SQL("%s - %s >= %s", then, now, drop)
        # From nothing, or from less than nothing, there is no share to drop by
        return SQL(
            "%(then)s > 0 AND (%(then)s - %(now)s) * 100 >= %(drop)s * %(then)s",
            then=then,
            now=now,
            drop=drop,
        )

    def found(self):
        return {"value": figure(self.rule, self.facts), "before": self._then()}


class Silence(Trigger):
    """The last contact is longer ago than the tier of the customer allows. Without
    any contact the days count from the day the profile appeared."""

    def _days(self):
        metrics = self.rule._contact_metrics()
        if self.rule._past_failed(self.facts.failed):
            # Not known, which is not the same as never
            return SQL("NULL::float8")
        never = SQL("(%s::date - f.created_on)::float8", self.as_of)
        latest = [self.facts.value(metric) for metric in metrics]
        return SQL("COALESCE(LEAST(%s), %s)", SQL(", ").join(latest), never)

    def _allowed(self):
        """Return the days the tier allows, NULL where it promises nothing."""
        tiers = self.env["cpm.tier"].with_context(active_test=False)
        promising = tiers.search([("contact_interval_days", ">", 0)])
        if not promising:
            return SQL("NULL::integer")
        cases = [
            SQL("WHEN %s THEN %s", tier.id, tier.contact_interval_days)
            for tier in promising
        ]
        return SQL("(CASE f.tier_id %s END)", SQL(" ").join(cases))

    def condition(self):
        return SQL("f.is_scored AND %s > %s", self._days(), self._allowed())

    def found(self):
        return {"value": self._days(), "limit": self._allowed()}


class Overdue(Trigger):
    """The last purchase is so many times the customer's usual interval ago."""

    def _metric(self):
        return self.rule._rhythm_metric()

    def condition(self):
        ratio = self.facts.value(self._metric())
        return SQL("%s >= %s", ratio, literal(self.rule.factor))

    def found(self):
        metric = self._metric()
        return {
            "value": self.facts.value(metric),
            "days": self.facts.value(metric.numerator_id),
            "usual": self.facts.value(metric.denominator_id),
        }

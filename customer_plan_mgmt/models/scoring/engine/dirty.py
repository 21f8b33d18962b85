"""Which customers an incremental night has to look at."""

from datetime import timedelta

from odoo.fields import Datetime, Domain
from odoo.tools import SQL

from . import clock, points
from .base import CAP
from .metric_sql import column

# Transactions that were under way when the last run began carry an earlier write
# date than the run; look back this far so that none is missed
OVERLAP = timedelta(hours=1)


class DirtySet:
    """Customers whose result may differ from the one stored.

    They were touched (profile, contact, record, manual value), a record came into
    or fell out of a period, a moment went by that a computed field of a domain looks
    at (a deadline), or a limit was crossed by the passing of time. What this cannot
    see (deleted records, changes behind a path, currency rates) is found by the
    regular full pass.

    :param stage: the :class:`Stage` of the run
    :param last_on: date the stored scores refer to
    :param last_at: moment the last run began
    """

    def __init__(self, stage, last_on, last_at):
        self.stage = stage
        self.env = stage.env
        self.company = stage.company
        self.as_of = stage.as_of
        self.last_on = last_on
        self.since = last_at - OVERLAP

    @staticmethod
    def is_possible(stage):
        """Whether the rules let customers be judged one by one."""
        # Who belongs to a segment or tier may change without the customer
        if stage.uses_base or stage.cards.segment_id or stage.cards.tier_id:
            return False
        relative = {m.id for m in stage.metrics if m._is_relative()}
        return not any(
            line.banding == "linear" and line.metric_id.id in relative
            for line in stage.cards.line_ids
        ) and not any(
            _has_moving_date(metric) or not _has_write_date(metric)
            for metric in stage.computed
        )

    def statements(self):
        """Yield statements that select the ``id`` of profiles to look at."""
        yield self._profiles_alone()
        yield self._touched_contacts()
        yield self._decisions()
        for source in self.stage.sources():
            yield from self._records(source)
            yield from self._moments_gone_by(source)

    def _profiles(self, condition):
        return SQL(
            """SELECT p.id FROM cpm_profile p
               WHERE p.company_id = %s AND p.active AND p.score_excluded IS NOT TRUE
                 AND (%s)""",
            self.company.id,
            condition,
        )

    def _profiles_alone(self):
        """Customers that need looking at for what their profile holds.

        In one pass. What was last measured is taken out of ``metric_state`` first,
        behind a fence: the conditions name it many times.
        """
        measured = [
            SQL(
                "%s AS %s",
                self.stage.state_element(metric, SQL("metric_state")),
                column(metric),
            )
            for metric in self.stage.stored
        ]
        known, _joins = self.stage.rule_columns
        measured += [SQL("%s AS %s", *item) for item in self.stage.named(known)]
        conditions = [
            self._touched(),
            *self._manual_values(),
            *self._crossed_by_time(),
            self._capped_otherwise(),
        ]
        return SQL(
            """SELECT p.id FROM (
                   SELECT id, write_date, metric_state, tier_id, tier_since,
                          tier_locked_until, lifecycle_stage_id, lifecycle_since,
                          lifecycle_origin, lifecycle_locked_until, value_score,
                          health_score, loyalty_score, health_uncapped, health_cap,
                          health_cap_reason %s
                   FROM cpm_profile p
                   WHERE company_id = %s AND active AND score_excluded IS NOT TRUE
                   OFFSET 0
               ) p WHERE %s""",
            SQL("").join(SQL(", %s", item) for item in measured),
            self.company.id,
            SQL(" OR ").join(conditions),
        )

    def _touched(self):
        return SQL(
            "p.write_date >= %s OR p.metric_state IS NULL OR p.metric_state[1] != %s",
            self.since,
            self.stage.signature,
        )

    def _capped_otherwise(self):
        """Condition that the health score was limited by another cap than today's."""
        return SQL(
            """(CASE WHEN COALESCE(p.health_uncapped, p.health_score) > (%(cap)s)
                     THEN COALESCE(p.health_uncapped, p.health_score) END
                    IS DISTINCT FROM p.health_uncapped
                OR p.health_uncapped IS NOT NULL
                   AND p.health_score IS DISTINCT FROM p.health_cap)""",
            cap=SQL(CAP),
        )

    def _touched_contacts(self):
        return self._profiles(
            SQL(
                """p.partner_id IN (SELECT commercial_partner_id FROM res_partner
                                    WHERE write_date >= %s)""",
                self.since,
            )
        )

    def _manual_values(self):
        """Conditions that a value entered by hand is another one, or due now."""
        manual = self.stage.metrics.filtered(lambda m: m.source == "manual")
        return [
            SQL(
                """(SELECT v.number FROM cpm_metric_value v
                    WHERE v.profile_id = p.id AND v.metric_id = %s
                      AND COALESCE(v.date, %s) <= %s) IS DISTINCT FROM p.%s""",
                metric.id,
                self.as_of,
                self.as_of,
                column(metric),
            )
            for metric in manual
        ]

    def _decisions(self):
        """People decided on a tier, or the rest of a rejected demotion is over."""
        return self._profiles(
            # Apart from each other, for the index of each
            SQL(
                """p.id IN (
                    SELECT t.profile_id FROM cpm_tier_change t
                    WHERE t.company_id = %(company)s AND t.write_date >= %(since)s
                      AND (t.origin != 'rule' OR t.decided_on IS NOT NULL
                           OR t.state = 'expired')
                    UNION ALL
                    SELECT t.profile_id FROM cpm_tier_change t
                    WHERE t.company_id = %(company)s AND t.state = 'rejected'
                      AND t.decided_on >= %(paused_then)s
                      AND t.decided_on < %(paused_now)s)""",
                company=self.company.id,
                since=self.since,
                paused_then=self.stage.paused_since(self.last_on),
                paused_now=self.stage.paused_since(self.as_of),
            )
        )

    # --------------------------------------------------------------- Records

    def _records(self, source):
        """Customers with records written, or moved across the edge of a period."""
        changed = source.query(Domain.TRUE)
        if "write_date" in source.model._fields:
            yield self._customers_of(
                source,
                changed,
                SQL("%s >= %s", source.path_sql("write_date", changed), self.since),
            )
        edges = []
        for days in self._edges(source.metrics):
            edges.append(
                (self.last_on - timedelta(days=days), self.as_of - timedelta(days=days))
            )
        query = source.query()
        date = source.path_sql(source.date_path, query)
        day = timedelta(days=1)
        moved = SQL(" OR ").join(
            SQL(
                "(%s >= %s AND %s < %s)",
                date,
                source.bound(old + day),
                date,
                source.bound(new + day),
            )
            for old, new in edges
        )
        yield self._customers_of(source, query, SQL("(%s)", moved))

    def _moments_gone_by(self, source):
        """Customers with records that nobody wrote, but which a computed field in the
        domain judges differently since the last run: what was in time is overdue."""
        now = Datetime.now()
        domain = source.metrics[0]._get_domain()
        for path, field, text in clock.moments(source.model, domain):
            query = source.query(Domain.TRUE)
            moment = source.path_sql(path, query)
            first, last = clock.window(self.env, field, text, self.since, now)
            gone_by = SQL("%s > %s AND %s <= %s", moment, first, moment, last)
            yield self._customers_of(source, query, gone_by)

    @staticmethod
    def _edges(metrics):
        """Return the distances in days from the scoring day to edges of periods."""
        edges = {0}
        for metric in metrics:
            edges.add(metric.period_days)
            if metric.measure == "growth":
                edges.add(2 * metric.period_days)
        return sorted(edges)

    def _customers_of(self, source, query, condition):
        contact = source.path_sql(source.partner_path, query)
        query.add_where(condition)
        return SQL(
            """SELECT p.id FROM cpm_profile p
               JOIN res_partner rp ON rp.commercial_partner_id = p.partner_id
               WHERE p.company_id = %s AND p.active AND p.score_excluded IS NOT TRUE
                 AND rp.id IN (%s)""",
            self.company.id,
            query.select(contact),
        )

    # ------------------------------------------------------------------ Time

    def _values_on(self, day):
        return points.Values(
            lambda metric: SQL("p.%s", column(metric)),
            day,
            self.stage.absent,
        )

    def _crossed_by_time(self):
        """Conditions that only the calendar moved, but across a limit."""
        before, now = self._values_on(self.last_on), self._values_on(self.as_of)
        conditions = [
            SQL(
                "%s IS DISTINCT FROM %s",
                points.threshold_points(line, before.of(line.metric_id)),
                points.threshold_points(line, now.of(line.metric_id)),
            )
            for line in self.stage.cards.line_ids
            if line.banding == "threshold" and line.metric_id._is_relative()
        ]
        conditions += [
            SQL(
                """(p.lifecycle_origin IS DISTINCT FROM 'manual'
                    AND %s IS DISTINCT FROM p.lifecycle_stage_id)""",
                self._lifecycle(now, self.as_of),
            ),
            self._between("p.tier_locked_until + 1"),
            self._between("p.lifecycle_locked_until + 1"),
        ]
        for tier in self.stage.tiers.tiers.filtered("minimum_stay_days"):
            conditions.append(
                SQL(
                    "(p.tier_id = %s AND %s)",
                    tier.id,
                    self._between(SQL("p.tier_since + %s", tier.minimum_stay_days)),
                )
            )
        return conditions

    def _between(self, day):
        day = SQL(day) if isinstance(day, str) else day
        return SQL("(%s > %s AND %s <= %s)", day, self.last_on, day, self.as_of)

    def _lifecycle(self, values, day):
        facts = {
            "value_score": SQL("p.value_score"),
            "health_score": SQL("p.health_score"),
            "loyalty_score": SQL("p.loyalty_score"),
            "days_in_stage": SQL("(%s::date - p.lifecycle_since)", day),
            "stage": self.stage._code_of(
                "cpm.lifecycle.stage", SQL("p.lifecycle_stage_id")
            ),
            "tier": self.stage._code_of("cpm.tier", SQL("p.tier_id")),
            **self.env["cpm.lifecycle.stage"]._rule_values(
                self.stage, day, values, lambda name: SQL("p.%s", SQL.identifier(name))
            ),
        }
        rule = self.stage.lifecycle_rule(values, facts)
        return rule.decide(current=SQL("p.lifecycle_stage_id"))


def _has_write_date(metric):
    """Whether the records of ``metric`` tell when they were changed."""
    return "write_date" in metric.env[metric.model_id.model]._fields


def _has_moving_date(metric):
    """Whether the domain of ``metric`` means something else every day."""
    text = metric.domain or ""
    return any(
        word in text for word in ("today", "now", "week_start", "month_start")
    ) or any(
        isinstance(condition.value, str) and condition.value[:1] in "+-="
        for condition in metric._get_domain().iter_conditions()
    )

"""The base of the stage: customers, their raw metric values and scorecards."""

import zlib
from datetime import datetime, time, timedelta
from functools import cached_property

from odoo.tools import SQL

from . import points
from .classify import TierRule
from .metric_sql import EPOCH, column, group_sources
from .rates import Rates

# What the health score may be at most; there is no cap without a reason
CAP = "CASE WHEN p.health_cap_reason IS NOT NULL THEN p.health_cap END"
# Columns of the profile the stage carries along, as name in the stage: expression
OLD_COLUMNS = {
    "profile_id": "p.id",
    "partner_id": "p.partner_id",
    "old_tier_id": "p.tier_id",
    "old_origin": "p.tier_origin",
    "tier_since": "p.tier_since",
    "tier_locked_until": "p.tier_locked_until",
    "old_stage_id": "p.lifecycle_stage_id",
    "lifecycle_since": "p.lifecycle_since",
    "lifecycle_origin": "p.lifecycle_origin",
    "lifecycle_locked_until": "p.lifecycle_locked_until",
    "old_value_score": "p.value_score",
    "old_value_level": "p.value_level",
    "old_health_score": "p.health_score",
    "old_health_level": "p.health_level",
    "old_health_uncapped": "p.health_uncapped",
    "health_cap": f"({CAP})",
    "health_cap_reason": "p.health_cap_reason",
    "old_loyalty_score": "p.loyalty_score",
    "old_loyalty_level": "p.loyalty_level",
    "old_state": "p.metric_state",
}
# The same on a day in the past: the tier as the history knows it; the lifecycle
# stage, which has no history, where it has been the same since; no cap, as nobody
# knows what would have limited the score then
PAST_COLUMNS = {
    **OLD_COLUMNS,
    "old_tier_id": "past.to_tier_id",
    "old_origin": "past.origin",
    "tier_since": "past.since",
    "tier_locked_until": "past.expiry_date",
    "health_cap": "NULL::float8",
    "health_cap_reason": "NULL::varchar",
    **{
        name: f"CASE WHEN p.lifecycle_since <= past.day THEN {OLD_COLUMNS[name]} END"
        for name in (
            "old_stage_id",
            "lifecycle_since",
            "lifecycle_origin",
            "lifecycle_locked_until",
        )
    },
}
PURPOSES = points.PURPOSES


class Base:
    """The innermost layer: customers with raw metric values and scorecards.

    :param env: superuser environment
    :param company: ``res.company``
    :param as_of: date
    :param thresholds: see :class:`TierRule`
    :param bool past: take the tier of the customer from the history of that day
    :param bool archived: with the customers archived since
    """

    def __init__(
        self, env, company, as_of, *, thresholds=None, past=False, archived=False
    ):
        self.env = env
        self.company = company
        self.as_of = as_of
        self.past = past
        self.archived = archived
        self.rates = Rates(env, company)
        self.failed = env["cpm.metric"]
        self.metrics = env["cpm.metric"].search([]).sorted("id")
        self.cards = env["cpm.scorecard"]._for_company(company)
        # Archived metrics a scorecard still names are missing for everybody
        self.absent = self.cards.line_ids.metric_id - self.metrics
        self.tiers = TierRule(
            env["cpm.tier"]._for_company(company), as_of, thresholds=thresholds
        )
        self.lifecycle_stages = env["cpm.lifecycle.stage"].search([])
        self.rule_names = self.lifecycle_stages._rule_names()
        self.proposes = company.cpm_demotion_approval
        self.sets_tiers = company.cpm_first_run == "apply" or company.cpm_tiers_started

    # --------------------------------------------------------------- Metrics

    @property
    def computed(self):
        """Metrics computed from records in this run."""
        return self.metrics.filtered(lambda m: m.source == "computed") - self.failed

    def leave_out(self, metrics):
        """Go on without ``metrics``: they are missing for everybody."""
        self.metrics -= metrics
        self.absent |= metrics

    @property
    def stored(self):
        """Metrics with a raw value, in the order of ``metric_state``."""
        return self.metrics.filtered(lambda m: m.source != "ratio")

    @property
    def signature(self):
        """Number that tells which metrics ``metric_state`` holds and what is made of
        them; another number makes the run write all values again."""
        made = [
            (metric.id, metric._is_date_measure(), *self._parts(metric).ids)
            for metric in self.metrics
        ]
        return zlib.crc32(repr(made).encode())

    @staticmethod
    def _parts(metric):
        return metric.numerator_id + metric.denominator_id

    def sources(self):
        return group_sources(self.env, self.company, self.computed, self.rates)

    def state_element(self, metric, state):
        """Return the raw value of ``metric`` inside a ``metric_state`` array."""
        place = self.stored.ids.index(metric.id) + 2  # arrays count from 1
        return SQL(
            "(CASE WHEN (%(state)s)[1] = %(signature)s THEN (%(state)s)[%(place)s] END)",
            state=state,
            signature=self.signature,
            place=place,
        )

    def state_array(self):
        """Return the array kept on the profile to notice changes."""
        return SQL(
            "ARRAY[%s]::float8[]",
            SQL(", ").join(
                [SQL("%s", self.signature), *(column(metric) for metric in self.stored)]
            ),
        )

    @property
    def values(self):
        return points.Values(column, self.as_of, self.absent)

    # ---------------------------------------------------------------- Layers

    @cached_property
    def rule_columns(self):
        """What lifecycle rules need of the profile; see ``_rule_columns`` there."""
        return self.env["cpm.lifecycle.stage"]._rule_columns(self)

    @staticmethod
    def named(columns):
        """Return ``columns`` as pairs of expression and quoted name."""
        return [(sql, SQL.identifier(name)) for name, sql in columns.items()]

    def base(self, partial=False):
        """Customers with raw metric values and the scorecards that apply."""
        columns = [
            SQL("%s AS %s", SQL(expression), SQL.identifier(name))
            for name, expression in (PAST_COLUMNS if self.past else OLD_COLUMNS).items()
        ]
        joins = [self._past_tier()] if self.past else []
        known, known_joins = self.rule_columns
        columns += [SQL("%s AS %s", *item) for item in self.named(known)]
        joins += known_joins
        for number, source in enumerate(self.sources()):
            alias = SQL.identifier(f"g{number}")
            joins.append(
                SQL(
                    "LEFT JOIN (%s) %s ON %s.partner_id = p.partner_id",
                    source.statement(self.as_of, partial),
                    alias,
                    alias,
                )
            )
            columns += [SQL("%s.%s", alias, column(m)) for m in source.metrics]
        for metric in self.metrics.filtered(lambda m: m.source == "manual"):
            alias = SQL.identifier(f"v{metric.id}")
            joins.append(
                SQL(
                    """LEFT JOIN cpm_metric_value %(v)s ON %(v)s.profile_id = p.id
                       AND %(v)s.metric_id = %(metric)s
                       AND COALESCE(%(v)s.date, %(day)s) <= %(day)s""",
                    v=alias,
                    metric=metric.id,
                    day=self.as_of,
                )
            )
            columns.append(SQL("%s.number AS %s", alias, column(metric)))
        for metric in self.failed:
            # Better yesterday's value than a score that loses a part overnight
            alias = SQL.identifier(f"v{metric.id}")
            joins.append(
                SQL(
                    """LEFT JOIN cpm_metric_value %(v)s ON %(v)s.profile_id = p.id
                       AND %(v)s.metric_id = %(metric)s""",
                    v=alias,
                    metric=metric.id,
                )
            )
            last = SQL("%s.number", alias)
            if metric._is_date_measure():
                last = SQL("(%s.event_date - %s)::float8", alias, EPOCH)
            columns.append(SQL("%s AS %s", last, column(metric)))
        for purpose in PURPOSES:
            columns.append(
                SQL("%s AS %s", self._card_choice(purpose), self.card_column(purpose))
            )
        if partial:
            joins.append(SQL("JOIN cpm_run_scope scope ON scope.profile_id = p.id"))
        return SQL(
            """SELECT %(columns)s, proposal.open_id AS old_proposal_id,
                      proposal.resting_id
               FROM cpm_profile p %(joins)s
               LEFT JOIN (
                   -- 0 stands for "no tier"; a demotion rejected lately rests
                   SELECT t.profile_id,
                          max(COALESCE(t.to_tier_id, 0))
                              FILTER (WHERE t.state = 'proposed') AS open_id,
                          max(COALESCE(t.to_tier_id, 0))
                              FILTER (WHERE t.state = 'rejected') AS resting_id
                   FROM cpm_tier_change t
                   WHERE t.state IN ('proposed', 'rejected') AND t.origin = 'rule'
                     AND (t.state = 'proposed' OR t.decided_on >= %(paused)s)
                   GROUP BY t.profile_id
               ) proposal ON proposal.profile_id = p.id
               WHERE p.company_id = %(company)s AND (p.active OR %(archived)s)
                 AND p.score_excluded IS NOT TRUE""",
            columns=SQL(", ").join(columns),
            joins=SQL(" ").join(joins),
            paused=self.paused_since(self.as_of),
            archived=self.archived,
            company=self.company.id,
        )

    def paused_since(self, day):
        """Return since when a rejected demotion counts as proposed on ``day``: it is
        not raised again."""
        pause = timedelta(days=self.company.cpm_proposal_pause_days)
        return datetime.combine(day, time()) - pause

    def _past_tier(self):
        """Return the join with the tier of that day. What was only proposed and
        then expired was never decided on and does not count."""
        return SQL(
            """CROSS JOIN LATERAL (
                   SELECT %(day)s::date AS day, latest.*
                   FROM (SELECT 1) always LEFT JOIN (
                       SELECT t.to_tier_id, t.origin, t.expiry_date,
                              max(t.effective_date) FILTER (
                                  WHERE t.from_tier_id IS DISTINCT FROM t.to_tier_id
                              ) OVER (ORDER BY t.effective_date, t.id) AS since
                       FROM cpm_tier_change t
                       WHERE t.profile_id = p.id AND t.effective_date <= %(day)s
                         AND (t.state = 'applied'
                              OR (t.state = 'expired' AND t.decided_on IS NOT NULL))
                       ORDER BY t.effective_date DESC, t.id DESC LIMIT 1
                   ) latest ON TRUE
               ) past""",
            day=self.as_of,
        )

    def card_column(self, purpose):
        return SQL.identifier(f"card_{purpose}")

    def cards_for(self, purpose):
        return self.cards.filtered(lambda card: card.purpose == purpose)

    def _card_choice(self, purpose):
        """Return which scorecard a customer is judged by, the most specific first."""
        cases = []
        for card in self.cards_for(purpose):
            conditions = [SQL("TRUE")]
            if card.tier_id:
                tier = SQL("past.to_tier_id") if self.past else SQL("p.tier_id")
                conditions.append(SQL("%s = %s", tier, card.tier_id.id))
            if card.segment_id:
                members = self.env["cpm.profile"]._search(
                    card.segment_id._get_members_domain(), order=False
                )
                conditions.append(SQL("p.id IN (%s)", members.select()))
            cases.append(SQL("WHEN %s THEN %s", SQL(" AND ").join(conditions), card.id))
        if not cases:
            return SQL("NULL::integer")
        return SQL("CASE %s END", SQL(" ").join(cases))

"""The stage: one row per customer with metrics, points, scores, tier and stage."""

import zlib
from datetime import datetime, time, timedelta

from odoo.fields import Domain
from odoo.tools import SQL

from . import points
from .classify import LifecycleRule, TierRule
from .metric_sql import column, group_sources

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
    "old_loyalty_score": "p.loyalty_score",
    "old_loyalty_level": "p.loyalty_level",
    "old_state": "p.metric_state",
}
PURPOSES = points.PURPOSES


class Stage:
    """Builds the statement that scores customers of one company on one day.

    Nested sub-queries, each adding columns to the one inside: base (raw metrics,
    scorecards) → points → scores → levels and places → tier → lifecycle. Nothing
    is written here.

    :param env: superuser environment
    :param company: ``res.company``
    :param as_of: date
    :param thresholds: see :class:`TierRule`
    :param bool past: take the tier of the customer from the history of that day
    """

    def __init__(self, env, company, as_of, *, thresholds=None, past=False):
        self.env = env
        self.company = company
        self.as_of = as_of
        self.past = past
        self.failed = env["cpm.metric"]
        self.metrics = env["cpm.metric"].search([]).sorted("id")
        self.cards = env["cpm.scorecard"]._for_company(company)
        # Archived metrics a scorecard still names are missing for everybody
        self.absent = self.cards.line_ids.metric_id - self.metrics
        self.tiers = TierRule(
            env["cpm.tier"]._for_company(company), as_of, thresholds=thresholds
        )
        self.proposes = company.cpm_demotion_approval
        self.sets_tiers = company.cpm_first_run == "apply" or company.cpm_tiers_started

    # --------------------------------------------------------------- Metrics

    @property
    def computed(self):
        """Metrics computed from records in this run."""
        return self.metrics.filtered(lambda m: m.source == "computed") - self.failed

    @property
    def stored(self):
        """Metrics with a raw value, in the order of ``metric_state``."""
        return self.metrics.filtered(lambda m: m.source != "ratio")

    @property
    def signature(self):
        """Number that tells which metrics ``metric_state`` holds."""
        return zlib.crc32(",".join(map(str, self.stored.ids)).encode())

    def sources(self):
        return group_sources(self.env, self.company, self.computed)

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

    def base(self, partial=False):
        """Customers with raw metric values and the scorecards that apply."""
        columns = [
            SQL("%s AS %s", SQL(expression), SQL.identifier(name))
            for name, expression in OLD_COLUMNS.items()
            if not (self.past and name in ("old_tier_id", "old_stage_id"))
        ]
        joins = []
        if self.past:
            joins.append(self._past_tier())
            columns += [
                SQL("past.to_tier_id AS old_tier_id"),
                SQL("NULL::int AS old_stage_id"),
            ]
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
            columns.append(
                SQL(
                    "%s AS %s",
                    self.state_element(metric, SQL("p.metric_state")),
                    column(metric),
                )
            )
        for purpose in PURPOSES:
            columns.append(
                SQL("%s AS %s", self._card_choice(purpose), self.card_column(purpose))
            )
        if partial:
            joins.append(SQL("JOIN cpm_run_scope scope ON scope.profile_id = p.id"))
        return SQL(
            """SELECT %(columns)s, proposal.to_tier_id AS old_proposal_id
               FROM cpm_profile p %(joins)s
               LEFT JOIN LATERAL (
                   SELECT t.to_tier_id FROM cpm_tier_change t
                   WHERE t.profile_id = p.id AND t.origin = 'rule' AND (
                       t.state = 'proposed'
                       OR (t.state = 'rejected' AND t.decided_on >= %(paused)s))
                   ORDER BY t.state = 'proposed' DESC, t.id DESC LIMIT 1
               ) proposal ON %(proposes)s
               WHERE p.company_id = %(company)s AND p.active
                 AND p.score_excluded IS NOT TRUE""",
            columns=SQL(", ").join(columns),
            joins=SQL(" ").join(joins),
            proposes=SQL("TRUE") if self._has_proposals() else SQL("FALSE"),
            paused=self._paused_since,
            company=self.company.id,
        )

    @property
    def _paused_since(self):
        """A demotion rejected since then counts as proposed: it is not raised again."""
        pause = timedelta(days=self.company.cpm_proposal_pause_days)
        return datetime.combine(self.as_of, time()) - pause

    def _has_proposals(self):
        open_or_paused = Domain("state", "=", "proposed") | (
            Domain("state", "=", "rejected")
            & Domain("decided_on", ">=", self._paused_since)
        )
        return bool(
            self.env["cpm.tier.change"].search_count(
                open_or_paused
                & Domain("company_id", "=", self.company.id)
                & Domain("origin", "=", "rule"),
                limit=1,
            )
        )

    def _past_tier(self):
        return SQL(
            """LEFT JOIN LATERAL (
                   SELECT t.to_tier_id FROM cpm_tier_change t
                   WHERE t.profile_id = p.id AND t.state IN ('applied', 'expired')
                     AND t.effective_date <= %s
                   ORDER BY t.effective_date DESC, t.id DESC LIMIT 1
               ) past ON TRUE""",
            self.as_of,
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
                conditions.append(SQL("p.tier_id = %s", card.tier_id.id))
            if card.segment_id:
                members = self.env["cpm.profile"]._search(
                    card.segment_id._get_profile_domain(), order=False
                )
                conditions.append(SQL("p.id IN (%s)", members.select()))
            cases.append(SQL("WHEN %s THEN %s", SQL(" AND ").join(conditions), card.id))
        if not cases:
            return SQL("NULL::integer")
        return SQL("CASE %s END", SQL(" ").join(cases))

    def with_points(self, base):
        columns = [
            SQL(
                "CASE WHEN %(column)s = %(card)s THEN %(points)s END AS %(name)s",
                column=self.card_column(card.purpose),
                card=card.id,
                points=points.line_points(
                    line, self.values, self.card_column(card.purpose)
                ),
                name=points.point_column(line),
            )
            for card in self.cards
            for line in card.line_ids.filtered("weight")
        ]
        return SQL(
            "SELECT base.*%s FROM (%s) base",
            SQL("").join(SQL(", %s", item) for item in columns),
            base,
        )

    def with_scores(self, source):
        columns = [
            SQL(
                "(%s)::float8 AS %s",
                points.by_card(
                    self.cards_for(purpose),
                    self.card_column(purpose),
                    points.card_score,
                ),
                SQL.identifier(f"{purpose}_score"),
            )
            for purpose in PURPOSES
        ]
        return SQL(
            "SELECT pointed.*, %s FROM (%s) pointed", SQL(", ").join(columns), source
        )

    def with_levels(self, source):
        columns = []
        for purpose in PURPOSES:
            score = SQL.identifier(f"{purpose}_score")
            columns.append(
                SQL(
                    "(%s)::varchar AS %s",
                    points.by_card(
                        self.cards_for(purpose),
                        self.card_column(purpose),
                        lambda card, score=score: points.level(card, score),
                    ),
                    SQL.identifier(f"{purpose}_level"),
                )
            )
        if self.tiers.uses_base:
            columns.append(
                SQL(
                    "rank() OVER (ORDER BY value_score DESC NULLS LAST) - 1 AS value_place"
                )
            )
            columns.append(SQL("count(value_score) OVER () AS value_base"))
        columns.append(SQL("%s AS state", self.state_array()))
        return SQL(
            "SELECT scored.*, %s FROM (%s) scored", SQL(", ").join(columns), source
        )

    def with_tier(self, source):
        """Add ``rule_tier_id`` (what the rule wants), ``tier_id`` (what it gets),
        ``proposal_id`` and ``tier_origin``."""
        if not self.sets_tiers:
            return SQL(
                """SELECT l.*, old_tier_id AS rule_tier_id, old_tier_id AS tier_id,
                          old_origin AS tier_origin, NULL::integer AS proposal_id
                   FROM (%s) l""",
                source,
            )
        decided = SQL(
            """SELECT wanted.*, (%s)::integer AS rule_tier_id, %s AS tier_locked
               FROM (SELECT levelled.*, (%s)::integer AS score_tier_id
                     FROM (%s) levelled) wanted""",
            self.tiers.decide(SQL("score_tier_id")),
            self.tiers.is_locked(),
            self.tiers.by_score(),
            source,
        )
        demoted = self.tiers.is_demotion(SQL("rule_tier_id"))
        needs = SQL("%s", demoted) if self.proposes else SQL("FALSE")
        return SQL(
            """SELECT d.*,
                      CASE WHEN %(needs)s THEN old_tier_id ELSE rule_tier_id END AS tier_id,
                      CASE WHEN %(needs)s THEN rule_tier_id END AS proposal_id,
                      CASE WHEN tier_locked OR (%(needs)s) THEN old_origin
                           WHEN rule_tier_id IS DISTINCT FROM old_tier_id
                             OR old_origin = 'manual' THEN 'rule'
                           ELSE old_origin END AS tier_origin
               FROM (%(decided)s) d""",
            needs=needs,
            decided=decided,
        )

    def facts(self):
        """Return the SQL of the names lifecycle rules know besides metrics."""
        return {
            "value_score": SQL("value_score"),
            "health_score": SQL("health_score"),
            "loyalty_score": SQL("loyalty_score"),
            "days_in_stage": SQL("(%s::date - lifecycle_since)", self.as_of),
            "stage": self._code_of("cpm.lifecycle.stage", SQL("old_stage_id")),
            "tier": self._code_of("cpm.tier", SQL("tier_id")),
        }

    def _code_of(self, model, column_sql):
        records = self.env[model].with_context(active_test=False).search([])
        if not records:
            return SQL("NULL")
        return SQL(
            "(CASE %s %s END)",
            column_sql,
            SQL(" ").join(SQL("WHEN %s THEN %s", r.id, r.code) for r in records),
        )

    def with_lifecycle(self, source):
        rule = LifecycleRule(self.env, self.metrics, self.values, self.facts())
        return SQL(
            """SELECT tiered.*,
                      CASE WHEN lifecycle_origin = 'manual' AND (
                               lifecycle_locked_until IS NULL
                               OR lifecycle_locked_until >= %(day)s)
                           THEN old_stage_id
                           ELSE (%(rule)s)::integer END AS lifecycle_stage_id
               FROM (%(source)s) tiered""",
            day=self.as_of,
            rule=rule.decide(),
            source=source,
        )

    def select(self, partial=False):
        """Return the whole statement, one row per customer."""
        source = self.base(partial)
        for layer in (
            self.with_points,
            self.with_scores,
            self.with_levels,
            self.with_tier,
            self.with_lifecycle,
        ):
            source = layer(source)
        return source

    # ------------------------------------------------------------ Difference

    def difference(self, partial=False, only=None):
        """Return the rows of :meth:`select` that differ from what is stored.

        :param bool partial: compute only the customers in ``cpm_run_scope``
        :param only: condition on ``staged`` rows, None for all
        """
        return SQL(
            """SELECT (row_number() OVER ())::integer AS seq, staged.*
               FROM (%(select)s) staged
               WHERE %(only)s AND (
                   value_score IS DISTINCT FROM old_value_score
                   OR health_score IS DISTINCT FROM old_health_score
                   OR loyalty_score IS DISTINCT FROM old_loyalty_score
                   OR value_level IS DISTINCT FROM old_value_level
                   OR health_level IS DISTINCT FROM old_health_level
                   OR loyalty_level IS DISTINCT FROM old_loyalty_level
                   OR tier_id IS DISTINCT FROM old_tier_id
                   OR tier_origin IS DISTINCT FROM old_origin
                   OR lifecycle_stage_id IS DISTINCT FROM old_stage_id
                   OR proposal_id IS DISTINCT FROM old_proposal_id
                   OR state IS DISTINCT FROM old_state)""",
            select=self.select(partial),
            only=only or SQL("TRUE"),
        )

    @property
    def uses_base(self):
        """Whether a customer's result depends on the other customers."""
        return self.tiers.uses_base or any(
            line.banding == "percentile" for line in self.cards.line_ids
        )

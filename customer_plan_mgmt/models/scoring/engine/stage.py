"""The stage: one row per customer with metrics, points, scores, tier and stage."""

from functools import cached_property

from odoo.tools import SQL

from . import points
from .base import PURPOSES, Base
from .classify import LifecycleRule

# What the scorecards give, before the cap
SCORE_NAMES = {
    **{name: f"{name}_score" for name in PURPOSES},
    "health": "health_carded",
}


def fenced(source):
    """Return ``source`` so that the planner computes its columns once.

    It would otherwise put their expressions into every place that names them: a
    score is compared a dozen times, and was worked out from the metrics each time
    (most of the time of a run).
    """
    return SQL("%s OFFSET 0", source)


class Stage(Base):
    """Builds the statement that scores customers of one company on one day.

    Nested sub-queries, each adding columns to the one inside: base (raw metrics,
    scorecards) → points → scores → cap → levels and places → tier → lifecycle.
    Nothing is written here.
    """

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
                SQL.identifier(SCORE_NAMES[purpose]),
            )
            for purpose in PURPOSES
        ]
        return SQL(
            "SELECT pointed.*, %s FROM (%s) pointed", SQL(", ").join(columns), source
        )

    def with_cap(self, source):
        """Limit the health score to the cap of the customer, if there is one, and keep
        what the scorecard gave as ``health_uncapped`` where that makes a difference."""
        return SQL(
            """SELECT carded.*,
                      CASE WHEN health_carded > health_cap THEN health_cap
                           ELSE health_carded END AS health_score,
                      CASE WHEN health_carded > health_cap
                           THEN health_carded END AS health_uncapped
               FROM (%s) carded""",
            source,
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
               FROM (%s) wanted""",
            self.tiers.decide(SQL("score_tier_id")),
            self.tiers.is_locked(),
            fenced(
                SQL(
                    "SELECT levelled.*, (%s)::integer AS score_tier_id FROM (%s) levelled",
                    self.tiers.by_score(),
                    source,
                )
            ),
        )
        demoted = self.tiers.is_demotion(SQL("rule_tier_id"))
        needs = SQL("%s", demoted) if self.proposes else SQL("FALSE")
        return SQL(
            """SELECT d.*,
                      CASE WHEN %(needs)s THEN old_tier_id ELSE rule_tier_id END AS tier_id,
                      CASE WHEN %(needs)s AND COALESCE(rule_tier_id, 0)
                                IS DISTINCT FROM resting_id
                           THEN COALESCE(rule_tier_id, 0) END AS proposal_id,
                      CASE WHEN tier_locked OR (%(needs)s) THEN old_origin
                           WHEN rule_tier_id IS DISTINCT FROM old_tier_id
                             OR old_origin = 'manual' THEN 'rule'
                           ELSE old_origin END AS tier_origin
               FROM (%(decided)s) d""",
            needs=needs,
            decided=fenced(decided),
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
            **self.env["cpm.lifecycle.stage"]._rule_values(
                self, self.as_of, self.values, SQL.identifier
            ),
        }

    def _code_of(self, model, column_sql):
        codes = self._codes[model]
        if not codes:
            return SQL("NULL")
        return SQL(
            "(CASE %s %s END)",
            column_sql,
            SQL(" ").join(SQL("WHEN %s THEN %s", *item) for item in codes.items()),
        )

    @cached_property
    def _codes(self):
        return {
            model: {
                record.id: record.code
                for record in self.env[model]
                .with_context(active_test=False)
                .search_fetch([], ["code"])
            }
            for model in ("cpm.lifecycle.stage", "cpm.tier")
        }

    def lifecycle_rule(self, values, facts):
        """Return the :class:`LifecycleRule` over ``values`` and ``facts``."""
        return LifecycleRule(
            self.lifecycle_stages,
            self.rule_names,
            metrics=self.metrics,
            values=values,
            facts=facts,
        )

    def with_lifecycle(self, source):
        rule = self.lifecycle_rule(self.values, self.facts())
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
        source = fenced(self.with_points(self.base(partial)))
        source = self.with_cap(fenced(self.with_scores(source)))
        # Levels and the final tier are named once by the layer around them
        source = self.with_tier(self.with_levels(source))
        return fenced(self.with_lifecycle(source))

    # ------------------------------------------------------------ Difference

    def difference(self, partial=False, only=None):
        """Return the rows of :meth:`select` that differ from what is stored.

        :param bool partial: compute only the customers in ``cpm_run_scope``
        :param only: condition on ``staged`` rows, None for all
        """
        return SQL(
            """SELECT (row_number() OVER (ORDER BY profile_id))::integer AS seq, staged.*
               FROM (%(select)s) staged
               WHERE %(only)s AND (
                   value_score IS DISTINCT FROM old_value_score
                   OR health_score IS DISTINCT FROM old_health_score
                   OR loyalty_score IS DISTINCT FROM old_loyalty_score
                   OR value_level IS DISTINCT FROM old_value_level
                   OR health_level IS DISTINCT FROM old_health_level
                   OR health_uncapped IS DISTINCT FROM old_health_uncapped
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

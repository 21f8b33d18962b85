"""Writes the difference: profile, metric values, history, tier changes, notes."""

from odoo.tools import SQL

from . import points
from .metric_sql import EPOCH, column

BATCH = 50_000


class Writer:
    """Writes ``cpm_run_change`` in batches; each batch is complete in itself.

    :param stage: the :class:`Stage` the changes come from
    :param notes: :class:`Notes`
    """

    def __init__(self, stage, notes):
        self.stage = stage
        self.env = stage.env
        self.company = stage.company
        self.as_of = stage.as_of
        self.notes = notes

    def write_batch(self, first, last):
        """Write the changes numbered ``first`` to ``last``.

        :return: number of customers written
        """
        batch = SQL("c.seq BETWEEN %s AND %s", first, last)
        written = self._update_profiles(batch)
        if written < last - first + 1:
            self._forget_overtaken(batch)
        self._write_values(batch)
        self._write_history(batch)
        if self.stage.sets_tiers:
            self._write_tier_changes(batch)
        self.notes.write(batch)
        return written

    def _update_profiles(self, batch):
        """Update the profiles unless a person moved tier or stage meanwhile."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE cpm_profile p
                SET value_score = c.value_score, value_level = c.value_level,
                    health_score = c.health_score, health_level = c.health_level,
                    loyalty_score = c.loyalty_score, loyalty_level = c.loyalty_level,
                    tier_id = c.tier_id, tier_origin = c.tier_origin,
                    tier_since = CASE WHEN c.tier_id IS DISTINCT FROM c.old_tier_id
                                      THEN %(day)s ELSE p.tier_since END,
                    tier_locked_until = CASE
                        WHEN c.tier_origin IS DISTINCT FROM c.old_origin THEN NULL
                        ELSE p.tier_locked_until END,
                    tier_reason = CASE
                        WHEN c.tier_id IS DISTINCT FROM c.old_tier_id
                          OR c.tier_origin IS DISTINCT FROM c.old_origin
                        THEN NULL ELSE p.tier_reason END,
                    lifecycle_stage_id = c.lifecycle_stage_id,
                    lifecycle_since = CASE
                        WHEN c.lifecycle_stage_id IS DISTINCT FROM c.old_stage_id
                        THEN %(day)s ELSE p.lifecycle_since END,
                    lifecycle_origin = CASE
                        WHEN c.lifecycle_stage_id IS DISTINCT FROM c.old_stage_id
                        THEN 'rule' ELSE p.lifecycle_origin END,
                    lifecycle_locked_until = CASE
                        WHEN c.lifecycle_stage_id IS DISTINCT FROM c.old_stage_id
                        THEN NULL ELSE p.lifecycle_locked_until END,
                    lifecycle_reason = CASE
                        WHEN c.lifecycle_stage_id IS DISTINCT FROM c.old_stage_id
                        THEN NULL ELSE p.lifecycle_reason END,
                    metric_state = c.state
                FROM cpm_run_change c
                WHERE p.id = c.profile_id AND %(batch)s
                  AND p.tier_id IS NOT DISTINCT FROM c.old_tier_id
                  AND p.tier_origin IS NOT DISTINCT FROM c.old_origin
                  AND p.lifecycle_stage_id IS NOT DISTINCT FROM c.old_stage_id
                  AND p.score_excluded IS NOT TRUE
                """,
                day=self.as_of,
                batch=batch,
            )
        )
        return self.env.cr.rowcount

    def _forget_overtaken(self, batch):
        """Drop changes whose customer was moved or deleted during the run."""
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM cpm_run_change c
                WHERE %s AND NOT EXISTS (
                    SELECT 1 FROM cpm_profile p
                    WHERE p.id = c.profile_id AND p.metric_state = c.state
                      AND p.tier_id IS NOT DISTINCT FROM c.tier_id
                      AND p.lifecycle_stage_id IS NOT DISTINCT FROM c.lifecycle_stage_id
                )
                """,
                batch,
            )
        )

    # ---------------------------------------------------------------- Values

    def _write_values(self, batch):
        """Bring ``cpm.metric.value`` up to date for metrics computed in this run."""
        rows = [
            SQL("(%s, %s, %s)", metric.id, *self._value_columns(metric))
            for metric in self.stage.metrics - self.stage.failed
            if metric.source != "manual"
        ]
        if not rows:
            return
        changed = SQL(
            """cpm_run_change c CROSS JOIN LATERAL (VALUES %s) v (metric_id, number, day)
               WHERE %s AND c.state IS DISTINCT FROM c.old_state""",
            SQL(", ").join(rows),
            batch,
        )
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO cpm_metric_value AS old
                    (profile_id, metric_id, number, event_date, date)
                SELECT c.profile_id, v.metric_id, v.number, v.day, %(day)s
                FROM %(changed)s AND (v.number IS NOT NULL OR v.day IS NOT NULL)
                ON CONFLICT (profile_id, metric_id) DO UPDATE
                SET number = excluded.number, event_date = excluded.event_date,
                    date = excluded.date
                WHERE (old.number, old.event_date)
                      IS DISTINCT FROM (excluded.number, excluded.event_date)
                """,
                day=self.as_of,
                changed=changed,
            )
        )
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM cpm_metric_value old
                USING (SELECT c.profile_id, v.metric_id FROM %s
                       AND v.number IS NULL AND v.day IS NULL AND c.old_state IS NOT NULL
                      ) gone
                WHERE old.profile_id = gone.profile_id AND old.metric_id = gone.metric_id
                """,
                changed,
            )
        )

    def _value_columns(self, metric):
        """Return ``number`` and ``event_date`` of ``metric`` (see cpm.metric.value)."""
        nothing = SQL("NULL::float8"), SQL("NULL::date")
        if metric._is_date_measure():
            return nothing[0], self._event(column(metric))
        if metric.source == "ratio" and metric._is_relative():
            divisor = SQL("NULLIF(c.%s, 0)", column(metric.denominator_id))
            event = self._event(column(metric.numerator_id))
            return divisor, SQL("CASE WHEN %s IS NOT NULL THEN %s END", divisor, event)
        if metric.source == "ratio":
            return self.stage.values.of(metric), nothing[1]
        return SQL("c.%s", column(metric)), nothing[1]

    def _event(self, raw):
        return SQL("(%s + c.%s::integer)", EPOCH, raw)

    # --------------------------------------------------------------- History

    def _write_history(self, batch):
        """Append a ``cpm.score`` for every score or level that changed."""
        for purpose in points.PURPOSES:
            cards = self.stage.cards_for(purpose)
            if not cards:
                continue
            names = {
                name: SQL.identifier(f"{prefix}{purpose}_{suffix}")
                for name, prefix, suffix in (
                    ("score", "", "score"),
                    ("level", "", "level"),
                    ("old_score", "old_", "score"),
                    ("old_level", "old_", "level"),
                )
            }
            self.env.cr.execute(
                SQL(
                    """
                    INSERT INTO cpm_score
                        (profile_id, purpose, scorecard_id, date, score, level, breakdown)
                    SELECT c.profile_id, %(purpose)s, %(card)s, %(day)s,
                           c.%(score)s, c.%(level)s, %(breakdown)s
                    FROM cpm_run_change c
                    WHERE %(batch)s
                      AND (c.%(score)s IS DISTINCT FROM c.%(old_score)s
                           OR c.%(level)s IS DISTINCT FROM c.%(old_level)s)
                    """,
                    purpose=purpose,
                    card=self.stage.card_column(purpose),
                    day=self.as_of,
                    breakdown=points.by_card(
                        cards,
                        self.stage.card_column(purpose),
                        lambda card: points.breakdown(card, self.stage.values),
                    ),
                    batch=batch,
                    **names,
                )
            )

    def _write_tier_changes(self, batch):
        """Append moves and proposals; end proposals the rule no longer wants."""
        _ = self.notes.lang_env._
        place = self.stage.tiers.place
        self.env.cr.execute(
            SQL(
                """
                UPDATE cpm_tier_change t
                SET state = 'expired', write_date = now() AT TIME ZONE 'UTC'
                FROM cpm_run_change c
                WHERE %s AND t.profile_id = c.profile_id AND t.state = 'proposed'
                  AND ((t.origin = 'rule' AND t.to_tier_id IS DISTINCT FROM c.proposal_id)
                       OR c.tier_id IS DISTINCT FROM c.old_tier_id)
                """,
                batch,
            )
        )
        reason = SQL(
            """CASE WHEN c.old_tier_id IS NULL THEN %(first)s
                    WHEN COALESCE(%(new)s, 9999) < COALESCE(%(old)s, 9999) THEN %(up)s
                    ELSE %(down)s END""",
            first=_("First classification"),
            up=_("Value score reached the promotion threshold"),
            down=_("Value score fell below the demotion threshold"),
            new=place(SQL("COALESCE(c.proposal_id, c.tier_id)")),
            old=place(SQL("c.old_tier_id")),
        )
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO cpm_tier_change
                    (profile_id, company_id, from_tier_id, to_tier_id, score, origin,
                     reason, user_id, effective_date, state,
                     create_uid, create_date, write_uid, write_date)
                SELECT c.profile_id, %(company)s, c.old_tier_id,
                       COALESCE(c.proposal_id, c.tier_id), c.value_score, 'rule',
                       %(reason)s, %(uid)s, %(day)s,
                       CASE WHEN c.proposal_id IS NULL THEN 'applied' ELSE 'proposed' END,
                       %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
                FROM cpm_run_change c
                WHERE %(batch)s AND (
                    (c.proposal_id IS NULL AND c.tier_id IS DISTINCT FROM c.old_tier_id)
                    OR (c.proposal_id IS NOT NULL
                        AND c.proposal_id IS DISTINCT FROM c.old_proposal_id))
                """,
                company=self.company.id,
                reason=reason,
                uid=self.env.uid,
                day=self.as_of,
                batch=batch,
            )
        )

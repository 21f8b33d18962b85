"""Writes the difference: profile, metric values, history, tier changes, notes."""

from dataclasses import dataclass

from odoo.tools import SQL

from . import points
from .metric_sql import EPOCH, column

BATCH = 50_000


@dataclass(frozen=True)
class Value:
    """What to keep of one metric (see cpm.metric.value), as SQL over ``c``."""

    metric_id: int
    number: SQL
    day: SQL
    moved: SQL  # condition that it may differ from what is kept
    known: SQL  # condition that there ought to be a row of it


class Writer:
    """Writes ``cpm_run_change`` in batches; each batch is complete in itself.

    Everything the statements need of the rules is read here, once: a commit empties
    the caches, and reading the rules again would cost more queries than writing.

    :param stage: the :class:`Stage` the changes come from
    :param notes: :class:`Notes`
    """

    def __init__(self, stage, notes):
        self.cr = stage.env.cr
        self.uid = stage.env.uid
        self.company_id = stage.company.id
        self.as_of = stage.as_of
        self.notes = notes
        self._values = self._computed_values(stage)
        self._history = [
            self._history_of(stage, purpose)
            for purpose in points.PURPOSES
            if stage.cards_for(purpose)
        ]
        self._reason = self._tier_reason(stage) if stage.sets_tiers else None
        self._updates = self._removes = None

    def write_batch(self, first, last):
        """Write the changes numbered ``first`` to ``last``.

        :return: number of customers written
        """
        batch = SQL("c.seq BETWEEN %s AND %s", first, last)
        written = self._update_profiles(batch)
        if written < last - first + 1:
            self._forget_overtaken(batch)
        self._write_values(batch)
        if self._history:
            self._write_history(batch)
        if self._reason:
            self._write_tier_changes(batch)
        self.notes.tell(batch)
        return written

    def _update_profiles(self, batch):
        """Update the profiles unless a person moved tier or stage meanwhile."""
        self.cr.execute(
            SQL(
                """
                UPDATE cpm_profile p
                SET value_score = c.value_score, value_level = c.value_level,
                    health_score = c.health_score, health_level = c.health_level,
                    health_uncapped = c.health_uncapped,
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
        return self.cr.rowcount

    def _forget_overtaken(self, batch):
        """Drop changes whose customer was moved or deleted during the run, also when
        a person chose just what the rule was about to give."""
        self.cr.execute(
            SQL(
                """
                DELETE FROM cpm_run_change c
                WHERE %s AND NOT EXISTS (
                    SELECT 1 FROM cpm_profile p
                    WHERE p.id = c.profile_id AND p.metric_state = c.state
                      AND p.tier_id IS NOT DISTINCT FROM c.tier_id
                      AND p.tier_origin IS NOT DISTINCT FROM c.tier_origin
                      AND p.value_score IS NOT DISTINCT FROM c.value_score
                      AND p.health_score IS NOT DISTINCT FROM c.health_score
                      AND p.health_uncapped IS NOT DISTINCT FROM c.health_uncapped
                      AND p.loyalty_score IS NOT DISTINCT FROM c.loyalty_score
                      AND p.lifecycle_stage_id IS NOT DISTINCT FROM c.lifecycle_stage_id
                      AND p.lifecycle_origin IS NOT DISTINCT FROM CASE
                          WHEN c.lifecycle_stage_id IS DISTINCT FROM c.old_stage_id
                          THEN 'rule' ELSE c.lifecycle_origin END
                )
                """,
                batch,
            )
        )

    # ---------------------------------------------------------------- Values

    def _write_values(self, batch):
        """Bring ``cpm.metric.value`` up to date for metrics computed in this run."""
        if not self._values:
            return
        if self._updates is None:
            self._updates, self._removes = self._look_at_old_values()
        # Before the new rows, and not as "on conflict do update": that locks every
        # row before it writes it
        complete = not self._updates or self._update_values(batch)
        # No join with what is there: planned on an empty table, it would read the
        # table again for every row while the table grows
        self.cr.execute(
            SQL(
                """
                INSERT INTO cpm_metric_value
                    (profile_id, metric_id, number, event_date, date)
                SELECT v.profile_id, v.metric_id, v.number, v.day, %(day)s
                FROM (%(moved)s) v
                WHERE v.number IS NOT NULL OR v.day IS NOT NULL
                ON CONFLICT (profile_id, metric_id) DO NOTHING
                """,
                day=self.as_of,
                moved=self._moved_values(batch, SQL("NOT known") if complete else None),
            )
        )

    def _update_values(self, batch):
        """Update the rows of moved values, and remove those that have none now.

        :return: whether all rows that ought to be there were; somebody may have
            switched a metric off and on again, which deletes them
        """
        moved = self._moved_values(batch)
        gone = SQL(
            """gone AS (
                   DELETE FROM cpm_metric_value old
                   USING (%s) v
                   WHERE v.number IS NULL AND v.day IS NULL AND v.scored_before
                     AND old.metric_id = v.metric_id AND old.profile_id = v.profile_id
               ),""",
            moved,
        )
        self.cr.execute(
            SQL(
                """
                WITH %(gone)s updated AS (
                    UPDATE cpm_metric_value old
                    SET number = v.number, event_date = v.day, date = %(day)s
                    FROM (%(moved)s) v
                    WHERE old.metric_id = v.metric_id AND old.profile_id = v.profile_id
                      AND (v.number IS NOT NULL OR v.day IS NOT NULL)
                      AND (old.number, old.event_date) IS DISTINCT FROM (v.number, v.day)
                    RETURNING v.known
                )
                SELECT (SELECT count(*) FROM updated WHERE known) = (
                    SELECT count(*) FROM (%(expected)s) v
                    WHERE v.number IS NOT NULL OR v.day IS NOT NULL)
                """,
                gone=gone if self._removes else SQL(""),
                day=self.as_of,
                moved=moved,
                expected=self._moved_values(batch, SQL("known")),
            )
        )
        return self.cr.fetchone()[0]

    def _look_at_old_values(self):
        """Return whether there are values to update, and whether anybody who was
        scored before loses one: few runs remove any."""
        self.cr.execute(
            SQL(
                """SELECT COALESCE(bool_or(c.old_state IS NOT NULL), FALSE) OR EXISTS (
                              SELECT 1 FROM cpm_metric_value v
                              JOIN cpm_run_change c USING (profile_id)),
                          COALESCE(bool_or(c.old_state IS NOT NULL AND (%s)), FALSE)
                   FROM cpm_run_change c""",
                SQL(" OR ").join(
                    SQL(
                        "(%s IS NULL AND %s IS NULL AND %s)",
                        value.number,
                        value.day,
                        value.moved,
                    )
                    for value in self._values
                ),
            )
        )
        return self.cr.fetchone()

    def _moved_values(self, batch, condition=None):
        """Return the statement that selects the moved values that fulfil ``condition``:
        ``profile_id, scored_before, metric_id, known, number, day``.

        Unnested arrays: a VALUES list is prepared again for every customer, which
        took longer than to work the values out.
        """
        columns = {
            "metric_id": lambda value: SQL(
                "CASE WHEN %s THEN %s END", value.moved, value.metric_id
            ),
            "known": lambda value: value.known,
            "number": lambda value: value.number,
            "day": lambda value: value.day,
        }
        return SQL(
            """SELECT * FROM (
                   SELECT c.profile_id, c.old_state IS NOT NULL AS scored_before, %s
                   FROM cpm_run_change c WHERE %s
               ) c WHERE metric_id IS NOT NULL AND %s""",
            SQL(", ").join(
                SQL(
                    "unnest(ARRAY[%s]) AS %s",
                    SQL(", ").join(map(column_of, self._values)),
                    SQL.identifier(name),
                )
                for name, column_of in columns.items()
            ),
            batch,
            condition or SQL("TRUE"),
        )

    def _computed_values(self, stage):
        """Return a :class:`Value` for each metric computed in this run."""

        def now(metric):
            return SQL("c.%s", column(metric))

        def before(metric):
            return stage.state_element(metric, SQL("c.old_state"))

        values = []
        for metric in stage.metrics - stage.failed:
            if metric.source == "manual":
                continue
            parts = metric
            if metric.source == "ratio":
                parts = metric.numerator_id | metric.denominator_id
            moved = [SQL("(c.old_state)[1] IS DISTINCT FROM %s", stage.signature)]
            moved += [
                SQL("%s IS DISTINCT FROM %s", now(part), before(part)) for part in parts
            ]
            values.append(
                Value(
                    metric.id,
                    *self._kept(stage, metric, now),
                    moved=SQL("(%s)", SQL(" OR ").join(moved)),
                    known=SQL(
                        "(%s IS NOT NULL OR %s IS NOT NULL)",
                        *self._kept(stage, metric, before),
                    ),
                )
            )
        return values

    @staticmethod
    def _kept(stage, metric, raw):
        """Return ``number`` and ``event_date`` of ``metric`` (see cpm.metric.value),
        made of the values ``raw(metric)``."""

        def event(metric):
            return SQL("(%s + %s::integer)", EPOCH, raw(metric))

        nothing = SQL("NULL::float8"), SQL("NULL::date")
        if metric._is_date_measure():
            return nothing[0], event(metric)
        if metric.source == "ratio" and metric._is_relative():
            divisor = SQL("NULLIF(%s, 0)", raw(metric.denominator_id))
            return divisor, SQL(
                "CASE WHEN %s IS NOT NULL THEN %s END",
                divisor,
                event(metric.numerator_id),
            )
        if metric.source == "ratio":
            values = points.Values(raw, stage.as_of, stage.absent)
            return values.of(metric), nothing[1]
        return raw(metric), nothing[1]

    # --------------------------------------------------------------- History

    def _write_history(self, batch):
        """Append a ``cpm.score`` for every score or level that changed, also where
        only what a cap hides did."""
        self.cr.execute(
            SQL(
                """
                INSERT INTO cpm_score
                    (profile_id, purpose, scorecard_id, date, score, level, breakdown,
                     uncapped_score, cap_reason)
                %s
                """,
                SQL(" UNION ALL ").join(
                    SQL("%s AND %s", history, batch) for history in self._history
                ),
            )
        )

    def _history_of(self, stage, purpose):
        """Return the statement that selects the new history of one score."""
        names = {
            name: SQL.identifier(f"{prefix}{purpose}_{suffix}")
            for name, prefix, suffix in (
                ("score", "", "score"),
                ("level", "", "level"),
                ("old_score", "old_", "score"),
                ("old_level", "old_", "level"),
            )
        }
        card = stage.card_column(purpose)
        return SQL(
            """
            SELECT c.profile_id, %(purpose)s, %(card)s, %(day)s::date,
                   c.%(score)s::numeric, c.%(level)s, %(breakdown)s, %(cap)s
            FROM cpm_run_change c
            WHERE (c.%(score)s IS DISTINCT FROM c.%(old_score)s
                   OR c.%(level)s IS DISTINCT FROM c.%(old_level)s
                   OR %(moved)s)
            """,
            cap=SQL(
                """c.health_uncapped::numeric,
                   CASE WHEN c.health_uncapped IS NOT NULL
                        THEN c.health_cap_reason END"""
                if purpose == "health"
                else "NULL::numeric, NULL::varchar"
            ),
            moved=SQL(
                "c.health_uncapped IS DISTINCT FROM c.old_health_uncapped"
                if purpose == "health"
                else "FALSE"
            ),
            purpose=purpose,
            card=card,
            day=self.as_of,
            breakdown=points.by_card(
                stage.cards_for(purpose),
                card,
                lambda card: points.breakdown(card, stage.values),
            ),
            **names,
        )

    # ----------------------------------------------------------------- Tiers

    def _tier_reason(self, stage):
        """Return why a tier changed, as the history keeps it."""
        changes = stage.env["cpm.tier.change"].with_context(lang="en_US")
        reasons = changes._rule_reasons()
        place = stage.tiers.place
        return SQL(
            """CASE WHEN c.old_tier_id IS NULL THEN %(first)s
                    WHEN COALESCE(%(new)s, 9999) < COALESCE(%(old)s, 9999) THEN %(up)s
                    ELSE %(down)s END""",
            first=reasons["first"],
            up=reasons["up"],
            down=reasons["down"],
            new=place(SQL("COALESCE(c.proposal_id, c.tier_id)")),  # 0 has no place
            old=place(SQL("c.old_tier_id")),
        )

    def _write_tier_changes(self, batch):
        """Append moves and proposals; end proposals the rule no longer wants."""
        self.cr.execute(
            SQL(
                """
                WITH ended AS (
                    UPDATE cpm_tier_change t
                    SET state = 'expired', write_date = now() AT TIME ZONE 'UTC'
                    FROM cpm_run_change c
                    WHERE %(batch)s AND t.profile_id = c.profile_id
                      AND t.state = 'proposed'
                      AND ((t.origin = 'rule'
                            AND COALESCE(t.to_tier_id, 0)
                                IS DISTINCT FROM c.proposal_id)
                           OR c.tier_id IS DISTINCT FROM c.old_tier_id)
                )
                INSERT INTO cpm_tier_change
                    (profile_id, company_id, from_tier_id, to_tier_id, score, origin,
                     reason, user_id, effective_date, state,
                     create_uid, create_date, write_uid, write_date)
                SELECT c.profile_id, %(company)s, c.old_tier_id,
                       NULLIF(COALESCE(c.proposal_id, c.tier_id), 0), c.value_score,
                       'rule',
                       %(reason)s, %(uid)s, %(day)s,
                       CASE WHEN c.proposal_id IS NULL THEN 'applied' ELSE 'proposed' END,
                       %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
                FROM cpm_run_change c
                WHERE %(batch)s AND (
                    (c.proposal_id IS NULL AND c.tier_id IS DISTINCT FROM c.old_tier_id)
                    OR (c.proposal_id IS NOT NULL
                        AND c.proposal_id IS DISTINCT FROM c.old_proposal_id))
                """,
                company=self.company_id,
                reason=self._reason,
                uid=self.uid,
                day=self.as_of,
                batch=batch,
            )
        )

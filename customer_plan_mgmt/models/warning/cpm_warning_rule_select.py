"""Whom a rule finds, as one statement."""

from odoo import fields, models
from odoo.tools import SQL

from .const import OPEN_STATES
from .engine.triggers import TRIGGERS


class CpmWarningRule(models.Model):
    _inherit = "cpm.warning.rule"

    def _select(self, facts, profiles=None, *, columns=(), also=None):
        """Return the statement that selects the customers the rule finds.

        :param facts: :class:`Facts` of the day
        :param profiles: only these
        :param columns: what to select besides ``profile_id``
        :param also: a further condition on the facts ``f``
        """
        self.ensure_one()
        trigger = self._trigger_of(facts)
        return SQL(
            "SELECT %(columns)s FROM (%(facts)s) f %(joins)s WHERE %(conditions)s",
            columns=SQL(", ").join([SQL("f.profile_id"), *columns]),
            facts=facts.source(profiles),
            joins=trigger.joins(),
            conditions=SQL(" AND ").join(
                SQL("(%s)", condition)
                for condition in (
                    trigger.condition(),
                    *self._conditions(facts),
                    also or SQL("TRUE"),
                )
            ),
        )

    def _trigger_of(self, facts):
        """Return the :class:`Trigger` of the rule over ``facts``."""
        return TRIGGERS[self.trigger](self, facts)

    def _conditions(self, facts):
        """Return the conditions on segment, tier and lifecycle stage."""
        conditions = []
        for name, records in (
            ("tier_id", self.tier_ids),
            ("lifecycle_stage_id", self.lifecycle_stage_ids),
        ):
            if records:
                conditions.append(
                    SQL("f.%s IN %s", SQL.identifier(name), tuple(records.ids))
                )
        if self.segment_id:
            members = facts.env["cpm.profile"]._search(
                self.segment_id.with_env(facts.env)._get_members_domain(), order=False
            )
            conditions.append(SQL("f.profile_id IN (%s)", members.select()))
        return conditions

    def _not_covered(self, facts):
        """Return the condition that nobody was warned by this rule of the customer ``f``
        who still is, or was within the quiet period."""
        return SQL(
            """NOT EXISTS (
                   SELECT 1 FROM cpm_warning w
                   WHERE w.rule_id = %s AND w.profile_id = f.profile_id
                     AND (w.state IN %s OR GREATEST(w.raised_on, w.closed_on) > %s))""",
            self.id,
            OPEN_STATES,
            fields.Date.subtract(facts.as_of, days=self.quiet_days),
        )

    def _hits(self, facts, limit, profiles=None):
        """Return ``SELECT profile_id, facts, total`` of the first ``limit`` customers to
        be warned of now; ``total`` is how many there are.

        What a warning remembers is put together for these only.
        """
        found = self._trigger_of(facts).found()
        columns = [
            SQL("%s AS %s", value, SQL.identifier(f"found_{name}"))
            for name, value in found.items()
        ]
        pairs = [
            SQL("%s::text, %s", name, SQL.identifier(f"found_{name}")) for name in found
        ]
        return SQL(
            """SELECT profile_id, jsonb_build_object(%s) AS facts, total
               FROM (%s ORDER BY f.profile_id LIMIT %s) hit""",
            SQL(", ").join(pairs),
            self._select(
                facts,
                profiles,
                columns=[*columns, SQL("count(*) OVER () AS total")],
                also=self._not_covered(facts),
            ),
            limit,
        )

    def _flagged(self, facts):
        """Return ``SELECT profile_id`` of the customers the rule finds on the day of
        ``facts``, whether they have a warning already or not.

        :param facts: :class:`Facts`, of today or of a past day
        """
        return self._select(facts)

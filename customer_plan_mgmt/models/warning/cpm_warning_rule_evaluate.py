"""Warning rules are evaluated set-based, one statement a rule."""

import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from .const import GROUP_ADMIN, OPEN_STATES
from .engine.facts import Facts
from .engine.triggers import TRIGGERS

_logger = logging.getLogger(__name__)

# Warnings of one rule raised at once; the scheduled action raises the others
BATCH = 500


class CpmWarningRule(models.Model):
    _inherit = "cpm.warning.rule"

    # ----------------------------------------------------------- Evaluation

    @api.model
    def _evaluate_company(self, company, profiles=None):
        """Evaluate the rules of ``company`` after a scoring run.

        The caller holds the lock of the company (``ScoringRun``). Who has an open
        warning of a rule, or one raised or closed within its quiet period, is not
        warned of again: evaluating twice raises nothing twice.

        :param company: ``res.company``
        :param profiles: only these ``cpm.profile`` records, None for all; new and
            changed rules wait for an evaluation of all
        :return: number of warnings raised
        """
        rules = self._for_company(company)
        return rules._evaluate(company, profiles) if rules else 0

    def _evaluate(self, company, profiles=None):
        """Evaluate these rules in ``company``; see :meth:`_evaluate_company`. A rule
        that fails is noted and does not hold up the others."""
        self.env.flush_all()
        facts = Facts(self.env, company, company._cpm_today())
        states = self.env["cpm.warning.rule.state"]._of(self, company)
        raised = 0
        for state in states.sorted(lambda state: (state.rule_id.sequence, state.id)):
            if profiles is not None and not state.is_confirmed:
                continue
            raised += state.rule_id._evaluate_one(facts, state, profiles)
        if any(state.is_confirmed and state.waiting_count for state in states):
            self._trigger_raising()
        return raised

    def _evaluate_one(self, facts, state, profiles):
        """Evaluate one rule in a savepoint of its own.

        :return: number of warnings raised
        """
        self.ensure_one()
        speaker = self.with_context(lang=state._reader().lang)
        problem = speaker._find_problem()
        if problem:
            state._fail(problem)
            return 0
        try:
            with self.env.cr.savepoint():
                return self._raise_found(facts, state, profiles)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception as error:
            self.env.invalidate_all()
            _logger.exception("The warning rule %s failed", self.id)
            state._fail(str(error))
            return 0

    def _raise_found(self, facts, state, profiles):
        """Raise a batch of warnings, or keep them back for a confirmation.

        A rule that finds nobody is not confirmed by that: the customers may be
        imported tomorrow.
        """
        self.env.cr.execute(
            SQL(
                """SELECT profile_id, facts, count(*) OVER () FROM (%s) hit
                   ORDER BY profile_id LIMIT %s""",
                self._hits(facts, profiles),
                BATCH,
            )
        )
        rows = self.env.cr.fetchall()
        total = rows[0][2] if rows else 0
        if not state.is_confirmed:
            if total > facts.company.cpm_warning_storm_limit:
                state._ask_to_confirm(total)
                return 0
            if total:
                state._confirm()
        if rows:
            self.env["cpm.warning"]._raise_from_rule(
                self, facts.company, [(profile, found) for profile, found, _n in rows]
            )
        state._note_evaluation(total - len(rows))
        return len(rows)

    # -------------------------------------------------------------- Statements

    def _select(self, facts, profiles=None, *, with_found=False, also=None):
        """Return the statement that selects the customers the rule finds.

        :param facts: :class:`Facts` of the day
        :param profiles: only these
        :param bool with_found: select ``facts`` besides ``profile_id``
        :param also: a further condition on the facts ``f``
        """
        self.ensure_one()
        trigger = TRIGGERS[self.trigger](self, facts)
        columns = [SQL("f.profile_id")]
        if with_found:
            pairs = [SQL("%s::text, %s", *pair) for pair in trigger.found().items()]
            columns.append(
                SQL("jsonb_build_object(%s) AS facts", SQL(", ").join(pairs))
            )
        return SQL(
            "SELECT %(columns)s FROM (%(facts)s) f %(joins)s WHERE %(conditions)s",
            columns=SQL(", ").join(columns),
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

    def _hits(self, facts, profiles=None):
        """Return ``SELECT profile_id, facts`` of those to be warned of now."""
        covered = SQL(
            """NOT EXISTS (
                   SELECT 1 FROM cpm_warning w
                   WHERE w.rule_id = %s AND w.profile_id = f.profile_id
                     AND (w.state IN %s OR GREATEST(w.raised_on, w.closed_on) > %s))""",
            self.id,
            OPEN_STATES,
            fields.Date.subtract(facts.as_of, days=self.quiet_days),
        )
        return self._select(facts, profiles, with_found=True, also=covered)

    def _flagged(self, facts):
        """Return ``SELECT profile_id`` of the customers the rule finds on the day of
        ``facts``, whether they have a warning already or not.

        :param facts: :class:`Facts`, of today or of a past day
        """
        return self._select(facts)

    def _knows_past(self):
        """Whether what the rule would have found on a past day can be computed."""
        return not self._past_unknown()

    def _past_unknown(self):
        """Return why nobody can tell what the rule would have found on a past day, as
        a sentence; None when it can be told."""
        self.ensure_one()
        found = self._find_problem()
        if found:
            return found
        if not TRIGGERS[self.trigger].knows_past:
            return self.env._("What this trigger looks at has no history.")
        if self.segment_id:
            return self.env._("Who belonged to the segment on a past day is not known.")
        if self.trigger in ("threshold", "drop") and not self._knows_measure_past():
            return self.env._("What this score was on a past day is not known.")
        return None

    def _knows_measure_past(self):
        """Whether the figure the rule looks at can be computed for a past day."""
        return self.measure in (
            "metric",
            "value_score",
            "health_score",
            "loyalty_score",
        )

    # --------------------------------------------------------------- Actions

    def action_confirm(self):
        """Let the rule raise in this company what it has found, and what it finds
        until it is changed. A first batch is raised at once, the others in the
        background."""
        self._check_admin()
        company = self.env.company.sudo()
        rules = self.sudo()
        self.env["cpm.warning.rule.state"]._of(rules, company)._confirm()
        if not rules.filtered("active")._evaluate_now(company):
            self._trigger_raising()
        return True

    def action_evaluate(self):
        """Evaluate the rule for the customers of this company as they were scored
        last."""
        self._check_admin()
        company = self.env.company.sudo()
        if not self.sudo().filtered("active")._evaluate_now(company):
            raise UserError(
                self.env._(
                    "The customers of %s are being scored right now. Try again in a few "
                    "minutes.",
                    company.name,
                )
            )
        return True

    def action_trial(self):
        """Open the dry run: whom the rule would warn of, today and in the last year."""
        self.ensure_one()
        self._check_admin()
        trial = self.env["cpm.warning.rule.trial"].create({"rule_id": self.id})
        return trial.action_compute()

    def _check_admin(self):
        """:raise AccessError: for anybody but an administrator"""
        self.check_access("write")
        if not self.env.user.has_group(GROUP_ADMIN):
            raise AccessError(
                self.env._("Only an administrator of Customer Plans may do this.")
            )

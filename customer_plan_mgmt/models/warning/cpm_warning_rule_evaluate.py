"""Warning rules are evaluated set-based, one statement a rule."""

import logging

from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from .const import GROUP_ADMIN
from .engine.facts import Facts

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
        self.env.cr.execute(self._hits(facts, BATCH, profiles))
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

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
        if not rules:
            return 0
        raised = rules._evaluate(company, profiles)
        rules._trigger_waiting(company)
        return raised

    def _evaluate(self, company, profiles=None):
        """Evaluate these rules in ``company``; see :meth:`_evaluate_company`. A rule
        that fails is noted and does not hold up the others, one of another company is
        left out."""
        self.env.flush_all()
        facts = Facts(self.env, company, company._cpm_today())
        rules = self.filtered(lambda rule: rule.company_id in (company, company[:0]))
        states = self.env["cpm.warning.rule.state"]._of(rules, company)
        raised = 0
        for state in states.sorted(lambda state: (state.rule_id.sequence, state.id)):
            if profiles is not None and not state.is_confirmed:
                continue
            raised += state.rule_id._evaluate_one(facts, state, profiles)
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
        if not state._may_raise(total):
            if profiles is not None:
                # Who confirms is to know how many there are among all customers
                return self._raise_found(facts, state, None)
            state._ask_to_confirm(total)
            return 0
        if total and not state.is_confirmed:
            state._confirm()
        if rows:
            self.env["cpm.warning"]._raise_from_rule(
                self, facts.company, [(profile, found) for profile, found, _n in rows]
            )
        state._note_evaluation(total - len(rows))
        return len(rows)

    # --------------------------------------------------------------- Actions

    def action_confirm(self):
        """Let the rule raise in its company, else in this one, what it has found, and
        what it finds until it is changed. A first batch is raised at once, the others in
        the background.

        A rule that has changed since its warnings were counted is not confirmed but
        counted anew: nobody has seen how many it would raise.

        :raise UserError: where it must be counted while the customers are scored
        """
        self._check_admin()
        states = self.env["cpm.warning.rule.state"]
        stale = self.browse()
        for company, rules in self.sudo()._by_company():
            counted = states._of(rules, company).filtered(lambda s: s._is_counted())
            counted._confirm(self.env.user)
            confirmed = counted.rule_id.filtered("active")
            if confirmed and not confirmed._evaluate_now(company):
                self._trigger_raising()
            stale |= rules - counted.rule_id
        if not stale:
            return True
        stale.action_evaluate()
        return stale._notice_of_recount()

    def _notice_of_recount(self):
        """Return the notice that these rules were counted anew instead."""
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": True,
                "message": self.env._(
                    "%s has changed since its warnings were counted, so it was not "
                    "confirmed. They have been counted anew: look at the number, then "
                    "confirm again.",
                    ", ".join(self.mapped("name")),
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_evaluate(self):
        """Evaluate the rule for the customers of its company, else of this one, as they
        were scored last.

        :raise UserError: while they are being scored
        """
        self._check_admin()
        for company, rules in self.sudo().filtered("active")._by_company():
            if not rules._evaluate_now(company):
                raise UserError(
                    self.env._(
                        "The customers of %s are being scored right now. Try again in a "
                        "few minutes.",
                        company.name,
                    )
                )
        return True

    def _by_company(self):
        """Return pairs of a company and those of these rules a person evaluates in it."""
        return self.grouped(lambda rule: rule._working_company()).items()

    def action_trial(self):
        """Open the dry run: whom the rule would warn of, today and in the last year."""
        self.ensure_one()
        self._check_admin()
        company = self._working_company().sudo(False)
        trials = self.env["cpm.warning.rule.trial"].with_company(company)
        trial = trials.create({"rule_id": self.id})
        return trial.action_compute()

    def _check_admin(self):
        """:raise AccessError: for anybody but an administrator"""
        self.check_access("write")
        if not self.env.user.has_group(GROUP_ADMIN):
            raise AccessError(
                self.env._("Only an administrator of Customer Plans may do this.")
            )

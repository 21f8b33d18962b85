"""A rule of one company does nothing in another."""

from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError, ValidationError

from odoo.addons.base.models.ir_cron import IrCron

from .common_multicompany import MultiCompanyCase
from .common_warning_rule import RuleMaker


class TestWarningCompanies(RuleMaker, MultiCompanyCase):
    """Both companies have two customers each below the limit of the rules."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin.company_ids |= cls.companies
        cls.env["cpm.scorecard"]._run(companies=cls.companies)
        cls.rule = cls._make_low(cls.elsewhere).with_user(cls.admin)
        cls.rule = cls.rule.with_context(allowed_company_ids=cls.companies.ids)

    @classmethod
    def _make_low(cls, company):
        """Return a rule of ``company`` that finds everybody."""
        cls.orders = cls.env["cpm.metric"]
        return cls._make_rule(
            company_id=company and company.id, measure="value_score", limit_value=99
        )

    def _raised(self):
        return self.warnings.search([("rule_id", "=", self.rule.id)])

    def test_evaluated_in_the_company_of_the_rule(self):
        self.assertEqual(self.rule.env.company, self.company)
        self.rule.action_evaluate()
        self.assertEqual(self._raised().profile_id, self.there | self.only_there)
        self.assertEqual(self.rule.state_ids.company_id, self.elsewhere)

    def test_confirmed_in_the_company_of_the_rule(self):
        self.companies.cpm_warning_storm_limit = 1
        self.rule.action_evaluate()
        self.assertFalse(self._raised())
        self.rule.invalidate_recordset()
        self.assertEqual(self.rule.waiting_count, 2)
        self.rule.action_confirm()
        self.assertEqual(self._raised().company_id, self.elsewhere)
        self.assertEqual(len(self._raised()), 2)

    def test_not_evaluated_elsewhere_whoever_asks(self):
        self.assertFalse(self.rule.sudo()._evaluate(self.company))
        self.assertFalse(self._raised())
        state = self.env["cpm.warning.rule.state"]._of(self.rule, self.company)
        state._confirm(self.admin)
        state.waiting_count = 2
        with patch.object(IrCron, "_commit_progress"):
            self.rules._cron_raise()
        self.assertFalse(self._raised())

    def test_warnings_of_a_rule_stay_in_its_company(self):
        with self.assertRaisesRegex(ValidationError, "is not a warning rule of"):
            self.warnings._raise_from_rule(
                self.rule, self.company, [(self.here.id, {})]
            )

    def test_dry_run_in_the_company_of_the_rule(self):
        action = self.rule.action_trial()
        trial = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(trial.company_id, self.elsewhere)
        self.assertEqual(trial.hit_ids.profile_id, self.there | self.only_there)
        trial = trial.with_env(self.rule.env).create(
            {"rule_id": self.rule.id, "company_id": self.company.id}
        )
        with self.assertRaisesRegex(UserError, "Company: the rule is one of Elsewhere"):
            trial.action_compute()

    def test_an_administrator_of_each_company_is_told(self):
        other = self._make_user(
            "cpm_admin_there",
            "customer_plan_mgmt.group_cpm_admin",
            company_id=self.elsewhere.id,
            company_ids=[Command.set(self.elsewhere.ids)],
        )
        others = self.env["cpm.metric"]._failure_readers() - other
        others.write(
            {
                "company_id": self.company.id,
                "company_ids": [Command.set(self.company.ids)],
            }
        )
        self.companies.cpm_warning_storm_limit = 1
        rule = self._make_low(None)
        for company in self.companies:
            self.rules._evaluate_company(company)
        tasks = rule.activity_ids
        self.assertEqual(len(tasks), 2)
        self.assertIn(other, tasks.user_id)
        self.assertIn(
            "Warning rule waits for confirmation (Elsewhere)", tasks.mapped("summary")
        )

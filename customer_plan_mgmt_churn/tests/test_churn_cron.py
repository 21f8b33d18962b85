"""Learning in the background."""

from datetime import timedelta
from unittest.mock import patch

import psycopg2

from odoo import sql_db
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, mute_logger

from odoo.addons.customer_plan_mgmt.models.scoring.engine.run import LOCK_SPACE

from ..models.cpm_churn_model_cron import TRAINING
from .common import TODAY, ChurnCase


class TestChurnCron(ChurnCase):
    def _models(self):
        return self.model.search([("company_id", "=", self.company.id)])

    def test_it_learns_every_month(self):
        self._cron()
        self.assertEqual(self._models().state, "active")
        self.assertEqual(self.company.cpm_churn_train_on, TODAY + timedelta(days=30))
        self._cron(TODAY + timedelta(days=29))
        self.assertEqual(len(self._models()), 1)
        self._cron(TODAY + timedelta(days=70))  # however late
        self.assertEqual(self._models().mapped("state"), ["active", "replaced"])

    def test_customers_are_scored_at_once(self):
        self._score()
        self.assertFalse(any(self.customers.mapped("churn_level")))
        self._cron()
        self.assertTrue(all(self.customers.mapped("churn_level")))

    def test_the_button_asks_for_it(self):
        self._cron()
        cron = self.env.ref("customer_plan_mgmt_churn.ir_cron_cpm_churn")
        self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]).unlink()
        models = self.model.with_user(self.admin).with_company(self.company)
        notice = models.action_train()
        self.assertEqual(notice["tag"], "display_notification")
        self.assertTrue(self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]))
        self.assertEqual(len(self._models()), 1)  # not in the click
        self._cron(self.company._cpm_today())
        self.assertEqual(len(self._models()), 2)

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.models")
    def test_the_button_is_for_administrators(self):
        for user in (self.user_own, self.user_all, self.manager, self.employee):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.model.with_user(user).action_train()
        self.assertFalse(self.company.cpm_churn_train_on)

    def test_the_button_says_when_nothing_would_happen(self):
        self.env.ref("customer_plan_mgmt_churn.ir_cron_cpm_churn").active = False
        with self.assertRaisesRegex(UserError, "switched off"):
            self.model.with_user(self.admin).action_train()

    def test_a_failure_is_told_and_tried_again(self):
        def fail(*_args):
            raise ValueError("numbers ran out")

        with (
            patch.object(type(self.model), "_train", fail),
            self.assertLogs("odoo.addons.customer_plan_mgmt_churn", "ERROR"),
        ):
            self._cron()
            self._cron()
        self.assertFalse(self._models())
        self.assertFalse(self.company.cpm_churn_train_on)
        told = self.company.partner_id.activity_ids
        self.assertEqual(len(told), 1)
        self.assertIn("numbers ran out", told.note)
        self._cron()
        self.assertEqual(self._models().state, "active")

    def test_nothing_half_is_left_behind(self):
        """A failure while scoring takes the model back too."""

        def fail(*_args):
            raise ValueError("disk full")

        with (
            patch.object(type(self.model), "_score_company", fail),
            self.assertLogs("odoo.addons.customer_plan_mgmt_churn", "ERROR"),
        ):
            self._cron()
        self.assertFalse(self._models())
        self.assertFalse(self.company.cpm_churn_train_on)

    def test_two_at_once_do_not_learn_twice(self):
        with sql_db.db_connect(self.env.cr.dbname).cursor() as other:
            other.execute(
                SQL("SELECT pg_advisory_lock(%s, %s)", TRAINING, self.company.id)
            )
            self._cron()
            self.assertFalse(self._models())
            self.assertFalse(self.company.cpm_churn_train_on)
            # The connection goes back to the pool and would keep the lock
            other.execute(
                SQL("SELECT pg_advisory_unlock(%s, %s)", TRAINING, self.company.id)
            )
        self._cron()
        self.assertEqual(len(self._models()), 1)

    def test_during_a_scoring_run_scoring_waits(self):
        with sql_db.db_connect(self.env.cr.dbname).cursor() as other:
            other.execute(
                SQL("SELECT pg_advisory_xact_lock(%s, %s)", LOCK_SPACE, self.company.id)
            )
            self._cron()
        self.assertEqual(self._models().state, "active")
        self.assertFalse(any(self.customers.mapped("churn_level")))

    def test_the_database_keeps_one_model_in_use(self):
        model = self._train()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self.model.sudo().create(
                {
                    "company_id": self.company.id,
                    "observed_on": TODAY,
                    "state": model.state,
                }
            )
            self.env.flush_all()

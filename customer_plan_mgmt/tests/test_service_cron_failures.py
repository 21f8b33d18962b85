"""What goes wrong in a scheduled action must stop nobody else."""

from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo import Command
from odoo.exceptions import UserError
from odoo.tools import SQL, mute_logger

from .common_service import ServiceCase

START = "2024-05-06 09:00:00"
LATE = "2024-05-07 09:00:00"
CRON = "odoo.addons.customer_plan_mgmt.models.service.cpm_sla_timer_cron"


class TestServiceCronFailures(ServiceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._replace_standard(
            {
                "amount": 10,
                "unit": "clock_hours",
                "step_ids": [Command.create({"value": 100, "recipient": "manager"})],
            }
        )

    def setUp(self):
        super().setUp()
        self.enterContext(mute_logger(CRON))
        self.good = self._make_feedback(START, name="Good")
        self.bad = self._make_feedback(START, name="Bad")
        self.more = self._make_feedback(START, name="More")

    def _digest(self, user):
        return self.env["mail.message"].search(
            [
                ("subject", "like", "Promises to customers"),
                ("partner_ids", "in", user.partner_id.ids),
            ]
        )

    def _activities(self, feedback):
        return self.env["mail.activity"].search_count(
            [("res_model", "=", "cpm.feedback"), ("res_id", "=", feedback.id)]
        )

    def _assert_others_served(self):
        for feedback in self.good | self.more:
            self.assertEqual(self._timer(feedback).state, "missed")
            self.assertEqual(self._activities(feedback), 1)
            self.assertFalse(self._timer(feedback).alert_failure)
        digest = self._digest(self.user_own)
        self.assertEqual(len(digest), 1)
        self.assertIn("Good", digest.body)
        self.assertIn("More", digest.body)

    def _assert_marked(self, text):
        timer = self._timer(self.bad)
        self.assertEqual(timer.state, "missed")
        self.assertIn(text, timer.alert_failure)
        self._cron("2024-05-07 09:10:00")
        self.assertEqual(len(self._digest(self.user_own)), 1)

    def _poison(self, model, method, is_bad, error):
        """Let ``method`` fail for bad records."""
        target = type(self.env[model])
        original = getattr(target, method)

        def poisoned(records, *args, **kwargs):
            if is_bad(records, *args):
                raise error
            return original(records, *args, **kwargs)

        return patch.object(target, method, poisoned)

    def test_a_record_deleted_behind_our_back(self):
        self.env.flush_all()
        self.env.cr.execute("DELETE FROM cpm_feedback WHERE id = %s", [self.bad.id])
        self.env.invalidate_all()
        self._cron(LATE)
        self._assert_others_served()
        self.assertEqual(self._timer(self.bad).state, "missed")

    def test_a_model_that_is_gone(self):
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE cpm_sla_timer SET res_model = 'cpm.gone' WHERE res_id = %s",
                self.bad.id,
            )
        )
        self.env.invalidate_all()
        self._cron(LATE)
        self._assert_others_served()
        gone = self.timers.search([("res_model", "=", "cpm.gone")])
        self.assertEqual(gone.res_name, "")
        with self._time(LATE):
            self._make_leave("2024-05-07 00:00", "2024-05-07 23:59:59")

    def test_an_activity_that_cannot_be_made(self):
        def is_bad(_records, vals_list):
            return any(vals.get("res_id") == self.bad.id for vals in vals_list)

        with self._poison("mail.activity", "create", is_bad, UserError("No room")):
            self._cron(LATE)
        self._assert_others_served()
        self._assert_marked("No room")

    def test_a_case_whose_name_cannot_be_read(self):
        def is_bad(records):
            return self.bad in records

        error = ValueError("Broken name")
        with self._poison("cpm.feedback", "_compute_display_name", is_bad, error):
            self._cron(LATE)
        self.assertEqual(self._timer(self.bad).state, "missed")
        for feedback in self.good | self.more:
            self.assertEqual(self._timer(feedback).state, "missed")

    def test_a_clock_that_cannot_be_worked_out(self):
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE cpm_sla_timer SET stops = '[[1]]' WHERE res_id = %s",
                self.bad.id,
            )
        )
        self.env.invalidate_all()
        self._cron(LATE)
        timer = self._timer(self.bad)
        self.assertTrue(timer.alert_failure)
        self.assertFalse(timer.escalate_at)

    def test_a_tier_that_cannot_be_followed(self):
        others = self._make_customer("Other")
        feedback = self._make_feedback(START, partner_id=others.partner_id.id)
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE cpm_profile SET tier_id = %s WHERE id IN %s",
                self.tier_a.id,
                tuple((self.customer | others).ids),
            )
        )
        self.env.invalidate_all()

        def is_bad(records, *_args):
            return self.bad in records

        with self._poison("cpm.feedback", "_cpm_sla_sync", is_bad, ValueError("Bad")):
            self._cron(START)
        self.assertEqual(self._timer(self.bad).alert_failure, "Bad")
        self.assertEqual(self._timer(self.good).tier_id, self.tier_a)
        self.assertEqual(self._timer(feedback).tier_id, self.tier_a)

    def test_everybody_archived(self):
        self.user_own.active = False
        self.manager.active = False
        self._cron(LATE)
        self.assertEqual(self._timer(self.good).state, "missed")
        self.assertFalse(self._digest(self.user_own))
        self.assertFalse(self._activities(self.good))

    def test_who_may_not_see_a_case_gets_no_activity_on_it(self):
        stranger = self._make_user("cpm_stranger", "base.group_user")
        self.customer.sudo().manager_id = stranger
        self._cron(LATE)
        self.assertFalse(self._activities(self.good))

    def test_somebody_faster_is_tried_again(self):
        original = type(self.timers)._take_due
        calls = []

        def take(timers, limit):
            calls.append(limit)
            if len(calls) < 3:
                raise SerializationFailure
            return original(timers, limit)

        with (
            patch.object(type(self.timers), "_take_due", take),
            patch.object(self.cr, "rollback"),
        ):
            self._cron(LATE)
        self.assertEqual(len(calls), 3)
        self._assert_others_served()

    def test_a_run_that_is_killed_is_repeated_as_a_whole(self):
        """Marks and messages are one transaction: killed in between, both are gone."""
        timers = type(self.timers)
        with (
            self._time(LATE),
            self.assertRaises(KeyboardInterrupt),
            self.cr.savepoint(),
            patch.object(timers, "_tell", side_effect=KeyboardInterrupt),
        ):
            self._follow()
        self.assertEqual(self._timer(self.good).state, "running")
        self._cron(LATE)
        self._assert_others_served()

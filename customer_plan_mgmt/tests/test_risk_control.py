"""Control measures and their activities: done in one place, done in the other."""

from odoo import Command
from odoo.exceptions import AccessError, ValidationError

from .common_risk import TODAY, RiskCase


class TestRiskControl(RiskCase):
    def setUp(self):
        super().setUp()
        self.risk = self._make_risk(3, 4)
        self.control = self._control(self.risk, user_id=self.user_all.id)

    def test_the_owner_of_a_measure_has_an_activity(self):
        activity = self.control.activity_id
        self.assertEqual(activity.user_id, self.user_all)
        self.assertEqual(activity.summary, "Call weekly")
        self.assertEqual(activity.date_deadline, TODAY)
        self.assertEqual(
            (activity.res_model, activity.res_id), ("cpm.risk", self.risk.id)
        )

    def test_a_risk_may_come_with_its_measures(self):
        risk = self.risks.with_user(self.manager).create(
            {
                "name": "The buyer retires",
                "profile_id": self.customer.id,
                "category_id": self.category.id,
                "control_ids": [
                    Command.create({"name": "Meet", "user_id": user.id})
                    for user in (self.manager, self.user_own)
                ],
            }
        )
        self.assertEqual(
            self._asked(risk, "risk_control"), self.manager | self.user_own
        )
        self.assertIn(self.manager.partner_id, risk.message_partner_ids)

    def test_the_activity_follows_the_measure(self):
        self.control.write({"user_id": self.manager.id, "name": "Visit"})
        self.assertEqual(self.control.activity_id.user_id, self.manager)
        self.assertEqual(self.control.activity_id.summary, "Visit")
        self.assertEqual(self._asked(self.risk, "risk_control"), self.manager)

    def test_a_measure_that_is_done_ends_its_activity(self):
        activity = self.control.activity_id
        self.control.with_user(self.user_all).is_done = True
        self.assertFalse(activity.active)
        self.assertEqual(self.control.done_by_id, self.user_all)
        self.assertTrue(self.control.done_on)

    def test_an_activity_that_is_done_ends_its_measure(self):
        self.control.activity_id.with_user(self.user_all).action_feedback("Called")
        self.assertTrue(self.control.is_done)
        self.assertEqual(self.control.done_by_id, self.user_all)

    def test_a_measure_that_is_not_done_after_all_asks_again(self):
        self.control.is_done = True
        self.control.is_done = False
        self.assertFalse(self.control.done_on)
        self.assertEqual(self._asked(self.risk, "risk_control"), self.user_all)

    def test_nobody_is_asked_for_measures_of_closed_risks(self):
        self.risk._close("Over")
        self.assertFalse(self._asked(self.risk, "risk_control"))
        self.risk.action_reopen()
        self.assertEqual(self._asked(self.risk, "risk_control"), self.user_all)

    def test_the_activity_goes_with_the_measure(self):
        self.control.unlink()
        self.assertFalse(self._asked(self.risk, "risk_control"))

    def test_measures_are_done_by_employees(self):
        portal = self._make_portal_user(self.customer.partner_id)
        with self.assertRaises(ValidationError):
            self._control(self.risk, user_id=portal.id)

    def test_who_did_it_is_not_typed_in(self):
        for vals in ({"done_by_id": self.admin.id}, {"done_on": TODAY}):
            with self.assertRaises(AccessError):
                self.control.with_user(self.admin).write(vals)

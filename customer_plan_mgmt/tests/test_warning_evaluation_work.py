"""Triggers over promises, answers, goals and plans."""

from datetime import timedelta

from odoo.fields import Datetime

from odoo.addons.customer_plan_mgmt.models.warning.engine.facts import Facts

from .common_feedback import FeedbackCase
from .common_plan import PlanCase
from .common_warning_rule import RuleMaker


class TestWarningPromises(RuleMaker, FeedbackCase):
    def _flagged(self, rule, days=0):
        facts = Facts(
            self.env,
            self.company,
            self.company._cpm_today() - timedelta(days=days),
            past=bool(days),
        )
        self.env.flush_all()
        self.env.cr.execute(rule._flagged(facts))
        return self.profiles.browse(row[0] for row in self.env.cr.fetchall())

    def _miss(self, days, **vals):
        """Return feedback whose promises were due ``days`` days ago."""
        now = Datetime.now()
        feedback = self._make_feedback(received_at=now - timedelta(days=days + 30))
        timers = self.env["cpm.sla.timer"].search(
            [("res_model", "=", "cpm.feedback"), ("res_id", "=", feedback.id)]
        )
        one = timers[0].sudo()
        (timers - one).sudo().unlink()
        one.write(
            {"deadline": now - timedelta(days=days), "state": "running", **vals}
        )
        return one

    def test_promises_missed_lately_are_counted(self):
        rule = self._make_rule("promise", event_count=2, within_days=10)
        self._miss(2, is_missed=True, state="missed")
        self._miss(12)
        self.assertFalse(self._flagged(rule))
        second = self._miss(5)  # missed whether somebody marked it or not
        self.assertEqual(self._flagged(rule), self.customer)
        second.write({"state": "exempt"})
        self.assertFalse(self._flagged(rule))
        second.write({"state": "met", "done_at": second.deadline - timedelta(hours=1)})
        self.assertFalse(self._flagged(rule))
        second.write({"done_at": second.deadline + timedelta(hours=1)})
        self.assertEqual(self._flagged(rule), self.customer)
        # Six days ago: the one twelve days ago, and none of the others
        self.assertFalse(self._flagged(rule, 6))
        rule.event_count = 1
        self.assertEqual(self._flagged(rule, 6), self.customer)
        self.assertFalse(self._flagged(rule, 13))

    def test_bad_marks_lately(self):
        rule = self._make_rule("satisfaction", limit_value=2, within_days=10)
        now = Datetime.now()
        question = (
            self.env["cpm.satisfaction"]
            .sudo()
            .create(
                {
                    "feedback_id": self._make_feedback().id,
                    "company_id": self.company.id,
                    "partner_id": self.customer.partner_id.id,
                    "sent_at": now - timedelta(days=20),
                    "expires_at": now + timedelta(days=20),
                }
            )
        )
        self.assertFalse(self._flagged(rule))
        for rating, days, found in (
            ("3", 1, False),
            ("2", 1, True),
            ("1", 9, True),
            ("1", 10, False),
        ):
            with self.subTest(rating=rating, days=days):
                question.write(
                    {"rating": rating, "answered_at": now - timedelta(days=days)}
                )
                self.assertEqual(bool(self._flagged(rule)), found)
        self.assertEqual(self._flagged(rule, 8), self.customer)
        self.assertFalse(self._flagged(rule, 11))
        self.rules._evaluate_company(self.company)
        question.write({"rating": "1", "answered_at": now - timedelta(days=1)})
        self.rules._evaluate_company(self.company)
        warning = self.warnings.search([("rule_id", "=", rule.id)])
        self.assertEqual(
            self.rules._fact_text(warning),
            "Satisfaction 1 of 5 within the last 10 days.",
        )


class TestWarningPlans(RuleMaker, PlanCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.company._cpm_today()
        cls.plan.write(
            {
                "date_start": cls.today - timedelta(days=100),
                "date_end": cls.today + timedelta(days=30),
            }
        )

    def _found(self, rule):
        self.env.flush_all()
        facts = Facts(self.env, self.company, self.today)
        self.env.cr.execute(rule._flagged(facts))
        return self.profiles.browse(row[0] for row in self.env.cr.fetchall())

    def test_goal_off_track_in_a_running_plan(self):
        rule = self._make_rule("goal")
        self._measure(90)
        self.assertEqual(self.goal.status, "off_track")
        self.assertFalse(self._found(rule))  # nobody has agreed to it yet
        self._agree()
        self.assertEqual(self._found(rule), self.customer)
        self.rules._evaluate_company(self.company)
        warning = self.warnings.search([("rule_id", "=", rule.id)])
        self.assertEqual(
            self.rules._fact_text(warning), f"Off track: {self.goal.name}."
        )
        self._measure(400)
        self.assertFalse(self._found(rule))

    def test_plan_that_ends_without_a_successor(self):
        rule = self._make_rule("plan_ending", within_days=30)
        self.assertFalse(self._found(rule))
        self._agree()
        self.assertEqual(self._found(rule), self.customer)
        rule.within_days = 29
        self.assertFalse(self._found(rule))
        rule.within_days = 60
        self.rules._evaluate_company(self.company)
        warning = self.warnings.search([("rule_id", "=", rule.id)])
        self.assertEqual(warning.facts["plan"], self.plan.id)
        self.assertIn(self.plan.name, self.rules._fact_text(warning))
        later = self._make_plan(
            date_start=self.today, date_end=self.today + timedelta(days=400)
        )
        self.assertFalse(self._found(rule))
        later.active = False
        self.assertEqual(self._found(rule), self.customer)

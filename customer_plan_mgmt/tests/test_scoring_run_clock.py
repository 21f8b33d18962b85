"""What the clock alone changes is noticed in the nights between complete scorings."""

from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo.fields import Domain

from ..models.scoring.engine import clock
from .common_feedback import FRIDAY, FeedbackCase

NIGHT = datetime(2024, 6, 8, 2)


class TestScoringRunClock(FeedbackCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._make_customer("Borealis")
        cls.company.cpm_full_pass_days = 1000
        cls.overdue = cls._metric(
            "late", "[('is_open', '=', True), ('sla_is_overdue', '=', True)]"
        )
        cls._make_scorecard((cls.overdue, 1, {0: 100, 1: 50, 2: 0}))
        # In time until Saturday 17:30
        with freeze_time(FRIDAY + timedelta(minutes=1)):
            cls._make_feedback(received_at=FRIDAY)
            cls._make_feedback(
                received_at=FRIDAY,
                partner_id=cls.other.partner_id.id,
                first_answer_at=FRIDAY,
            )
            cls.env.flush_all()

    @classmethod
    def _metric(cls, code, domain):
        return cls.env["cpm.metric"].create(
            {
                "name": code,
                "code": code,
                "measure": "count",
                "model_id": cls.env.ref("customer_plan_mgmt.model_cpm_feedback").id,
                "partner_field": "partner_id",
                "date_field": "received_at",
                "domain": domain,
            }
        )

    def _night(self, moment, full=False):
        self._forget_edits(FRIDAY)
        self.env.cr.execute("UPDATE cpm_feedback SET write_date = %s", [FRIDAY])
        with freeze_time(moment):
            return self._run(moment.date(), full=full)

    def _late(self, customer):
        values = self.env["cpm.metric.value"].search(
            [("profile_id", "=", customer.id), ("metric_id", "=", self.overdue.id)]
        )
        return values.number

    def test_what_became_overdue_counts_in_the_next_night(self):
        self._night(NIGHT, full=True)
        self.assertEqual(self._late(self.customer), 0)
        night = self._night(NIGHT + timedelta(days=1))
        self.assertFalse(night.full, "the night is incremental")
        self.assertEqual(self._late(self.customer), 1)
        self.assertEqual(self.customer.value_score, 50)
        self.assertEqual(self._late(self.other), 0)
        again = self._night(NIGHT + timedelta(days=1, hours=3), full=True)
        self.assertEqual(again.changed, 0, "a complete scoring finds the same")

    def test_only_whose_deadline_went_by_is_looked_at(self):
        self._night(NIGHT, full=True)
        night = self._night(NIGHT + timedelta(days=1))
        self.assertEqual(night.looked_at, 1)
        night = self._night(NIGHT + timedelta(days=2))
        self.assertEqual(night.looked_at, 0, "gone by before the last night")

    # --------------------------------------------------------- Finding the moments

    def _moments(self, model, domain):
        return [
            (path, text)
            for path, _field, text in clock.moments(self.env[model], Domain(domain))
        ]

    def test_moments_behind_computed_fields_are_found(self):
        deadline = ("sla_deadline", "now")
        for model, domain, expected in (
            ("cpm.feedback", [("sla_is_overdue", "=", True)], {deadline}),
            ("cpm.feedback", [("sla_is_overdue", "!=", True)], {deadline}),
            ("cpm.feedback", ["!", ("sla_is_overdue", "=", True)], {deadline}),
            ("cpm.feedback", [("is_open", "=", True)], set()),
            ("cpm.feedback", [("tier_id", "!=", False)], set()),
            ("cpm.feedback", [("received_at", "<", "now")], set()),  # says so itself
            (
                "cpm.satisfaction",
                [("feedback_id.sla_is_overdue", "=", True)],
                {("feedback_id.sla_deadline", "now")},
            ),
        ):
            with self.subTest(domain=domain):
                self.assertEqual(set(self._moments(model, domain)), expected)

    def test_the_window_is_exact_for_moments_and_wide_for_days(self):
        since, now = NIGHT, NIGHT + timedelta(days=1)
        deadline = self.feedback._fields["sla_deadline"]
        day = self.feedback._fields["recurrence_check_on"]
        with freeze_time(now):
            self.assertEqual(
                clock.window(self.env, deadline, "now", since, now), (since, now)
            )
            for field, text, edge in (
                (deadline, "-30d", now - timedelta(days=30)),
                (deadline, "today", now),
                (day, "now", now),
                (day, "today +2d", now + timedelta(days=2)),
            ):
                first, last = clock.window(self.env, field, text, since, now)
                with self.subTest(field=field.name, text=text):
                    self.assertLess(first, edge - (now - since))
                    self.assertGreater(last, edge)

"""Corrective actions: did the trouble come back?"""

from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from ..models.feedback.effect import EFFECT, came_back, count_effect
from .common_feedback import FeedbackCase

COUNTED = ("", "_own", "_customer", "_category", "_cause")


@tagged("post_install", "-at_install")
class TestFeedbackEffect(FeedbackCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write(
            {
                "cpm_complaint_cause": True,
                "cpm_recurrence_days": 90,
                "cpm_recurrence_percent": 100,
            }
        )
        cls.now = fields.Datetime.now().replace(microsecond=0)
        cls.category = cls._make_category("Fabric")
        cls.other = cls._make_customer("Borealis").partner_id

    def _closed(self, days=90, **vals):
        """Return a complaint closed ``days`` ago."""
        closed = self.now - timedelta(days=days)
        complaint = self._make_feedback(
            type="complaint",
            received_at=closed - timedelta(days=2),
            category_id=self.category.id,
            root_cause_id=self.cause.id,
            corrective_action="Test dye",
            user_id=self.user_all.id,
            **vals,
        )
        complaint.stage = "solved"
        complaint.stage = "closed"
        complaint.write({"solved_at": closed, "closed_at": closed})
        return complaint

    def _complaint_at(self, moment, **vals):
        return self._make_feedback(
            type="complaint",
            received_at=moment,
            **{
                "category_id": self.category.id,
                "root_cause_id": self.cause.id,
                **vals,
            },
        )

    def _check(self):
        with freeze_time(self.now):
            return self.feedback._check_recurrence(self.company, 100)

    def test_checked_exactly_after_the_days(self):
        due = self._closed(90)
        early = self._closed(90)
        early.closed_at += timedelta(seconds=1)
        self._check()
        self.assertTrue(due.recurrence_check_on)
        self.assertFalse(early.recurrence_check_on)

    def test_counts_the_same_days_before_and_after(self):
        complaint = self._closed(100)
        closed, span = complaint.closed_at, timedelta(days=90)
        second = timedelta(seconds=1)
        for moment in (
            closed - span,  # too long ago
            closed - span + second,  # before
            closed,  # before
            closed + second,  # after
            closed + span,  # after
            closed + span + second,  # too late
        ):
            self._complaint_at(moment)
        self._check()
        self.assertEqual(complaint.recurrence_before, 2)
        self.assertEqual(complaint.recurrence_after, 2)

    def test_what_is_something_else_does_not_count(self):
        complaint = self._closed(95)
        after = complaint.closed_at + timedelta(days=1)
        other = self.env["cpm.root.cause"].create({"name": "Thread"})
        self._complaint_at(after, root_cause_id=other.id)
        self._complaint_at(after, stage="cancelled")
        self._make_feedback(received_at=after, category_id=self.category.id)
        self._complaint_at(after, root_cause_id=False, category_id=False)
        self._check()
        self.assertEqual(complaint.recurrence_after, 0)
        self.assertEqual(complaint.corrective_state, "effective")
        self.assertFalse(self._activities(complaint, "mail_activity_recurrence"))

    def test_a_complaint_not_analysed_yet_counts_by_its_category(self):
        complaint = self._closed(95)
        self._complaint_at(complaint.closed_at + timedelta(days=1), root_cause_id=False)
        self._check()
        self.assertEqual(complaint.recurrence_after, 1)

    def test_trouble_that_came_back_opens_the_action_again(self):
        complaint = self._closed(95, corrective_user_id=self.manager.id)
        self._complaint_at(complaint.closed_at + timedelta(days=3))
        self._check()
        self.assertEqual(complaint.corrective_state, "recurred")
        activity = self._activities(complaint, "mail_activity_recurrence")
        self.assertEqual(activity.user_id, self.manager)
        self.assertEqual(complaint.stage, "closed", "the case itself stays closed")

    def test_checked_once(self):
        complaint = self._closed(95)
        self._complaint_at(complaint.closed_at + timedelta(days=3))
        self.assertEqual(self._check(), 1)
        self.assertEqual(self._check(), 0)
        self.assertEqual(
            len(self._activities(complaint, "mail_activity_recurrence")), 1
        )

    def test_reopened_and_closed_again_is_checked_again(self):
        complaint = self._closed(95)
        self._complaint_at(complaint.closed_at + timedelta(days=3))
        self._check()
        user = complaint.with_user(self.user_all)
        user.action_reopen()
        user.corrective_action = "Other dye"
        self.assertFalse(complaint.recurrence_check_on)
        user.action_solve()
        user.action_close()
        complaint.closed_at = self.now - timedelta(days=91)
        complaint.closed_at += timedelta(days=1)
        self.assertEqual(self._check(), 1)
        self.assertTrue(complaint.recurrence_check_on)

    @mute_logger("odoo.addons.customer_plan_mgmt.models.feedback.cpm_feedback_effect")
    def test_what_cannot_be_checked_says_so_and_stops_nobody(self):
        poison, good = self._closed(96), self._closed(95)
        check = type(self.feedback)._check_effect

        def explode(record, counts):
            if record.id == poison.id:
                raise ZeroDivisionError("boom")
            return check(record, counts)

        self.patch(type(self.feedback), "_check_effect", explode)
        self._check()
        self.assertEqual(good.corrective_state, "effective")
        self.assertEqual(poison.corrective_state, "planned")
        self.assertIn("boom", poison.message_ids[0].body)
        self.assertEqual(self._check(), 0, "not tried for ever")

    def test_zero_days_check_nothing(self):
        complaint = self._closed(3000)
        self.company.cpm_recurrence_days = 0
        self.assertEqual(self._check(), 0)
        self.assertFalse(complaint.recurrence_check_on)

    # ------------------------------------------------------------ What is counted

    def _counts(self, complaint):
        """Return ``{what is counted: (before, after)}``."""
        return {
            name: (
                complaint[f"recurrence{name}_before"],
                complaint[f"recurrence{name}_after"],
            )
            for name in COUNTED
        }

    def test_customer_category_and_cause_are_counted_apart(self):
        complaint = self._closed(95)
        before = complaint.closed_at - timedelta(days=5)
        after = complaint.closed_at + timedelta(days=5)
        thread = self.env["cpm.root.cause"].create({"name": "Thread"}).id
        seams = self._make_category("Seams").id
        for moment, vals in (
            (before, {"category_id": seams}),  # customer, cause
            (
                before,
                {"partner_id": self.other.id, "root_cause_id": thread},
            ),  # category
            (before, {"partner_id": self.other.id}),  # category, cause
            (after, {"root_cause_id": thread, "category_id": seams}),  # customer
            (after, {"partner_id": self.other.id, "category_id": seams}),  # cause
            (after, {"partner_id": False, "root_cause_id": False}),  # category
        ):
            self._complaint_at(moment, **vals)
        self._check()
        self.assertEqual(
            self._counts(complaint),
            {
                "": (2, 2),  # same cause, or not analysed and the same category
                "_own": (1, 0),
                "_customer": (1, 1),
                "_category": (2, 1),
                "_cause": (2, 1),
            },
        )

    def test_without_a_cause_the_category_counts_and_without_both_the_customer(self):
        self.company.cpm_complaint_cause = False
        for vals, count in (
            ({"root_cause_id": False}, (0, 2)),
            ({"root_cause_id": False, "category_id": False}, (0, 1)),
        ):
            complaint = self._closed(95)
            complaint.write(vals)
            after = complaint.closed_at + timedelta(days=5)
            mine = self._complaint_at(after)
            others = self._complaint_at(after, partner_id=self.other.id)
            self._check()
            with self.subTest(vals=vals):
                self.assertEqual(self._counts(complaint)[""], count)
            (complaint | mine | others).action_archive()

    def test_nothing_in_common_is_not_alike(self):
        self.company.cpm_complaint_cause = False
        complaint = self._closed(95)
        nothing = {"partner_id": False, "root_cause_id": False, "category_id": False}
        complaint.write(nothing)
        self._complaint_at(complaint.closed_at + timedelta(days=5), **nothing)
        self._check()
        self.assertEqual(set(self._counts(complaint).values()), {(0, 0)})
        self.assertEqual(complaint.corrective_state, "effective")

    def test_many_are_counted_in_one_statement(self):
        self._complaint_at(self.now - timedelta(days=10))
        complaints = self.feedback.concat(*(self._closed(91) for _n in range(5)))
        counts = [
            self._statements(lambda some=some: count_effect(some, 90))
            for some in (complaints[:1], complaints)
        ]
        self.assertEqual(counts, [1, 1])
        self.assertEqual(
            [row["recurrence_after"] for row in count_effect(complaints, 90).values()],
            [1] * 5,
        )

    def _statements(self, call):
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        call()
        return self.env.cr.sql_log_count - before

    # ---------------------------------------------------------------- The verdict

    def test_came_back_when_complaints_are_not_fewer_than_before(self):
        cases = [
            # share, (before, after), (before, after) of the customer alone
            (100, (0, 0), (0, 0), False),
            (100, (0, 1), (0, 0), True),
            (100, (1, 0), (1, 0), False),
            (100, (1, 1), (0, 0), True),
            (100, (2, 1), (0, 0), False),
            (100, (2, 2), (0, 0), True),
            (100, (2, 3), (0, 0), True),
            (100, (9, 1), (0, 1), True),  # cured for the others only
            (100, (9, 2), (3, 2), False),
            (50, (4, 1), (0, 0), False),
            (50, (4, 2), (0, 0), True),
            (0, (9, 1), (0, 0), True),
            (0, (9, 0), (9, 0), False),
        ]
        for percent, similar, own, expected in cases:
            counts = dict(zip(EFFECT[:4], [*similar, *own], strict=True))
            with self.subTest(percent=percent, similar=similar, own=own):
                self.assertIs(bool(came_back(counts, percent)), expected)

    def test_the_share_is_a_setting(self):
        for percent, state in ((100, "effective"), (50, "recurred")):
            self.company.cpm_recurrence_percent = percent
            complaint = self._closed(95)
            rows = complaint
            for days in (-2, -3, 4):
                moment = complaint.closed_at + timedelta(days=days)
                rows |= self._complaint_at(moment, partner_id=self.other.id)
            self._check()
            with self.subTest(percent=percent):
                self.assertEqual(complaint.corrective_state, state)
                self.assertEqual(
                    len(self._activities(complaint, "mail_activity_recurrence")),
                    state == "recurred",
                )
            rows.action_archive()

    @mute_logger("odoo.sql_db")
    def test_the_share_is_from_0_to_100(self):
        for percent in (-1, 101):
            with self.subTest(percent), self.assertRaises(IntegrityError):
                with self.env.cr.savepoint():
                    self.company.cpm_recurrence_percent = percent
                    self.company.flush_recordset()

    # ------------------------------------------------------------- Done once more

    def _done(self, complaint, days):
        """Let an employee mark the action as done ``days`` ago."""
        with freeze_time(self.now - timedelta(days=days)):
            complaint.with_user(self.user_all).corrective_state = "done"

    def test_an_action_done_again_is_checked_again(self):
        complaint = self._closed(200)
        closed = complaint.closed_at
        self._complaint_at(closed + timedelta(days=3))
        self._check()
        self.assertEqual(complaint.corrective_state, "recurred")
        self._done(complaint, 90)
        self.assertEqual(complaint.corrective_done_at, self.now - timedelta(days=90))
        self.assertFalse(complaint.recurrence_check_on)
        self.assertEqual(set(self._counts(complaint).values()), {(0, 0)})
        self.assertFalse(
            self._activities(complaint, "mail_activity_recurrence"), "answered"
        )
        self.assertEqual(complaint.stage, "closed", "the case itself stays closed")
        self._complaint_at(complaint.corrective_done_at)  # before
        self.assertEqual(self._check(), 1)
        self.assertEqual(self._counts(complaint)[""], (1, 0))
        self.assertEqual(complaint.corrective_state, "effective")

    def test_the_new_check_has_its_days_too(self):
        complaint = self._closed(200)
        self._check()
        self._done(complaint, 89)
        self.assertEqual(self._check(), 0)
        complaint.corrective_done_at -= timedelta(days=1)
        self.assertEqual(self._check(), 1)

    def test_an_action_that_came_back_twice_says_so_twice(self):
        complaint = self._closed(200)
        self._complaint_at(complaint.closed_at + timedelta(days=3))
        self._check()
        self._done(complaint, 95)
        self._complaint_at(complaint.corrective_done_at + timedelta(days=3))
        self._complaint_at(complaint.corrective_done_at + timedelta(days=4))
        self._check()
        self.assertEqual(complaint.corrective_state, "recurred")
        activity = self._activities(complaint, "mail_activity_recurrence")
        self.assertEqual(len(activity), 1)
        self.assertIn("2 after the corrective action", activity.note)

    def test_an_action_done_before_the_closing_counts_from_the_closing(self):
        complaint = self._closed(90)
        self._done(complaint, 100)
        self._complaint_at(complaint.closed_at)
        self._complaint_at(complaint.closed_at + timedelta(seconds=1))
        self.assertEqual(self._check(), 1)
        self.assertEqual(self._counts(complaint)[""], (1, 1))

    def test_saying_done_twice_changes_nothing(self):
        complaint = self._closed(200)
        self._done(complaint, 95)
        self._check()
        checked, done = complaint.recurrence_check_on, complaint.corrective_done_at
        complaint.corrective_state = "done"  # as the check left it: effective
        self.assertFalse(complaint.recurrence_check_on)
        complaint.write({"recurrence_check_on": checked, "corrective_done_at": done})
        complaint.with_user(self.user_all).corrective_state = "done"
        self.assertEqual(complaint.corrective_done_at, done)
        self.assertTrue(complaint.recurrence_check_on)

    def test_the_moment_is_not_entered_by_hand(self):
        complaint = self._make_complaint().with_user(self.user_all)
        for name in ("corrective_done_at", *EFFECT):
            value = self.now if name == "corrective_done_at" else 1
            with self.subTest(name), self.assertRaises(AccessError):
                complaint.write({"corrective_state": "done", name: value})

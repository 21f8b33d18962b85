"""How feedback moves, is answered, folded into another, and what never changes."""

from datetime import timedelta
from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common_feedback import FRIDAY, FeedbackCase

STAGES = (
    "new",
    "answered",
    "in_progress",
    "waiting",
    "solved",
    "closed",
    "cancelled",
)
# Every move there is; all others are refused
ALLOWED = {
    ("new", "answered"),
    ("new", "in_progress"),
    ("new", "waiting"),
    ("new", "solved"),
    ("new", "cancelled"),
    ("answered", "in_progress"),
    ("answered", "waiting"),
    ("answered", "solved"),
    ("answered", "cancelled"),
    ("in_progress", "waiting"),
    ("in_progress", "solved"),
    ("in_progress", "cancelled"),
    ("waiting", "in_progress"),
    ("waiting", "solved"),
    ("waiting", "cancelled"),
    ("solved", "in_progress"),
    ("solved", "closed"),
    ("closed", "in_progress"),
    ("cancelled", "in_progress"),
}


@tagged("post_install", "-at_install")
class TestFeedbackFlow(FeedbackCase):
    def test_every_move_is_allowed_or_refused_by_the_table(self):
        labels = dict(self.feedback._fields["stage"].selection)
        for before in STAGES:
            for after in STAGES:
                if before == after:
                    continue
                feedback = self._make_feedback(stage=before).with_user(self.user_all)
                with self.subTest(before=before, after=after):
                    if (before, after) in ALLOWED:
                        feedback.stage = after
                        self.assertEqual(feedback.stage, after)
                        continue
                    with self.assertRaises(UserError) as refused:
                        feedback.stage = after
                    self.assertIn(labels[before], str(refused.exception))
                    self.assertIn(labels[after], str(refused.exception))
                    self.assertEqual(feedback.stage, before)

    def test_people_begin_with_new_or_in_progress(self):
        for stage in STAGES:
            values = {"name": "X", "company_id": self.company.id, "stage": stage}
            with self.subTest(stage=stage):
                if stage in ("new", "in_progress"):
                    self.feedback.with_user(self.user_all).create(values)
                else:
                    with self.assertRaises(ValidationError):
                        self.feedback.with_user(self.user_all).create(values)

    def test_several_at_once_move_together_or_not_at_all(self):
        solved = self._make_feedback(stage="solved")
        new = self._make_feedback()
        both = (solved | new).with_user(self.user_all)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            both.stage = "closed"
        self.assertEqual(both.mapped("stage"), ["solved", "new"])

    def test_the_stage_it_has_already_is_no_move(self):
        feedback = self._make_feedback(stage="solved", solved_at=FRIDAY)
        feedback.with_user(self.user_all).write({"stage": "solved", "phone": "1"})
        self.assertEqual(feedback.solved_at, FRIDAY)
        self.assertEqual(feedback.phone, "1")

    def test_taking_into_work_takes_over_what_nobody_owns(self):
        mine = self._make_feedback(user_id=self.manager.id)
        nobodys = self._make_feedback()
        nobodys.user_id = False
        (mine | nobodys).with_user(self.user_all).action_start()
        self.assertEqual(mine.user_id, self.manager)
        self.assertEqual(nobodys.user_id, self.user_all)

    def test_reopening_counts_and_forgets_the_solution(self):
        feedback = self._make_feedback(stage="in_progress")
        feedback.action_solve()
        feedback.action_close()
        self.assertTrue(feedback.solved_at and feedback.closed_at)
        feedback.with_user(self.user_all).action_reopen()
        self.assertEqual(feedback.reopen_count, 1)
        self.assertFalse(feedback.solved_at or feedback.closed_at)
        feedback.action_solve()
        feedback.action_reopen()
        self.assertEqual(feedback.reopen_count, 2)

    # --------------------------------------------------------------- Answers

    def test_only_what_reaches_the_customer_is_an_answer(self):
        feedback = self._make_feedback()
        feedback.with_user(self.user_all).message_post(body="Among us")  # a note
        self.assertFalse(feedback.first_answer_at)
        feedback.with_user(self.user_all).action_start()
        self.assertFalse(feedback.first_answer_at, "a stage is no answer")
        self._answer(feedback)
        self.assertTrue(feedback.first_answer_at)
        self.assertEqual(self._timer(feedback, "first_response").state, "met")

    def test_an_answer_moves_new_feedback_on_once(self):
        feedback = self._make_feedback()
        self._answer(feedback)
        self.assertEqual(feedback.stage, "answered")
        first = feedback.first_answer_at
        feedback.stage = "in_progress"
        with freeze_time(fields.Datetime.now() + timedelta(hours=1)):
            self._answer(feedback)
        self.assertEqual(feedback.stage, "in_progress")
        self.assertEqual(feedback.first_answer_at, first)
        self.assertGreater(feedback.last_answer_at, first)

    def test_calls_count_when_we_called_and_got_through(self):
        for direction, reached, counts in (
            ("out", True, True),
            ("out", False, False),
            ("in", True, False),
        ):
            feedback = self._make_feedback()
            call = self.env["cpm.feedback.call"].with_user(self.user_all)
            call.create(
                {
                    "feedback_id": feedback.id,
                    "direction": direction,
                    "reached": reached,
                    "note": "Fitting on Monday",
                }
            ).action_confirm()
            with self.subTest(direction=direction, reached=reached):
                self.assertEqual(bool(feedback.first_answer_at), counts)
                self.assertIn("Fitting on Monday", feedback.message_ids[0].body)

    def test_an_answer_cannot_be_older_than_the_feedback(self):
        feedback = self._make_feedback()
        call = (
            self.env["cpm.feedback.call"]
            .with_user(self.user_all)
            .create(
                {
                    "feedback_id": feedback.id,
                    "called_at": feedback.received_at - timedelta(hours=1),
                    "note": "Too early",
                }
            )
        )
        with self.assertRaisesRegex(UserError, "older than the feedback"):
            call.action_confirm()

    def test_a_thank_you_restarts_nothing_until_somebody_decides(self):
        feedback = self._make_feedback(stage="in_progress", user_id=self.user_all.id)
        feedback.action_solve()
        feedback.message_post(
            body="Thank you!",
            author_id=self.customer.partner_id.id,
            message_type="email",
            subtype_xmlid="mail.mt_comment",
        )
        self.assertEqual(feedback.stage, "solved")
        self.assertTrue(feedback.has_unread_reply)
        self.assertTrue(self._activities(feedback, "mail_activity_reply"))
        self.assertEqual(self._timer(feedback, "resolution").state, "met")
        feedback.with_user(self.user_all).action_keep_closed()
        self.assertFalse(feedback.has_unread_reply)
        self.assertFalse(self._activities(feedback, "mail_activity_reply"))

    def test_the_customers_word_ends_the_waiting(self):
        feedback = self._make_feedback(stage="in_progress")
        feedback.action_wait()
        feedback.message_post(
            body="Here are the sizes",
            author_id=self.customer.partner_id.id,
            message_type="email",
            subtype_xmlid="mail.mt_comment",
        )
        self.assertEqual(feedback.stage, "in_progress")

    # ------------------------------------------------------------ Duplicates

    def test_a_duplicate_is_cancelled_and_tells_the_other_case(self):
        original = self._make_feedback()
        double = self._make_feedback(description="When, at last?")
        wizard = self.env["cpm.feedback.duplicate"].with_user(self.user_all)
        wizard.create(
            {"feedback_ids": double.ids, "original_id": original.id}
        ).action_confirm()
        self.assertEqual(double.stage, "cancelled")
        self.assertEqual(double.duplicate_of, original)
        self.assertIn("When, at last?", original.message_ids[0].body)
        self.assertEqual(self._timer(double, "resolution").state, False)

    def test_duplicates_are_of_one_customer_and_of_what_goes_on(self):
        """Or one customer would follow the case of another and get its answers."""
        other = self._make_customer("Borealis", email="borealis@example.com")
        foreign = self._make_feedback(partner_id=other.partner_id.id)
        over = self._make_feedback(stage="cancelled")
        double = self._make_feedback()
        for original in (foreign, over):
            wizard = self.env["cpm.feedback.duplicate"].with_user(self.user_all)
            wizard = wizard.create(
                {"feedback_ids": double.ids, "original_id": original.id}
            )
            with self.subTest(original=original.stage), self.assertRaises(UserError):
                wizard.action_confirm()
            self.assertNotIn(self.customer.partner_id, foreign.message_partner_ids)
        self.assertEqual(double.stage, "new")

    def test_a_case_of_nobody_known_gets_no_customer_as_follower(self):
        original = self._make_feedback(partner_id=False, email_from="who@example.com")
        double = self._make_feedback()
        double.with_user(self.user_all)._mark_duplicate(original)
        self.assertEqual(double.stage, "cancelled")
        self.assertNotIn(self.customer.partner_id, original.message_partner_ids)

    def test_nothing_is_a_duplicate_of_itself_or_in_a_circle(self):
        one, other = self._make_feedback(), self._make_feedback()
        wizard = self.env["cpm.feedback.duplicate"].create(
            {"feedback_ids": (one | other).ids, "original_id": one.id}
        )
        with self.assertRaises(UserError):
            wizard.action_confirm()
        one.duplicate_of = other
        with self.assertRaises(ValidationError):
            other.duplicate_of = one

    # ------------------------------------------------------- What never changes

    def test_words_moment_and_company_stay_as_they_are(self):
        feedback = self._make_feedback(description="It faded").with_user(self.admin)
        for vals in (
            {"description": "It shines"},
            {"description": False},
            {"received_at": FRIDAY},
            {"company_id": self.env.ref("base.main_company").id},
        ):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                feedback.write(vals)
        feedback.write({"description": "It faded"})  # the same again is no change
        self.assertEqual(feedback.description, "It faded")

    def test_nothing_is_received_in_the_future(self):
        with self.assertRaises(ValidationError):
            self._make_feedback(
                received_at=fields.Datetime.now() + timedelta(minutes=1)
            )

    def test_compensation_is_a_number_of_at_least_zero(self):
        feedback = self._make_feedback().with_user(self.user_all)
        for amount in (float("nan"), float("inf"), -0.01, "much"):
            with self.subTest(amount=amount), self.assertRaises(ValidationError):
                feedback.write({"compensation_amount": amount})
        feedback.compensation_amount = 0
        feedback.compensation_amount = 180.5

    def test_protected_fields_are_refused_over_rpc(self):
        feedback = self._make_feedback().with_user(self.admin)
        for name in sorted(self.feedback._cpm_protected):
            with self.subTest(field=name), self.assertRaises(AccessError):
                feedback.write({name: feedback[name]})
            with self.subTest(created=name), self.assertRaises(AccessError):
                feedback.create({"name": "X", name: False})

    def test_owners_are_employees(self):
        """Owners are told of promises in danger, whatever rights they have."""
        portal = self.env["res.users"].create(
            {
                "name": "Portal",
                "login": "portal-owner",
                "group_ids": [Command.set(self.env.ref("base.group_portal").ids)],
            }
        )
        feedback = self._make_feedback().with_user(self.user_all)
        with self.assertRaisesRegex(ValidationError, "employee"):
            feedback.user_id = portal
        team = self._make_team("Mixed", members=[portal])
        self.assertFalse(self._make_feedback(team_id=team.id).user_id == portal)

    def test_contact_belongs_to_the_customer(self):
        stranger = self._make_partner("Stranger")
        with self.assertRaises(ValidationError):
            self._make_feedback(contact_id=stranger.id)

    def test_a_contact_brings_its_company_along(self):
        person = self._make_partner(
            "Ming", parent_id=self.customer.partner_id.id, type="contact"
        )
        feedback = self._make_feedback(partner_id=person.id)
        self.assertEqual(feedback.partner_id, self.customer.partner_id)
        self.assertEqual(feedback.contact_id, person)
        self.assertEqual(feedback.profile_id, self.customer)


@tagged("post_install", "-at_install")
class TestFeedbackAutoClose(FeedbackCase):
    """Solved feedback is closed when the customer says nothing for 7 days."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["cpm.feedback"].search(
            [("stage", "in", ("solved", "closed"))]
        ).active = False
        cls.company.cpm_close_days = 7
        cls.now = fields.Datetime.now().replace(microsecond=0)

    def _solved(self, **ago):
        return self._make_feedback(
            stage="solved",
            received_at=self.now - timedelta(days=20),
            solved_at=self.now - timedelta(**ago),
            user_id=self.user_all.id,
        )

    def _close(self):
        with freeze_time(self.now):
            return self.feedback._close_uncontradicted(self.company, 100)

    def test_what_is_closed_is_not_closed_again(self):
        feedback = self._solved(days=1)
        feedback.action_close()
        with self.assertRaisesRegex(UserError, "closed already"):
            feedback.action_close()

    def test_closed_exactly_at_the_limit(self):
        due = self._solved(days=7)
        early = self._solved(days=6, hours=23, minutes=59, seconds=59)
        self._close()
        self.assertEqual(due.stage, "closed")
        self.assertEqual(early.stage, "solved")

    def test_twice_in_a_row_changes_nothing(self):
        due = self._solved(days=8)
        self.assertEqual(self._close(), 1)
        messages = due.message_ids
        self.assertEqual(self._close(), 0)
        self.assertEqual(due.message_ids, messages)

    def test_a_word_of_the_customer_keeps_it_open(self):
        due = self._solved(days=8)
        due.has_unread_reply = True
        self._close()
        self.assertEqual(due.stage, "solved")

    def test_zero_days_close_nothing(self):
        due = self._solved(days=3000)
        self.company.cpm_close_days = 0
        self._close()
        self.assertEqual(due.stage, "solved")

    def test_what_cannot_be_closed_asks_once_and_stops_nobody(self):
        bad = self._solved(days=9)
        bad.write({"type": "complaint"})  # neither cause nor action
        good = self._solved(days=8)
        self._close()
        self._close()
        self.assertEqual(good.stage, "closed")
        self.assertEqual(bad.stage, "solved")
        self.assertTrue(bad.close_failed)
        self.assertEqual(len(self._activities(bad, "mail_activity_complete")), 1)
        bad.write({"root_cause_id": self.cause.id, "corrective_action": "Test dye"})
        bad.with_user(self.user_all).action_close()
        self.assertFalse(bad.close_failed)

    @mute_logger("odoo.addons.customer_plan_mgmt.models.feedback.cpm_feedback_cron")
    def test_a_poison_record_stops_nobody(self):
        poison, good = self._solved(days=9), self._solved(days=8)
        closable = type(self.feedback)._check_closable

        def explode(record, vals):
            if record.id == poison.id:
                raise ZeroDivisionError("boom")
            return closable(record, vals)

        self.patch(type(self.feedback), "_check_closable", explode)
        self._close()
        self.assertEqual((poison.stage, good.stage), ("solved", "closed"))
        self.assertTrue(poison.close_failed)

    def test_somebody_who_was_faster_is_no_failure(self):
        due = self._solved(days=8)
        closable = type(self.feedback)._check_closable
        faster = [SerializationFailure(), SerializationFailure()]

        def collide(record, vals):
            if record.id == due.id and faster:
                raise faster.pop()
            return closable(record, vals)

        self.patch(type(self.feedback), "_check_closable", collide)
        with (
            freeze_time(self.now),
            patch.object(self.cr, "rollback"),
            patch.object(type(self.env["ir.cron"]), "_commit_progress", return_value=9),
        ):
            self.feedback._cron_feedback()
        self.assertEqual(due.stage, "closed")
        self.assertFalse(due.close_failed)
        self.assertFalse(faster)

"""The scheduled action: each thing once, one message a person."""

from unittest.mock import patch

from odoo import Command
from odoo.sql_db import Cursor

from .common_service import ServiceCase

HOURS = {"unit": "clock_hours"}
START = "2024-05-06 09:00:00"


class TestServiceCron(ServiceCase):
    """10 hours are promised, with a warning after 5 and steps after 8 and 20."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._replace_standard(
            {
                "amount": 10,
                "warn_value": 50,
                **HOURS,
                "step_ids": [
                    Command.create({"value": 80, "recipient": "manager"}),
                    Command.create(
                        {"value": 10, "basis": "hours", "recipient": "user"}
                        | {"user_id": cls.admin.id}
                    ),
                ],
            }
        )

    def _messages(self, user=None):
        """Return the digests, of one user or all."""
        domain = [("message_type", "=", "user_notification")]
        domain += [("subject", "like", "Promises to customers")]
        if user:
            domain += [("partner_ids", "in", user.partner_id.ids)]
        return self.env["mail.message"].search(domain)

    def _activities(self, feedback):
        return self.env["mail.activity"].search(
            [("res_model", "=", feedback._name), ("res_id", "in", feedback.ids)]
        )

    def test_each_thing_happens_once(self):
        feedback = self._make_feedback(START)
        timer = self._timer(feedback)
        story = (
            # moment, state, digests to owner, manager, admin; activities
            ("2024-05-06 13:59:59", "running", (0, 0, 0), 0),
            ("2024-05-06 14:00:00", "running", (1, 0, 0), 0),
            ("2024-05-06 14:10:00", "running", (1, 0, 0), 0),
            ("2024-05-06 17:00:00", "running", (1, 1, 0), 1),
            ("2024-05-06 18:00:00", "running", (1, 1, 0), 1),
            ("2024-05-06 19:00:00", "running", (1, 1, 0), 1),
            ("2024-05-06 19:00:01", "missed", (2, 1, 0), 1),
            ("2024-05-06 19:10:00", "missed", (2, 1, 0), 1),
            ("2024-05-07 05:00:00", "missed", (2, 1, 1), 2),
            ("2024-05-08 05:00:00", "missed", (2, 1, 1), 2),
        )
        users = (self.user_own, self.manager, self.admin)
        for moment, state, digests, activities in story:
            self._cron(moment)
            with self.subTest(moment):
                self.assertEqual(timer.state, state)
                told = tuple(len(self._messages(user)) for user in users)
                self.assertEqual(told, digests)
                self.assertEqual(len(self._activities(feedback)), activities)
        self.assertEqual(timer.escalation_step, 2)

    def test_twice_in_a_row_is_once(self):
        self._make_feedback(START)
        with self._time("2024-05-08 09:00:00"):
            self._follow()
            messages = len(self._messages())
            self._follow()
            self.assertEqual(len(self._messages()), messages)

    def test_one_message_a_person_whatever_the_number_of_cases(self):
        for _number in range(7):
            self._make_feedback(START)
        self._cron("2024-05-06 20:00:00")
        message = self._messages(self.user_own)
        self.assertEqual(len(message), 1)
        self.assertIn("7", message.subject)
        self.assertEqual(message.body.count("/mail/view"), 7)
        self.assertEqual(len(self._messages(self.manager)), 1)

    def test_a_long_message_is_cut(self):
        path = "odoo.addons.customer_plan_mgmt.models.service.cpm_sla_timer_alert.LINES"
        for _number in range(5):
            self._make_feedback(START)
        with patch(path, 3):
            self._cron("2024-05-06 20:00:00")
        body = self._messages(self.user_own).body
        self.assertEqual(body.count("/mail/view"), 3)
        self.assertIn("2 more", body)

    def test_a_clock_that_jumps_forty_days_makes_up_for_it_at_once(self):
        feedback = self._make_feedback(START)
        self._cron("2024-06-15 09:00:00")
        timer = self._timer(feedback)
        self.assertEqual((timer.state, timer.escalation_step), ("missed", 2))
        for user in (self.user_own, self.manager, self.admin):
            self.assertEqual(len(self._messages(user)), 1)
        self._cron("2024-06-15 09:10:00")
        self.assertEqual(len(self._messages()), 3)

    def test_a_clock_that_jumps_back_does_nothing_twice(self):
        self._make_feedback(START)
        self._cron("2024-06-15 09:00:00")
        messages = len(self._messages())
        self._cron("2024-05-06 10:00:00")
        self._cron("2024-06-15 09:00:00")
        self.assertEqual(len(self._messages()), messages)

    def test_what_stands_or_is_over_is_left_alone(self):
        paused = self._make_feedback(START)
        solved = self._make_feedback(START)
        archived = self._make_feedback(START)
        self._do("2024-05-06 10:00:00", paused, "_cpm_sla_pause", "Strike")
        self._do("2024-05-06 10:00:00", solved, "action_solve")
        self._do("2024-05-06 10:00:00", archived, "action_archive")
        self._cron("2024-06-15 09:00:00")
        self.assertFalse(self._messages())
        self.assertEqual(self._timer(paused).state, "paused")
        self.assertEqual(self._timer(solved).state, "met")

    def test_no_owner_the_account_manager_hears(self):
        feedback = self._make_feedback(START, user_id=False)
        feedback.user_id = False
        self._cron("2024-05-06 14:00:00")
        self.assertEqual(len(self._messages(self.manager)), 1)
        self.user_own.active = False
        other = self._make_feedback(START)
        self.assertEqual(other.user_id, self.user_own)
        self._cron("2024-05-06 14:10:00")
        self.assertEqual(len(self._messages(self.manager)), 2)

    def test_a_digest_speaks_the_language_of_the_reader(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.user_own.lang = "zh_CN"
        self._make_feedback(START)
        self._cron("2024-05-06 14:00:00")
        self.assertTrue(
            self.env["mail.message"].search(
                [
                    ("message_type", "=", "user_notification"),
                    ("partner_ids", "in", self.user_own.partner_id.ids),
                ]
            )
        )

    def test_a_digest_names_the_promise_under_its_heading(self):
        """Also for a sender nobody knows."""
        feedback = self._make_feedback(START)
        timer = self._timer(feedback)
        timer.partner_id = False
        _subject, body = timer._render_digest(self.user_own)
        self.assertEqual(body.count("<td "), body.count("<th "))

    def test_the_clocks_of_the_world_do_not_matter(self):
        """A deadline in the night the clocks change."""
        self.desk.tz = "Europe/Berlin"
        self._replace_standard({"amount": 1, "unit": "calendar_days"})
        feedback = self._make_feedback("2024-03-30 11:00:00")
        self.assertEqual(self._deadline(feedback), "2024-03-31 10:00:00")
        self._cron("2024-03-31 10:00:00")
        self.assertEqual(self._timer(feedback).state, "running")
        self._cron("2024-03-31 10:00:01")
        self.assertEqual(self._timer(feedback).state, "missed")

    def test_a_large_number_goes_in_batches(self):
        feedback = self.env["cpm.feedback"]
        for _number in range(5):
            feedback |= self._make_feedback(START)
        path = "odoo.addons.customer_plan_mgmt.models.service.cpm_sla_timer_cron.BATCH"
        with patch(path, 2), self._time("2024-06-15 09:00:00"):
            done = self._follow()
        self.assertEqual(set(feedback.sla_timer_ids.mapped("state")), {"missed"})
        self.assertEqual(done, [0, 2, 2, 1])


class TestServiceCronQueries(ServiceCase):
    def _count(self, moment):
        """Return the statements of one run, those of savepoints and commits left
        out."""
        statements, execute = [], Cursor.execute

        def record(cursor, query, *args, **kwargs):
            statements.append(str(getattr(query, "code", query)).strip())
            return execute(cursor, query, *args, **kwargs)

        with self._time(moment), patch.object(Cursor, "execute", record):
            self._follow()
        ours = [text for text in statements if "SAVEPOINT" not in text]
        return len(ours)

    def test_nothing_due_costs_next_to_nothing(self):
        for _number in range(3):
            self._make_feedback("2024-05-06 09:00:00")
        self._count("2024-05-06 09:01:00")
        self.assertLessEqual(self._count("2024-05-06 09:02:00"), 5)

    def test_eighty_due_cost_what_one_does(self):
        counts = []
        for number in (1, 80):
            for _index in range(number):
                self._make_feedback("2024-05-06 09:00:00", user_id=False)
            self._count("2024-05-06 09:01:00")
            counts.append(self._count("2024-06-15 09:00:00"))
        self.assertLessEqual(counts[1], counts[0] + 10)

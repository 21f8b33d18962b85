"""Timers and standards are not typed; companies are apart; contacts come and go."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tools import SQL, mute_logger

from .common_service import ServiceCase

HOURS = {"unit": "clock_hours"}
START = "2024-05-06 09:00:00"


class TestServiceRpc(ServiceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.feedback = cls._make_feedback(START)
        cls.roles = (cls.user_own, cls.user_all, cls.manager, cls.admin, cls.employee)

    def setUp(self):
        super().setUp()
        for logger in ("odoo.addons.base.models.ir_rule", "odoo.models"):
            self.enterContext(mute_logger(logger))

    def _rpc(self, user, model, method, *args, **kwargs):
        env = self.env(user=user, context={})
        kwargs["context"] = {"allowed_company_ids": self.company.ids}
        result = call_kw(env[model], method, list(args), kwargs)
        env.flush_all()
        return result

    def _rows(self):
        self.env.flush_all()
        rows = []
        for table in ("cpm_sla_timer", "cpm_service_standard", "cpm_service_target"):
            self.env.cr.execute(
                SQL("SELECT t::text FROM %s t ORDER BY id", SQL.identifier(table))
            )
            rows += self.env.cr.fetchall()
        return rows

    def _assert_refused(self, user, *call):
        before = self._rows()
        with self.assertRaises(UserError), self.cr.savepoint():
            self._rpc(user, *call)
        self.env.invalidate_all()
        self.assertEqual(self._rows(), before)

    def test_nobody_writes_a_timer(self):
        timer = self._timer(self.feedback)
        values = (
            {"state": "met"},
            {"deadline": "2030-01-01 00:00:00"},
            {"budget": 10**9},
            {"stops": [[0, None, "paused"]]},
            {"done_at": START},
            {"is_missed": False},
            {"exempt_note": "x"},
            {"ledger_kept": []},
        )
        for user in self.roles:
            for vals in values:
                with self.subTest(user=user.login, vals=vals):
                    self._assert_refused(
                        user, "cpm.sla.timer", "write", timer.ids, vals
                    )
            copied = {
                "res_model": "cpm.feedback",
                "res_id": self.feedback.id,
                "company_id": self.company.id,
                "target_id": timer.target_id.id,
                "kind": "resolution",
                "start": START,
            }
            with self.subTest(user=user.login):
                self._assert_refused(user, "cpm.sla.timer", "create", [copied])
                self._assert_refused(user, "cpm.sla.timer", "unlink", timer.ids)
                self._assert_refused(user, "cpm.sla.timer", "copy", timer.ids)

    def test_nobody_writes_what_a_case_shows_of_its_promises(self):
        timer = self._timer(self.feedback)
        for user in self.roles:
            for vals in (
                {"sla_deadline": "2030-01-01 00:00:00"},
                {"sla_is_stopped": True},
                {"sla_pause_reason": "x"},
                {"first_answer_at": START},
                {"solved_at": START},
                {"received_at": "2030-01-01 00:00:00"},
                {"sla_timer_ids": [Command.update(timer.id, {"state": "met"})]},
                {"sla_timer_ids": [Command.delete(timer.id)]},
            ):
                with self.subTest(user=user.login, vals=vals):
                    self._assert_refused(
                        user, "cpm.feedback", "write", self.feedback.ids, vals
                    )

    def test_no_number_that_is_none(self):
        draft = self._make_standard({"amount": 1, **HOURS})
        for user in self.roles:
            for number in (float("nan"), float("inf"), -1, 0):
                with self.subTest(user=user.login, number=number):
                    self._assert_refused(
                        user,
                        "cpm.service.target",
                        "write",
                        draft.target_ids.ids,
                        {"amount": number},
                    )

    def test_nobody_writes_an_approved_standard(self):
        for user in self.roles:
            with self.subTest(user.login):
                self._assert_refused(
                    user,
                    "cpm.service.standard",
                    "write",
                    self.standard.ids,
                    {"name": "Forged"},
                )
                self._assert_refused(
                    user,
                    "cpm.service.target",
                    "write",
                    self.standard.target_ids.ids,
                    {"amount": 99},
                )

    def test_only_administrators_say_which_days_make_up_for_holidays(self):
        leave = {
            "name": "x",
            "calendar_id": self.desk.id,
            "date_from": START,
            "date_to": "2024-05-06 10:00:00",
            "cpm_makeup": True,
        }
        for user in (self.user_own, self.manager, self.employee):
            with self.subTest(user.login):
                self._assert_refused(
                    user, "resource.calendar.leaves", "create", [leave]
                )

    def test_foreign_timers_are_closed_to_those_with_own_customers(self):
        other = self._make_feedback(START, user_id=self.user_all.id)
        mine = self._timer(self.feedback).with_user(self.user_own)
        self.assertTrue(mine.ledger)
        foreign = self._timer(other).with_user(self.user_own)
        for route in (
            lambda: foreign.read(["deadline"]),
            lambda: foreign.ledger,
            foreign.action_open_record,
        ):
            self.env.invalidate_all()
            with self.assertRaises(AccessError):
                route()
        self.assertNotIn(foreign, foreign.search([]))


class TestServiceCompanies(ServiceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.elsewhere = cls._create_company(name="Elsewhere")
        cls.stranger = cls._make_user(
            "cpm_stranger",
            "customer_plan_mgmt.group_cpm_admin",
            company_id=cls.elsewhere.id,
            company_ids=[Command.set(cls.elsewhere.ids)],
        )

    def test_standards_and_timers_of_another_company_are_closed(self):
        timer = self._timer(self._make_feedback())
        for record in (timer, self.standard, self.standard.target_ids):
            with self.subTest(record._name):
                theirs = record.with_user(self.stranger)
                self.assertFalse(theirs.search([("id", "in", record.ids)]))
                with self.assertRaises(AccessError):
                    theirs.read(["display_name"])

    def test_each_company_has_its_own_promises(self):
        theirs = self._make_standard(
            {"amount": 1, **HOURS}, company_id=self.elsewhere.id
        )
        theirs.action_approve()
        here = self._make_feedback()
        self.env.user.company_ids |= self.elsewhere
        partner = self._make_partner(company_id=False)
        there = self._make_feedback(
            company_id=self.elsewhere.id,
            partner_id=partner.id,
            user_id=self.stranger.id,
        )
        self.assertEqual(self._timer(here).standard_id, self.standard)
        self.assertEqual(self._timer(there).standard_id, theirs)
        self.assertEqual(self._timer(there).company_id, self.elsewhere)

    def test_holidays_of_another_company_move_nothing(self):
        feedback = self._make_feedback()
        self._make_leave(
            "2024-05-07 00:00",
            "2024-05-07 23:59:59",
            self.elsewhere.resource_calendar_id,
            company_id=self.elsewhere.id,
        )
        leave = self.env["resource.calendar.leaves"].with_company(self.elsewhere)
        leave.create(
            {
                "name": "Everywhere there",
                "date_from": "2024-05-07 00:00:00",
                "date_to": "2024-05-07 23:59:59",
            }
        )
        self.assertEqual(self._deadline(feedback), "2024-05-08 18:00:00")

    def test_a_standard_cannot_move_to_a_company_one_does_not_work_in(self):
        draft = self._make_standard({"amount": 1, **HOURS}).with_user(self.admin)
        with self.assertRaises(UserError):
            draft.company_id = self.elsewhere


class TestServiceDeletion(ServiceCase):
    def test_merged_contacts_keep_their_timers(self):
        other = self._make_customer("Twin", profile={"manager_id": self.manager.id})
        feedback = self._make_feedback(partner_id=other.partner_id.id)
        timer = self._timer(feedback)
        deadline = self._deadline(feedback)
        self.env.flush_all()
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (other | self.customer).partner_id.ids, self.partner
        )
        self.env.invalidate_all()
        self.assertTrue(timer.exists())
        self.assertEqual(timer.partner_id, self.partner)
        self.assertEqual(timer.profile_id, self.customer)
        self.assertEqual(str(timer.deadline), deadline)
        self._do("2024-05-06 12:00:00", feedback, "action_solve")
        self.assertEqual(self._timer(feedback).state, "met")

    def test_merging_into_another_tier_chooses_again(self):
        self.customer._set_tier(self.tier_a, origin="manual", reason="Key")
        self._replace_standard(
            {"amount": 10, **HOURS}, {"amount": 1, "tier_id": self.tier_a.id, **HOURS}
        )
        other = self._make_customer("Twin")
        feedback = self._make_feedback(partner_id=other.partner_id.id)
        self.assertEqual(self._timer(feedback).budget, 36000)
        self.env.flush_all()
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (other | self.customer).partner_id.ids, self.partner
        )
        self.env.invalidate_all()
        self._cron("2024-05-03 17:40:00")
        self.assertEqual(self._timer(feedback).budget, 3600)

    def test_deleting_feedback_deletes_its_timers(self):
        feedback = self._make_feedback()
        timers = feedback.sla_timer_ids
        self.assertTrue(timers)
        feedback.with_user(self.admin).unlink()
        self.assertFalse(timers.exists())

    def test_deleting_a_contact_leaves_timers_without_one(self):
        feedback = self._make_feedback()
        timer = self._timer(feedback)
        self.partner.unlink()
        self.env.invalidate_all()
        self.assertTrue(timer.exists())
        self.assertFalse(timer.partner_id)
        self.assertFalse(timer.profile_id)
        self._cron("2024-06-01 12:00:00")
        self.assertEqual(timer.state, "missed")
        self._do("2024-06-02 12:00:00", feedback, "action_solve")
        self.assertTrue(timer.done_at)

"""What happens to warnings every day: once, and whatever else fails."""

from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.tools import mute_logger

from odoo.addons.base.models.ir_cron import IrCron

from .common_performances import PerformanceCase
from .common_warning import TODAY, WarningCase

CRON = "odoo.addons.customer_plan_mgmt.models.warning.cpm_warning_cron"
BATCHES = "odoo.addons.customer_plan_mgmt.models.mixins.cpm_batch_mixin"


class TestWarningReminders(WarningCase):
    def _late(self, days=1, **vals):
        """Return a warning whose deadline was ``days`` ago."""
        vals.setdefault("rule_id", False)
        return self._make_warning(date_deadline=self._day(-days), **vals)

    def test_the_owner_is_reminded_once(self):
        warning = self._late()
        self._cron(self._day(-1))
        self.assertFalse(self._told(warning, "late"))
        for _night in range(3):
            self._cron()
            self.assertEqual(self._told(warning, "late"), self.user_own)
            self.assertEqual(len(self._activities(warning)), 1)
        self._activities(warning).action_done()
        self._cron(self._day(1))
        self.assertFalse(self._told(warning, "late"))

    def test_days_later_a_manager_is_told(self):
        self.company.write(
            {"cpm_warning_manager_days": 5, "cpm_warning_user_id": self.manager.id}
        )
        warning = self._late(5)
        self._cron()
        self.assertEqual(self._told(warning, "late"), self.user_own)
        self._cron(self._day(1))
        self.assertEqual(self._told(warning, "late"), self.user_own | self.manager)

    def test_a_new_deadline_is_another_reminder(self):
        warning = self._late()
        self._cron()
        self._activities(warning).action_done()
        warning.with_user(self.user_own).date_deadline = self._day(3)
        self._cron(self._day(3))
        self.assertFalse(self._told(warning, "late"))
        self._cron(self._day(4))
        self.assertEqual(self._told(warning, "late"), self.user_own)

    def test_forty_days_without_the_job_are_made_up_for_once(self):
        warning = self._late()
        snoozed = self._make_warning(rule_id=False)
        with freeze_time(TODAY):
            snoozed._snooze(self._day(3), "Later")
        self._cron(self._day(40))
        self.assertEqual(len(self._told(warning, "late")), 2)  # and a manager
        self.assertEqual(self._told(snoozed, "back"), self.user_own)
        count = len(self._activities(warning | snoozed))
        self._cron(self._day(41))
        self.assertEqual(len(self._activities(warning | snoozed)), count)

    def test_snoozed_warnings_come_back_and_tell(self):
        warning = self._late()
        with freeze_time(TODAY):
            warning._snooze(self._day(3), "Later")
        self._cron(self._day(2))
        self.assertFalse(self._activities(warning))
        self._cron(self._day(3))
        self.assertFalse(warning.snoozed_until)
        self.assertEqual(self._told(warning, "back"), self.user_own)

    def test_what_nobody_owns_goes_to_a_manager(self):
        self.company.cpm_warning_user_id = self.manager
        nobodys = self._late(user_id=False)
        leaver = self._late()
        self.user_own.active = False
        self._cron()
        self.assertEqual(self._told(nobodys, "late"), self.manager)
        self.assertEqual(self._told(leaver, "late"), self.manager)

    def _messages(self, user):
        return self.env["mail.message"].search(
            [
                ("model", "=", "cpm.warning"),
                ("message_type", "=", "user_notification"),
                ("partner_ids", "in", user.partner_id.ids),
            ]
        )

    def test_owners_are_told_of_what_is_new_in_one_message(self):
        self._make_warning(severity="1", name="First")
        self._make_warning(rule_id=False, severity="3", name="Gravest")
        self._make_warning(profile_id=self.other.id, user_id=self.user_all.id)
        self._cron()
        message = self._messages(self.user_own)
        self.assertEqual(message.subject, "New warnings: 2")
        self.assertRegex(message.body, "(?s)Critical.*Gravest.*Medium.*First")
        self.assertEqual(len(self._messages(self.user_all)), 1)
        self._cron(self._day(1))
        self.assertEqual(self._messages(self.user_own), message)

    def test_nobody_is_told_of_what_one_wrote_oneself(self):
        self.warnings.with_user(self.user_own).create(
            {"name": "Mine", "profile_id": self.customer.id}
        )
        self._cron()
        self.assertFalse(self._messages(self.user_own))

    def test_many_are_assigned_with_one_message(self):
        warnings = self._make_warning(user_id=False) | self._make_warning(
            user_id=False, profile_id=self.other.id
        )
        wizard = self.env["cpm.warning.assign"].with_user(self.manager)
        wizard = wizard.create(
            {"warning_ids": [(6, 0, warnings.ids)], "user_id": self.user_all.id}
        )
        wizard.action_confirm()
        self.assertEqual(
            self._messages(self.user_all).mapped("subject"),
            ["Warnings assigned to you: 2"],
        )

    def test_closed_and_archived_warnings_rest(self):
        closed, archived = self._late(), self._late()
        self._close(closed, "saved")
        archived.active = False
        self._cron()
        self.assertFalse(self._activities(closed | archived))

    def test_a_poisoned_warning_stops_no_other(self):
        warnings = [self._late() for _number in range(3)]
        original = type(self.warnings)._tell_owners

        def poisoned(records, xmlid):
            if warnings[1] in records:
                raise ValueError("Poison")
            return original(records, xmlid)

        with (
            patch.object(type(self.warnings), "_tell_owners", poisoned),
            mute_logger(BATCHES),
        ):
            self._cron()
            self._cron()
        told = self._activities(warnings[1])
        self.assertEqual(len(told), 1)
        self.assertIn("Poison", told.note)
        for warning in (warnings[0], warnings[2]):
            self.assertEqual(self._told(warning, "late"), self.user_own)

    def test_a_broken_sign_of_life_stops_no_reminder(self):
        warning = self._late()

        def broken(records, company):
            raise ValueError("Broken")

        with (
            patch.object(type(self.warnings), "_measure_results", broken),
            mute_logger(CRON),
        ):
            self._cron()
        self.assertEqual(self._told(warning, "late"), self.user_own)

    def test_what_was_killed_goes_on_where_it_stopped(self):
        warnings = self.warnings.union(
            *[self._late(told_on=TODAY) for _number in range(3)]
        )

        def killed(cron, processed=0, *, remaining=None, deactivate=False):
            cron.env.flush_all()
            return 0

        with (
            freeze_time(TODAY),
            patch(f"{BATCHES}.BATCH", 1),
            patch.object(IrCron, "_commit_progress", killed),
        ):
            self.warnings._cron_daily()
        self.env.invalidate_all()
        self.assertEqual(len(self._activities(warnings)), 1)
        self._cron()
        self.assertEqual(len(self._activities(warnings)), 3)

    def test_a_job_whose_time_is_up_is_called_again(self):
        self._late(), self._late()
        left = []

        def out_of_time(cron, processed=0, *, remaining=None, deactivate=False):
            cron.env.flush_all()
            left.append(remaining)
            return 0

        with freeze_time(TODAY), patch.object(IrCron, "_commit_progress", out_of_time):
            self.warnings._cron_daily()
        self.assertEqual(left[-1], 1)
        left.clear()
        self.warnings.search([]).unlink()
        self.env["res.company"].create({"name": "One more"})
        with freeze_time(TODAY), patch.object(IrCron, "_commit_progress", out_of_time):
            self.warnings._cron_daily()
        self.assertEqual(left, [self.env["res.company"].search_count([]) - 1])

    def test_locked_warnings_wait_for_the_next_night(self):
        warning, other = self._late(), self._late()

        def taken(records, **_options):
            return records - warning

        with patch.object(type(self.warnings), "try_lock_for_update", taken):
            self._cron()
        self.assertFalse(self._told(warning, "late"))
        self.assertEqual(self._told(other, "late"), self.user_own)
        self._cron()
        self.assertEqual(self._told(warning, "late"), self.user_own)


class TestWarningPerformances(WarningCase, PerformanceCase):
    def _night(self, count):
        customers = self._make_customers(count)
        self.warnings.create(
            [
                {
                    "name": "W",
                    "profile_id": customer.id,
                    "company_id": self.company.id,
                    "user_id": self.user_own.id,
                    "raised_on": self._day(-200),
                    "date_deadline": self._day(-100),
                    **vals,
                }
                for customer in customers
                for vals in (
                    {},
                    {
                        "state": "saved",
                        "closed_on": self._day(-95),
                        "result": "pending",
                        "outcome_note": "Fine",
                    },
                )
            ]
        )
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self._cron()
        return self.env.cr.sql_log_count - before

    def test_a_night_costs_the_same_for_one_and_for_eighty(self):
        self._night(1)
        few, many = self._night(1), self._night(80)
        self.assertLessEqual(many, few + 20)

    def test_a_quiet_night_costs_little(self):
        self._night(1)
        before = self.env.cr.sql_log_count
        self._cron(self._day(1))
        companies = self.env["res.company"].search_count([])
        self.assertLessEqual(self.env.cr.sql_log_count - before, 15 + 12 * companies)


class TestWarningDays(WarningCase):
    def test_days_are_those_of_the_company(self):
        self.company.partner_id.tz = "Pacific/Auckland"
        warning = self._make_warning(rule_id=False, date_deadline=TODAY)
        self._cron(f"{TODAY} 11:00:00")  # still the day of the deadline
        self.assertFalse(self._told(warning, "late"))
        self._cron(f"{TODAY} 13:00:00")
        self.assertEqual(self._told(warning, "late"), self.user_own)
        self.assertEqual(warning.owner_reminded_on, TODAY + timedelta(days=1))

"""The settings page, the daily job, and what removing the module cleans up."""

from datetime import datetime
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2.errors import CheckViolation

from odoo import Command
from odoo.exceptions import AccessError, LockError, UserError, ValidationError
from odoo.tests import Form
from odoo.tools import mute_logger

from ..hooks import uninstall_hook
from .common import CpmCommon

CRON = "customer_plan_mgmt.ir_cron_cpm_scoring"


class TestSettings(CpmCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cron = cls.env.ref(CRON)
        cls.system = cls._make_user(
            "cpm_system", "base.group_system,customer_plan_mgmt.group_cpm_admin"
        )

    def _settings(self, user=None):
        return self.env["res.config.settings"].with_user(user or self.system)

    def _save(self, **vals):
        settings = self._settings().create(vals)
        settings.execute()
        return settings

    # ------------------------------------------------------------- The page

    def test_the_page_shows_and_saves_the_policy_of_the_company(self):
        with Form(self._settings()) as form:
            self.assertEqual(form.cpm_customer_domain, self.company.cpm_customer_domain)
            form.cpm_customer_domain = "[('ref', '=like', 'NW-%')]"
            form.cpm_demotion_approval = True
            form.cpm_proposal_pause_days = 14
            form.cpm_first_run = "score"
            form.cpm_full_pass_days = 3
            form.cpm_note_limit = 5
        form.record.execute()
        company = self.company
        self.assertEqual(company.cpm_customer_domain, "[('ref', '=like', 'NW-%')]")
        self.assertTrue(company.cpm_demotion_approval)
        self.assertEqual(
            (
                company.cpm_proposal_pause_days,
                company.cpm_first_run,
                company.cpm_full_pass_days,
                company.cpm_note_limit,
            ),
            (14, "score", 3, 5),
        )

    def test_each_company_has_its_own_policy(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.system.company_ids |= other
        settings = self._settings().with_context(
            allowed_company_ids=[other.id, self.company.id]
        )
        settings.create({"cpm_note_limit": 7}).execute()
        self.assertEqual(other.cpm_note_limit, 7)
        self.assertEqual(self.company.cpm_note_limit, 1000)

    def test_the_page_belongs_to_our_administrators(self):
        stranger = self._make_user("cpm_system_only", "base.group_system")
        for user, seen in ((self.system, True), (stranger, False)):
            arch = self._settings(user).get_view(view_type="form")["arch"]
            with self.subTest(user.login):
                self.assertEqual("cpm_note_limit" in arch, seen)

    def test_administrators_without_our_rights_save_other_settings(self):
        stranger = self._make_user("cpm_system_only", "base.group_system")
        before = self.cron.nextcall
        with Form(self._settings(stranger)) as form:
            pass
        form.record.execute()
        self.assertEqual(self.cron.nextcall, before)

    def test_only_system_administrators_save_settings(self):
        for user in (self.user_own, self.manager, self.admin):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._settings(user).create({})

    def test_what_cannot_be_used_is_refused(self):
        cases = {
            "cpm_customer_domain": ["[('nobody', '=', 1)]", "[(", "1 +", "[1, 2]"],
            "cpm_scoring_hour": [-0.5, 24, 99, float("nan"), float("inf")],
        }
        for name, values in cases.items():
            for value in values:
                with self.subTest(field=name, value=value):
                    with self.assertRaises(ValidationError):
                        self._save(**{name: value})
        cases = {
            "cpm_full_pass_days": (0, -1),
            "cpm_note_limit": (-1,),
            "cpm_proposal_pause_days": (-1,),
        }
        for name, values in cases.items():
            for value in values:
                with (
                    self.subTest(field=name, value=value),
                    mute_logger("odoo.sql_db"),
                    self.assertRaises(CheckViolation),
                ):
                    self._save(**{name: value})

    def test_first_run_is_settled_once_tiers_are_in_use(self):
        self.company.cpm_tiers_started = True
        with Form(self._settings()) as form:
            with self.assertRaises(AssertionError):
                form.cpm_first_run = "score"

    # ------------------------------------------------------- The scoring hour

    def _assert_next(self, expected):
        self.assertEqual(self.cron.nextcall, expected)

    def test_hour_is_shown_in_the_time_zone_of_the_reader(self):
        self.cron.nextcall = datetime(2024, 1, 10, 18, 30)
        for tz, hour in (
            ("UTC", 18.5),
            ("Asia/Shanghai", 2.5),
            ("America/New_York", 13.5),
            ("Asia/Kolkata", 0.0),
            (False, 18.5),
        ):
            self.system.tz = tz
            with self.subTest(tz):
                self.assertEqual(
                    self._settings().get_values()["cpm_scoring_hour"], hour
                )

    @freeze_time("2024-01-10 12:00:00")
    def test_new_hour_is_today_or_tomorrow(self):
        cases = [
            ("UTC", 12.5, datetime(2024, 1, 10, 12, 30)),
            ("UTC", 11.5, datetime(2024, 1, 11, 11, 30)),
            ("UTC", 12.0, datetime(2024, 1, 11, 12, 0)),
            ("UTC", 0.0, datetime(2024, 1, 11, 0, 0)),
            ("Asia/Shanghai", 21.0, datetime(2024, 1, 10, 13, 0)),
            ("Asia/Shanghai", 2.0, datetime(2024, 1, 10, 18, 0)),
            ("Asia/Shanghai", 19.0, datetime(2024, 1, 11, 11, 0)),
            ("America/New_York", 2.25, datetime(2024, 1, 11, 7, 15)),
        ]
        for tz, hour, expected in cases:
            self.system.tz = tz
            self.cron.nextcall = datetime(2024, 1, 20, 3, 17)
            with self.subTest(tz=tz, hour=hour):
                self._save(cpm_scoring_hour=hour)
                self._assert_next(expected)

    @freeze_time("2024-03-30 12:00:00")
    def test_hour_on_the_day_the_clocks_change(self):
        """Half past two does not exist in Berlin on 31 March 2024."""
        self.system.tz = "Europe/Berlin"
        for hour, expected in (
            (2.5, datetime(2024, 3, 31, 1, 30)),
            (4.0, datetime(2024, 3, 31, 2, 0)),
        ):
            self.cron.nextcall = datetime(2024, 4, 20, 3, 17)
            self._save(cpm_scoring_hour=hour)
            self._assert_next(expected)

    def test_saving_anything_else_leaves_the_job_alone(self):
        moment = datetime(2024, 1, 10, 18, 30, 20)
        self.cron.nextcall = moment
        for values in ({}, {"cpm_note_limit": 3}, {"cpm_scoring_hour": 18.5}):
            with self.subTest(values):
                self._save(**values)
                self._assert_next(moment)

    def test_hour_cannot_be_moved_while_the_job_runs(self):
        self.cron.nextcall = datetime(2024, 1, 10, 18, 30)
        locked = patch.object(
            type(self.cron), "lock_for_update", side_effect=LockError("busy")
        )
        with locked, self.assertRaisesRegex(UserError, "being scored right now"):
            self._save(cpm_scoring_hour=4)
        with locked:
            self._save(cpm_note_limit=3)  # other settings can be saved meanwhile

    def test_deleted_job_does_not_close_the_settings(self):
        """They are the settings of every application."""
        self.cron.unlink()
        with Form(self._settings()) as form:
            form.cpm_note_limit = 3
        form.record.execute()
        self.assertEqual(self.company.cpm_note_limit, 3)

    def test_scoring_can_be_started_from_the_page(self):
        triggers = self.env["ir.cron.trigger"]
        waiting = [("cron_id", "=", self.cron.id)]
        before = triggers.search_count(waiting)
        action = self._settings().create({}).action_cpm_score_now()
        self.assertEqual(triggers.search_count(waiting), before + 1)
        self.assertEqual(action["params"]["type"], "success")


class TestUninstallHook(CpmCommon):
    def _make_filters(self, *rows):
        return self.env["ir.filters"].create(
            [
                {
                    "name": f"Filter {number}",
                    "model_id": model,
                    "domain": domain,
                    "user_ids": False,
                    "active": active,
                }
                for number, (model, domain, active) in enumerate(rows)
            ]
        )

    def test_saved_filters_that_name_us_go(self):
        ours = self._make_filters(
            ("cpm.profile", "[]", True),
            ("cpm.profile", "[('value_score', '>', 5)]", False),
            ("res.partner", "[('cpm_value_score', '>', 5)]", True),
            ("res.partner", "[('cpm_tier_id', '!=', False)]", False),
            ("project.task", "[('partner_id.cpm_tier_id', '!=', False)]", True),
        )
        others = self._make_filters(
            ("res.partner", "[]", True),
            ("res.partner", "[('name', 'ilike', 'cpm consulting')]", True),
            ("project.task", "[('name', 'ilike', 'cpm')]", False),
        )
        uninstall_hook(self.env)
        self.assertFalse(ours.exists())
        self.assertEqual(others.exists(), others)

    def test_export_lists_and_actions_that_name_us_go(self):
        export = self.env["ir.exports"].create(
            {
                "name": "Contacts",
                "resource": "res.partner",
                "export_fields": [
                    Command.create({"name": "name"}),
                    Command.create({"name": "cpm_tier_id/name"}),
                ],
            }
        )
        ours, other = self.env["ir.actions.server"].create(
            [
                {
                    "name": "Action",
                    "model_id": self.env["ir.model"]._get_id("res.partner"),
                    "state": "code",
                    "code": code,
                }
                for code in ("records.cpm_tier_id", "records.name")
            ]
        )
        uninstall_hook(self.env)
        self.assertEqual(export.export_fields.mapped("name"), ["name"])
        self.assertFalse(ours.exists())
        self.assertTrue(other.exists())

    def test_activities_on_our_records_go(self):
        customer = self._make_customer()
        mine = customer.activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.manager.id
        )
        done = customer.activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.manager.id
        )
        done.action_feedback()
        on_metric = self._make_metric("orders").activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.manager.id
        )
        other = customer.partner_id.activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.manager.id
        )
        uninstall_hook(self.env)
        self.assertFalse((mine | done | on_metric).exists())
        self.assertTrue(other.exists())

    def test_contacts_and_customers_are_left_to_the_framework(self):
        customer = self._make_customer()
        uninstall_hook(self.env)
        self.assertTrue(customer.exists())
        self.assertTrue(customer.partner_id.exists())

    def test_the_hook_is_known_to_the_manifest(self):
        """A hook nobody calls would be found out only by those who uninstall."""
        from odoo.modules import Manifest

        manifest = Manifest.for_addon("customer_plan_mgmt")
        self.assertEqual(manifest["uninstall_hook"], "uninstall_hook")
        from odoo import addons

        module = addons.customer_plan_mgmt
        self.assertIs(module.uninstall_hook, uninstall_hook)

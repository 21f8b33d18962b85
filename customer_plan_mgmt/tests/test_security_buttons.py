"""Every button and public method, pressed by everybody."""

from odoo import Command
from odoo.exceptions import AccessError
from odoo.service.model import get_public_method

from .common_security import RpcCase

ADDONS = "odoo.addons.customer_plan_mgmt."
# What every record with promises has
SLA = {"action_sla_pause", "action_sla_resume", "action_view_sla_timers"}
# Everything a client may call that is ours; a new name here needs a test below
PUBLIC = {
    "cpm.profile": {
        "action_recalculate",
        "action_release_lifecycle",
        "action_release_tier",
        "action_set_lifecycle",
        "action_set_tier",
        "action_view_partner",
        "action_new_feedback",
        "action_view_feedback",
        "action_new_plan",
        "action_view_plans",
        "action_view_purchases",
        "action_view_risks",
        "action_view_scores",
        "action_view_warnings",
    },
    "cpm.warning": {
        "action_assign",
        "action_dismiss",
        "action_lose",
        "action_reopen",
        "action_save",
        "action_snooze",
        "action_start_playbook",
        "action_take_up",
        "action_view_customer",
        "action_view_profile",
        "action_wake",
        "action_winback_plan",
    },
    "cpm.warning.close": {"action_confirm"},
    "cpm.warning.assign": {"action_confirm"},
    "cpm.warning.snooze": {"action_confirm"},
    "cpm.tier": {"action_view_profiles"},
    "cpm.tier.change": {"action_apply", "action_reject"},
    "cpm.lifecycle.stage": {"action_view_profiles"},
    "cpm.segment": {"action_view_profiles"},
    "cpm.transaction": {"get_import_templates"},
    "cpm.purchase": {"action_open_record"},
    "cpm.metric": {"action_sample"},
    "cpm.tier.assign": {"action_apply"},
    "cpm.lifecycle.assign": {"action_apply"},
    "cpm.tier.simulation": {"action_apply", "action_simulate"},
    "cpm.service.standard": {"action_approve", "action_new_version", "action_preview"},
    "cpm.service.target": {"action_preview"},
    "cpm.sla.mixin": SLA,
    "cpm.sla.timer": {"action_exempt", "action_open_record"},
    "cpm.sla.report": {"action_open_record"},
    "cpm.sla.analysis": {"action_open_record"},
    "cpm.sla.backlog": {"action_open_record"},
    "cpm.sla.exempt": {"action_confirm"},
    "cpm.sla.pause": {"action_confirm"},
    "cpm.holiday.load": {"action_apply", "action_look_up"},
    "cpm.feedback": {
        *SLA,
        "action_cancel",
        "action_close",
        "action_keep_closed",
        "action_log_call",
        "action_mark_duplicate",
        "action_print_letter",
        "action_reopen",
        "action_solve",
        "action_start",
        "action_wait",
        "get_portal_url",  # refuses, see test_feedback_portal_token
        "message_post",  # refuses customers, see test_feedback_portal_security
    },
    "cpm.risk": {
        "action_accept",
        "action_assess",
        "action_check",
        "action_close",
        "action_control",
        "action_monitor",
        "action_reopen",
        "action_start_assessment",
    },
    "cpm.risk.ageing": {"action_open_record"},
    "cpm.churn.analysis": {"action_open_record"},
    "cpm.churn.report": {"action_open_record"},
    "cpm.retention": {"action_open_record"},
    "cpm.risk.assess": {"action_confirm"},
    "cpm.risk.close": {"action_confirm"},
    "cpm.warning.rule": {
        "action_confirm",
        "action_evaluate",
        "action_trial",
        "action_view_warnings",
    },
    "cpm.warning.rule.trial": {"action_compute"},
    "cpm.backtest": {"action_run", "action_view_results"},
    "cpm.feedback.team": {"action_view_feedback"},
    "cpm.feedback.call": {"action_confirm"},
    "cpm.feedback.duplicate": {"action_confirm"},
    "cpm.plan": {
        "action_approve",
        "action_approve_revision",
        "action_cancel",
        "action_close",
        "action_design",
        "action_evaluate",
        "action_new_task",
        "action_portal_preview",
        "action_read_actuals",
        "action_refuse",
        "action_refuse_revision",
        "action_reopen",
        "action_review",
        "action_start",
        "action_submit",
        "action_take_back",
        "action_view_profile",
        "action_view_reviews",
        "action_view_revisions",
        "action_view_risks",
        "action_view_tasks",
        "action_view_warnings",
        "action_withdraw_revision",
        "message_post",  # refuses customers, see test_plan_security
    },
    "cpm.plan.review": {
        "action_cancel",
        "action_cpm_open",
        "action_fill",
        "action_hold",
    },
    "cpm.plan.template": {"action_view_plans"},
    "cpm.plan.batch": {"action_view_plans"},
    "cpm.plan.create": {"action_blank", "action_create"},
    "cpm.plan.refuse": {"action_confirm"},
    "cpm.plan.template.save": {"action_confirm"},
    "project.task": {"action_cpm_done", "action_cpm_open", "message_subscribe"},
    "res.config.settings": {"action_cpm_find_loss_days", "action_cpm_score_now"},
    "res.partner": {
        "action_cpm_new_feedback",
        "action_cpm_new_plan",
        "action_cpm_open_profile",
        "action_cpm_view_feedback",
        "action_cpm_view_plans",
        "action_cpm_view_warnings",
    },
}
# Overrides of what every model has; the tests of access cover them
STANDARD = {
    "copy",
    "copy_data",
    "create",
    "default_get",
    "export_data",
    "get_values",
    "load",
    "message_new",
    "set_values",
    "unlink",
    "write",
}


class TestSecurityButtons(RpcCase):
    def test_nothing_but_this_can_be_called(self):
        found = {}
        for name, model in self.env.registry.items():
            for parent in model.mro():
                if not parent.__module__.startswith(ADDONS):
                    continue
                for method, function in vars(parent).items():
                    if method.startswith("_") or not callable(function):
                        continue
                    try:
                        get_public_method(self.env[name], method)
                    except AccessError:
                        continue
                    if method not in STANDARD:
                        found.setdefault(name, set()).add(method)
        for model in found.keys() | PUBLIC.keys():
            with self.subTest(model):
                self.assertEqual(found.get(model), PUBLIC.get(model))

    def test_private_methods_stay_private(self):
        for model, method in (
            ("cpm.profile", "_set_tier"),
            ("cpm.profile", "_write_tier"),
            ("cpm.profile", "_sync_profiles"),
            ("cpm.profile", "_move_to_partner"),
            ("cpm.scorecard", "_run"),
            ("cpm.scorecard", "_cron_run"),
            ("cpm.tier", "_set_thresholds"),
            ("cpm.tier.change", "_decide"),
            ("cpm.profile", "init"),
        ):
            with self.subTest(model=model, method=method):
                self._assert_refused(
                    self.admin, model, method, self.mine.ids, error=AccessError
                )

    def test_buttons_that_change_customers_are_for_those_who_may(self):
        """Button, who may press it on own, and who on any customer."""
        everybody, who_sees_all = set(self.roles), {"all", "manager", "admin"}
        managers = {"manager", "admin"}
        cases = {
            "action_recalculate": (everybody, who_sees_all),
            "action_release_lifecycle": (everybody, who_sees_all),
            "action_release_tier": (managers, managers),
            "action_view_purchases": (everybody, who_sees_all),
            "action_view_partner": (everybody, who_sees_all),
        }
        for customer in self.mine | self.foreign:
            customer._set_tier(self.tier_a, origin="manual", reason="Agreed")
            customer._set_lifecycle(self.stage, reason="Agreed")
        for button, (own, foreign) in cases.items():
            for customer, allowed in ((self.mine, own), (self.foreign, foreign)):
                for role, user in self.roles.items():
                    with self.subTest(button=button, role=role, mine=allowed is own):
                        self._press(
                            role in allowed, user, "cpm.profile", button, customer.ids
                        )

    def _press(self, allowed, *call):
        if not allowed:
            self._assert_refused(*call)
            return
        with self.env.cr.savepoint() as savepoint:
            self.assertTrue(self._rpc(*call))
            savepoint.rollback()
        self.env.invalidate_all()

    def test_buttons_that_open_something_tell_only_ids(self):
        """Opening the wizard or a list for a foreign customer shows nothing of it."""
        for button in ("action_set_tier", "action_set_lifecycle", "action_view_scores"):
            action = self._rpc(self.user_own, "cpm.profile", button, self.foreign.ids)
            with self.subTest(button):
                self.assertNotIn("Foreign", str(action))

    def test_other_employees_cannot_press_anything(self):
        records = {
            "cpm.profile": self.mine,
            "cpm.tier": self.tier_a,
            "cpm.tier.change": self.mine.tier_change_ids[:1],
            "cpm.lifecycle.stage": self.stage,
            "cpm.segment": self.env["cpm.segment"].create({"name": "Everybody"}),
            "cpm.purchase": self._records_of(self.mine, "cpm.purchase")[:1],
            "cpm.metric": self.revenue,
            "res.partner": self.mine.partner_id,
        }
        silent = {"action_set_tier", "action_set_lifecycle", "action_view_scores"}
        for model, record in records.items():
            for button in PUBLIC[model] - silent:
                with self.subTest(model=model, button=button):
                    if button == "action_view_profiles" and model != "cpm.segment":
                        continue  # opens a list that is empty for them
                    self._assert_refused(self.employee, model, button, record.ids)

    def test_only_managers_decide_on_proposals(self):
        self._propose(self.user_own, self.mine, self.tier_a)
        change = self.mine.tier_change_ids.filtered(lambda c: c.state == "proposed")
        self.assertTrue(change)
        for role in ("own", "all"):
            for button in ("action_apply", "action_reject"):
                with self.subTest(role=role, button=button):
                    self._assert_refused(
                        self.roles[role], "cpm.tier.change", button, change.ids
                    )
        self._rpc(self.manager, "cpm.tier.change", "action_apply", change.ids)
        self.assertEqual(self.mine.tier_id, self.tier_a)

    def _propose(self, user, customers, tier, context=None, **vals):
        wizard = self._rpc(
            user,
            "cpm.tier.assign",
            "create",
            {
                "profile_ids": [Command.set(customers.ids)],
                "tier_id": tier.id,
                "reason": "Grows",
                **vals,
            },
            context=context,
        )
        self._rpc(user, "cpm.tier.assign", "action_apply", [wizard], context=context)

    def test_users_only_propose_whatever_the_context_says(self):
        for context in (
            {"import_file": True},
            {"default_is_proposal": False, "is_proposal": False},
            {"su": True, "uid": 1},
            {"tracking_disable": True, "mail_notrack": True},
        ):
            with self.subTest(context):
                for user in (self.user_own, self.user_all):
                    self._propose(user, self.mine, self.tier_a, context=context)
                    self.assertEqual(self.mine.tier_id, self.tier_b)
                    newest = self.mine.tier_change_ids.sorted("id")[-1]
                    self.assertEqual(newest.state, "proposed")
                    self.assertEqual(newest.user_id, user)

    def test_history_is_kept_whatever_the_context_says(self):
        context = {
            "tracking_disable": True,
            "mail_notrack": True,
            "mail_create_nolog": True,
            "import_file": True,
        }
        self._propose(self.manager, self.mine, self.tier_a, context=context)
        self.assertEqual(self.mine.tier_id, self.tier_a)
        newest = self.mine.tier_change_ids.sorted("id")[-1]
        self.assertEqual(
            (newest.from_tier_id, newest.to_tier_id, newest.user_id, newest.state),
            (self.tier_b, self.tier_a, self.manager, "applied"),
        )

    def test_administrators_need_no_rights_beyond_ours(self):
        """Metrics name models, which Odoo lets only its own administrators read."""
        self.assertFalse(self.admin.has_group("base.group_erp_manager"))
        models = self._rpc(
            self.admin, "ir.model", "name_search", "Purchase Transaction"
        )
        self.assertIn(self.env["ir.model"]._get_id("cpm.transaction"), dict(models))
        metric = self._rpc(
            self.admin,
            "cpm.metric",
            "create",
            {
                "name": "Biggest purchase",
                "model_id": self.env["ir.model"]._get_id("cpm.transaction"),
                "measure": "maximum",
                "measure_field": "amount",
            },
        )
        self._rpc(self.admin, "cpm.metric", "write", [metric], {"period_days": 365})
        self.assertTrue(self._rpc(self.admin, "cpm.metric", "action_sample", [metric]))
        for model in ("ir.model", "ir.model.fields"):
            self.assertFalse(self.env[model].with_user(self.admin).has_access("write"))

    def test_only_administrators_try_and_sample(self):
        for role in ("own", "all", "manager"):
            user = self.roles[role]
            with self.subTest(role):
                self._assert_refused(
                    user, "cpm.metric", "action_sample", self.revenue.ids
                )
                self._assert_refused(user, "cpm.tier.simulation", "create", {})
        self.assertTrue(
            self._rpc(self.admin, "cpm.metric", "action_sample", self.revenue.ids)
        )

    def test_the_settings_page_is_for_system_administrators(self):
        for role, user in self.roles.items():
            for method, args in {
                "create": ({},),
                "action_cpm_find_loss_days": ([],),
                "action_cpm_score_now": ([],),
            }.items():
                with self.subTest(role=role, method=method):
                    self._assert_refused(user, "res.config.settings", method, *args)

    def test_wizards_of_others_are_closed(self):
        wizards = {
            "cpm.tier.assign": (
                self.manager,
                {"tier_id": self.tier_a.id},
                "action_apply",
            ),
            "cpm.lifecycle.assign": (
                self.manager,
                {"stage_id": self.stage.id},
                "action_apply",
            ),
        }
        for model, (owner, vals, button) in wizards.items():
            wizard = self._rpc(
                owner,
                model,
                "create",
                {
                    "profile_ids": [Command.set(self.mine.ids)],
                    "reason": "Mine",
                    **vals,
                },
            )
            for method, args in ((button, ()), ("write", ({"reason": "Not"},))):
                with self.subTest(model=model, method=method):
                    self._assert_refused(self.user_all, model, method, [wizard], *args)

    def test_the_dry_run_of_another_administrator_is_closed(self):
        other = self._make_user("cpm_admin_2", "customer_plan_mgmt.group_cpm_admin")
        wizard = self._rpc(self.admin, "cpm.tier.simulation", "create", {})
        for button in ("action_simulate", "action_apply"):
            with self.subTest(button):
                self._assert_refused(other, "cpm.tier.simulation", button, [wizard])

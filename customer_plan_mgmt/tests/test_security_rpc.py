"""What a hostile client may try over RPC: buttons of other roles, forged values by
every door, contexts, commands on lists, and wizards with foreign customers."""

import psycopg2

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw, get_public_method
from odoo.tools import SQL, mute_logger

from .test_security import SecurityCase

ADDONS = "odoo.addons.customer_plan_mgmt."
# Everything a client may call that is ours; a new name here needs a test below
PUBLIC = {
    "cpm.profile": {
        "action_recalculate",
        "action_release_lifecycle",
        "action_release_tier",
        "action_set_lifecycle",
        "action_set_tier",
        "action_view_partner",
        "action_view_purchases",
        "action_view_scores",
    },
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
    "res.partner": {"action_cpm_open_profile"},
}
# Overrides of what every model has; the tests of access cover them
STANDARD = {
    "copy_data",
    "create",
    "default_get",
    "export_data",
    "get_values",
    "load",
    "set_values",
    "unlink",
    "write",
}
# Tables in which nothing may change when a call is refused
TABLES = (
    "cpm_profile",
    "cpm_profile_res_users_rel",
    "cpm_tier",
    "cpm_tier_change",
    "cpm_score",
    "cpm_metric_value",
    "cpm_transaction",
    "cpm_metric",
    "cpm_scorecard",
    "cpm_scorecard_line",
    "cpm_lifecycle_stage",
    "cpm_segment",
    "ir_model_access",
    "ir_rule",
)


class RpcCase(SecurityCase):
    def _rpc(self, user, model, method, *args, context=None, **kwargs):
        """Call a method as the web client or any other client does."""
        env = self.env(user=user, context={})
        env.invalidate_all()
        kwargs["context"] = {
            "allowed_company_ids": self.company.ids,
            **(context or {}),
        }
        result = call_kw(env[model], method, list(args), kwargs)
        env.flush_all()
        return result

    def _state(self):
        self.env.flush_all()
        state = {}
        for table in TABLES:
            self.env.cr.execute(
                SQL("SELECT t::text FROM %s t ORDER BY 1", SQL.identifier(table))
            )
            state[table] = self.env.cr.fetchall()
        return state

    def _assert_harmless(self, call):
        """Whether it is refused or not: nothing of ours may change by it."""
        before = self._state()
        self.enterContext(mute_logger("odoo.sql_db"))
        try:
            with self.env.cr.savepoint():
                call()
        except (UserError, ValueError, psycopg2.IntegrityError) as error:
            self.assertTrue(str(error))
        self.env.invalidate_all()
        after = self._state()
        for table, rows in before.items():
            self.assertEqual(rows, after[table], table)

    def _assert_refused(self, call, error=UserError):
        before = self._state()
        with self.assertRaises(error), self.env.cr.savepoint():
            call()
        self.env.invalidate_all()
        self.assertEqual(before, self._state())


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
        self.assertEqual(found, PUBLIC)

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
                    lambda model=model, method=method: self._rpc(
                        self.admin, model, method, self.mine.ids
                    ),
                    AccessError,
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
                        self._press(role in allowed, user, button, customer)

    def _press(self, allowed, user, button, customer):
        def press():
            return self._rpc(user, "cpm.profile", button, customer.ids)

        if not allowed:
            return self._assert_refused(press)
        with self.env.cr.savepoint() as savepoint:
            self.assertTrue(press())
            savepoint.rollback()
        self.env.invalidate_all()
        return None

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
                    self._assert_refused(
                        lambda model=model, button=button, record=record: self._rpc(
                            self.employee, model, button, record.ids
                        )
                    )

    def test_only_managers_decide_on_proposals(self):
        self._propose(self.user_own, self.mine, self.tier_a)
        change = self.mine.tier_change_ids.filtered(lambda c: c.state == "proposed")
        self.assertTrue(change)
        for role in ("own", "all"):
            for button in ("action_apply", "action_reject"):
                with self.subTest(role=role, button=button):
                    self._assert_refused(
                        lambda role=role, button=button: self._rpc(
                            self.roles[role], "cpm.tier.change", button, change.ids
                        )
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
                    lambda user=user: self._rpc(
                        user, "cpm.metric", "action_sample", self.revenue.ids
                    )
                )
                self._assert_refused(
                    lambda user=user: self._rpc(
                        user, "cpm.tier.simulation", "create", {}
                    )
                )
        self.assertTrue(
            self._rpc(self.admin, "cpm.metric", "action_sample", self.revenue.ids)
        )

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
                    self._assert_refused(
                        lambda model=model, wizard=wizard, method=method, args=args: (
                            self._rpc(self.user_all, model, method, [wizard], *args)
                        )
                    )

    def test_the_dry_run_of_another_administrator_is_closed(self):
        other = self._make_user("cpm_admin_2", "customer_plan_mgmt.group_cpm_admin")
        wizard = self._rpc(self.admin, "cpm.tier.simulation", "create", {})
        for button in ("action_simulate", "action_apply"):
            with self.subTest(button):
                self._assert_refused(
                    lambda button=button: self._rpc(
                        other, "cpm.tier.simulation", button, [wizard]
                    )
                )


class TestSecurityRpc(RpcCase):
    def _wizard_commands(self):
        return {
            "set": [Command.set((self.mine | self.foreign).ids)],
            "link": [Command.link(self.foreign.id)],
            "create": [
                Command.create({"partner_id": self._make_partner().id}),
            ],
            "update": [Command.update(self.foreign.id, {"note": "Forged"})],
            "delete": [Command.delete(self.foreign.id)],
        }

    def test_wizards_do_nothing_to_foreign_customers(self):
        foreign = self.foreign
        for model, vals in {
            "cpm.tier.assign": {"tier_id": self.tier_a.id},
            "cpm.lifecycle.assign": {"stage_id": self.stage.id},
        }.items():
            for name, commands in self._wizard_commands().items():
                with self.subTest(model=model, command=name):
                    self.env.flush_all()
                    self.env.cr.execute(
                        "SELECT p::text FROM cpm_profile p WHERE id = %s", foreign.ids
                    )
                    before = self.env.cr.fetchall()
                    changes = foreign.tier_change_ids.ids
                    messages = len(foreign.message_ids)
                    try:
                        with self.env.cr.savepoint():
                            wizard = self._rpc(
                                self.user_own,
                                model,
                                "create",
                                {"profile_ids": commands, "reason": "x", **vals},
                            )
                            self._rpc(self.user_own, model, "action_apply", [wizard])
                    except UserError as error:
                        self.assertTrue(str(error))
                    self.env.invalidate_all()
                    self.env.cr.execute(
                        "SELECT p::text FROM cpm_profile p WHERE id = %s", foreign.ids
                    )
                    self.assertEqual(self.env.cr.fetchall(), before)
                    self.assertEqual(foreign.tier_change_ids.ids, changes)
                    self.assertEqual(len(foreign.message_ids), messages)

    def _forged_lists(self):
        """Return ``{field: command}`` that would smuggle something into a profile."""
        foreign = self.foreign
        change = {
            "company_id": self.company.id,
            "to_tier_id": self.tier_a.id,
            "origin": "rule",
            "reason": "Forged",
            "effective_date": "2024-01-01",
            "state": "applied",
        }
        score = {"purpose": "value", "date": "2024-01-01", "score": 100}
        computed = {"metric_id": self.revenue.id, "value": 1e6}
        purchase = {
            "partner_id": self.mine.partner_id.id,
            "date": "2024-06-01",
            "amount": 1e6,
            "source": "forged",
        }
        own = {
            "tier_change_ids": (self.mine.tier_change_ids, change),
            "score_ids": (self.mine.score_ids, score),
            "metric_value_ids": (
                self.mine.metric_value_ids.filtered(
                    lambda row: row.metric_id == self.revenue
                ),
                computed,
            ),
            "transaction_ids": (self.mine.transaction_ids, purchase),
        }
        for name, (mine, vals) in own.items():
            theirs = foreign[name][:1]
            for command in (
                Command.create(vals),
                Command.create({**vals, "profile_id": foreign.id}),
                Command.update(mine[:1].id, vals),
                Command.update(mine[:1].id, {"profile_id": foreign.id}),
                Command.update(theirs.id, vals),
                Command.link(theirs.id),
                Command.unlink(mine[:1].id),
                Command.delete(mine[:1].id),
                Command.delete(theirs.id),
                Command.clear(),
                Command.set([]),
                Command.set(theirs.ids),
            ):
                yield name, command

    def test_lists_of_a_profile_are_no_back_door(self):
        for name, command in self._forged_lists():
            for method in ("write", "web_save"):
                extra = [{}] if method == "web_save" else []
                with self.subTest(field=name, command=command, method=method):
                    self._assert_harmless(
                        lambda name=name, command=command, method=method, extra=extra: (
                            self._rpc(
                                self.user_own,
                                "cpm.profile",
                                method,
                                self.mine.ids,
                                {name: [command]},
                                *extra,
                            )
                        )
                    )

    def test_managers_do_not_touch_results_through_lists_either(self):
        for name, command in self._forged_lists():
            if name == "transaction_ids":
                continue  # managers keep the purchases
            with self.subTest(field=name, command=command):
                self._assert_harmless(
                    lambda name=name, command=command: self._rpc(
                        self.manager,
                        "cpm.profile",
                        "write",
                        self.mine.ids,
                        {name: [command]},
                    )
                )

    def test_purchases_do_not_change_hands_through_the_profile(self):
        """Which customer a purchase belongs to follows from its contact."""
        theirs = self.foreign.transaction_ids
        for command in (Command.link(theirs.id), Command.set(theirs.ids)):
            with self.subTest(command):
                self._assert_harmless(
                    lambda command=command: self._rpc(
                        self.manager,
                        "cpm.profile",
                        "write",
                        self.mine.ids,
                        {"transaction_ids": [command]},
                    )
                )

    def test_contacts_are_no_back_door(self):
        self.user_own.group_ids |= self.env.ref("base.group_partner_manager")
        stranger = self._make_partner()
        for command in (
            Command.create({"company_id": self.company.id}),
            Command.update(self.foreign.id, {"note": "Forged"}),
            Command.update(self.mine.id, {"value_score": 100}),
            Command.update(self.mine.id, {"tier_id": self.tier_a.id}),
            Command.link(self.foreign.id),
            Command.delete(self.mine.id),
            Command.set([]),
        ):
            for partner in (self.mine.partner_id, stranger):
                with self.subTest(command):
                    self._assert_harmless(
                        lambda command=command, partner=partner: self._rpc(
                            self.user_own,
                            "res.partner",
                            "write",
                            partner.ids,
                            {"cpm_profile_ids": [command]},
                        )
                    )
        for name, value in {
            "cpm_tier_id": self.tier_a.id,
            "cpm_value_score": 100,
            "cpm_manager_id": self.user_all.id,
        }.items():
            with self.subTest(name):
                self._assert_harmless(
                    lambda name=name, value=value: self._rpc(
                        self.manager,
                        "res.partner",
                        "write",
                        self.mine.partner_id.ids,
                        {name: value},
                    )
                )

    def test_context_does_not_open_the_tier(self):
        tier = {"tier_id": self.tier_a.id}
        for user in (self.user_own, self.user_all, self.manager, self.admin):
            for context in (
                {},
                {"import_file": True} if user in self.user_own | self.user_all else {},
                {"tracking_disable": True, "install_mode": True},
                {"default_tier_id": self.tier_a.id, "su": True},
            ):
                with self.subTest(user=user.login, context=context):
                    self._assert_refused(
                        lambda user=user, context=context: self._rpc(
                            user,
                            "cpm.profile",
                            "write",
                            self.mine.ids,
                            dict(tier),
                            context=context,
                        )
                    )

    def test_import_context_opens_nothing_but_the_tier(self):
        for name, value in {
            "tier_locked_until": "2099-01-01",
            "tier_origin": "rule",
            "tier_since": "2000-01-01",
            "value_score": 100,
            "lifecycle_stage_id": self.stage.id,
            "partner_id": self._make_partner().id,
        }.items():
            for extra in ({}, {"tier_id": self.tier_a.id}):
                with self.subTest(field=name, extra=extra):
                    self._assert_refused(
                        lambda name=name, value=value, extra=extra: self._rpc(
                            self.manager,
                            "cpm.profile",
                            "write",
                            self.mine.ids,
                            {name: value, **extra},
                            context={"import_file": True},
                        )
                    )

    def test_defaults_in_the_context_forge_nothing(self):
        forged = {
            "default_tier_id": self.tier_a.id,
            "default_tier_origin": "manual",
            "default_value_score": 100,
            "default_value_level": "high",
            "default_lifecycle_stage_id": self.stage.id,
            "default_auto_archived": True,
            "default_strategic_value_user_id": self.admin.id,
            "import_file": True,
        }
        for user in (self.user_all, self.manager):
            partner = self._make_partner()
            profile = self.profiles.browse(
                self._rpc(
                    user,
                    "cpm.profile",
                    "create",
                    {"partner_id": partner.id},
                    context=forged,
                )
            )
            for key in forged.keys() - {"import_file"}:
                name = key.removeprefix("default_")
                with self.subTest(user=user.login, field=name):
                    self.assertFalse(profile[name])

    def test_signatures_of_manual_values_cannot_be_forged(self):
        size = self._make_manual_metric("size")
        for vals in (
            {"user_id": self.admin.id},
            {"number": 5},
            {"event_date": "2024-01-01"},
        ):
            with self.subTest(vals):
                self._assert_refused(
                    lambda vals=vals: self._rpc(
                        self.user_own,
                        "cpm.metric.value",
                        "create",
                        {
                            "profile_id": self.mine.id,
                            "metric_id": size.id,
                            "value": 3,
                            **vals,
                        },
                    )
                )
        row = self.env["cpm.metric.value"].browse(
            self._rpc(
                self.user_own,
                "cpm.metric.value",
                "create",
                {"profile_id": self.mine.id, "metric_id": size.id, "value": 3},
                context={"default_user_id": self.admin.id, "default_number": 9},
            )
        )
        self.assertEqual((row.user_id, row.number), (self.user_own, 3))

    def test_computed_values_are_kept_by_the_system(self):
        row = self.mine.metric_value_ids.filtered(
            lambda row: row.metric_id == self.revenue
        )
        for user in (self.user_own, self.manager, self.admin):
            for method, args in {
                "write": ({"value": 5},),
                "unlink": (),
                "copy": (),
            }.items():
                with self.subTest(user=user.login, method=method):
                    self._assert_refused(
                        lambda user=user, method=method, args=args: self._rpc(
                            user, "cpm.metric.value", method, row.ids, *args
                        )
                    )

    def test_managers_may_delete_values_entered_by_hand(self):
        row = self.mine.metric_value_ids.filtered(
            lambda row: row.metric_id == self.points
        )
        self._rpc(self.manager, "cpm.metric.value", "unlink", row.ids)
        self.assertFalse(row.exists())

    def test_loading_a_file_is_no_back_door(self):
        for header, value in {
            "value_score": "100",
            "tier_id/.id": str(self.tier_a.id),
            "lifecycle_stage_id/.id": str(self.stage.id),
            "tier_change_ids/reason": "Forged",
            "score_ids/score": "100",
            "manager_id/id": "base.user_admin",
        }.items():
            row = self.foreign.id if header == "manager_id/id" else self.mine.id
            with self.subTest(header):
                self._assert_harmless(
                    lambda header=header, value=value, row=row: self._rpc(
                        self.user_own,
                        "cpm.profile",
                        "load",
                        [".id", header],
                        [[str(row), value]],
                        context={"import_file": True},
                    )
                )

    def test_definition_of_preferences_is_not_changed_through_a_customer(self):
        self.company.cpm_preference_definition = [
            {"name": "colour", "string": "Colour", "type": "char"}
        ]
        forged = [
            {
                "name": "secret",
                "string": "Forged",
                "type": "char",
                "definition_changed": True,
            }
        ]
        for user in (self.user_own, self.manager, self.admin):
            with self.subTest(user.login):
                try:
                    with self.env.cr.savepoint():
                        self._rpc(
                            user,
                            "cpm.profile",
                            "write",
                            self.mine.ids,
                            {"preferences": forged},
                        )
                except UserError as error:
                    self.assertTrue(str(error))
                self.env.invalidate_all()
                names = [
                    item["name"] for item in self.company.cpm_preference_definition
                ]
                self.assertEqual(names, ["colour"])

    def test_notes_are_cleaned_of_scripts(self):
        self._rpc(
            self.user_own,
            "cpm.profile",
            "write",
            self.mine.ids,
            {"note": "<p>Hi<script>alert(1)</script><img src=x onerror=alert(1)></p>"},
        )
        for evil in ("<script", "onerror"):
            self.assertNotIn(evil, self.mine.note)

    def test_names_of_customers_do_not_run_in_explanations(self):
        self.points.name = "<img src=x onerror=alert(1)>"
        self.env.invalidate_all()
        self.assertIn("&lt;img", self.mine.value_explanation)
        self.assertNotIn("<img", self.mine.value_explanation)

    def test_filters_do_not_run_code(self):
        for text in (
            "__import__('os').system('true')",
            "[('id', '=', env.cr.commit())]",
            "().__class__.__bases__",
        ):
            with self.subTest(text):
                self._assert_refused(
                    lambda text=text: self._rpc(
                        self.manager,
                        "cpm.segment",
                        "create",
                        {"name": "Evil", "domain": text},
                    )
                )
                self._assert_refused(
                    lambda text=text: self._rpc(
                        self.admin,
                        "cpm.metric",
                        "write",
                        self.revenue.ids,
                        {"domain": text},
                    )
                )
                self._assert_refused(
                    lambda text=text: self._rpc(
                        self.admin,
                        "cpm.lifecycle.stage",
                        "write",
                        self.stage.ids,
                        {"rule": text},
                    )
                )

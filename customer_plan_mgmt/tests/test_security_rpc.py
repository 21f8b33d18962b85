"""What a hostile client may try over RPC: forged values by every door, contexts,
commands on lists, and wizards with foreign customers."""

from odoo import Command
from odoo.exceptions import UserError

from .common_security import RpcCase


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
                        self.user_own,
                        "cpm.profile",
                        method,
                        self.mine.ids,
                        {name: [command]},
                        *extra,
                    )

    def test_managers_do_not_touch_results_through_lists_either(self):
        for name, command in self._forged_lists():
            if name == "transaction_ids":
                continue  # managers keep the purchases
            with self.subTest(field=name, command=command):
                self._assert_harmless(
                    self.manager,
                    "cpm.profile",
                    "write",
                    self.mine.ids,
                    {name: [command]},
                )

    def test_purchases_do_not_change_hands_through_the_profile(self):
        """Which customer a purchase belongs to follows from its contact."""
        theirs = self.foreign.transaction_ids
        for command in (Command.link(theirs.id), Command.set(theirs.ids)):
            with self.subTest(command):
                self._assert_harmless(
                    self.manager,
                    "cpm.profile",
                    "write",
                    self.mine.ids,
                    {"transaction_ids": [command]},
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
                        self.user_own,
                        "res.partner",
                        "write",
                        partner.ids,
                        {"cpm_profile_ids": [command]},
                    )
        for name, value in {
            "cpm_tier_id": self.tier_a.id,
            "cpm_value_score": 100,
            "cpm_manager_id": self.user_all.id,
        }.items():
            with self.subTest(name):
                self._assert_harmless(
                    self.manager,
                    "res.partner",
                    "write",
                    self.mine.partner_id.ids,
                    {name: value},
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
                        user,
                        "cpm.profile",
                        "write",
                        self.mine.ids,
                        dict(tier),
                        context=context,
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
                        self.manager,
                        "cpm.profile",
                        "write",
                        self.mine.ids,
                        {name: value, **extra},
                        context={"import_file": True},
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
                        user, "cpm.metric.value", method, row.ids, *args
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
                    self.user_own,
                    "cpm.profile",
                    "load",
                    [".id", header],
                    [[str(row), value]],
                    context={"import_file": True},
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

    def test_exports_hold_no_formulas(self):
        """A spreadsheet would compute what a customer, or a colleague, typed in."""
        self.admin.group_ids |= self.env.ref("base.group_allow_export")
        formula = '=HYPERLINK("http://example.com")'
        self.mine.partner_id.name = formula
        self.mine._set_tier(self.tier_a, origin="manual", reason=formula)
        fields = {"cpm.profile": ["partner_id", "tier_reason"]}
        fields["cpm.tier.change"] = ["profile_id/display_name", "reason"]
        for model in ("cpm.score", "cpm.metric.value"):
            fields[model] = ["profile_id"]
        for model in ("cpm.transaction", "cpm.purchase"):
            fields[model] = ["partner_id"]
        for model, names in fields.items():
            with self.subTest(model):
                records = self._records_of(self.mine, model)[:1]
                row = self._rpc(self.admin, model, "export_data", records.ids, names)
                for cell in row["datas"][0]:
                    self.assertEqual(cell, f"'{formula}")

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
                    self.manager,
                    "cpm.segment",
                    "create",
                    {"name": "Evil", "domain": text},
                )
                self._assert_refused(
                    self.admin,
                    "cpm.metric",
                    "write",
                    self.revenue.ids,
                    {"domain": text},
                )
                self._assert_refused(
                    self.admin,
                    "cpm.lifecycle.stage",
                    "write",
                    self.stage.ids,
                    {"rule": text},
                )

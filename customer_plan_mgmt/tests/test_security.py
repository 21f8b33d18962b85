"""Who may do what: every role, every model, every operation, every record."""

from odoo.exceptions import AccessError, UserError

from .common_security import SecurityCase

# What own / all / manager / admin may do with the records of a model:
# (r)ead, (w)rite, (c)reate, (d)elete
MATRIX = {
    "cpm.profile": ("rw", "rwc", "rwc", "rwc"),
    "cpm.tier": ("r", "r", "r", "rwcd"),
    "cpm.tier.change": ("r", "r", "r", "r"),
    "cpm.lifecycle.stage": ("r", "r", "r", "rwcd"),
    "cpm.segment": ("r", "r", "rwcd", "rwcd"),
    "cpm.transaction": ("r", "r", "rwcd", "rwcd"),
    "cpm.purchase": ("r", "r", "r", "r"),
    "cpm.metric": ("r", "r", "r", "rwcd"),
    "cpm.metric.value": ("rwc", "rwc", "rwcd", "rwcd"),
    "cpm.scorecard": ("r", "r", "r", "rwcd"),
    "cpm.scorecard.line": ("r", "r", "r", "rwcd"),
    "cpm.scorecard.band": ("r", "r", "r", "rwcd"),
    "cpm.score": ("r", "r", "r", "r"),
    "cpm.tier.assign": ("rwcd",) * 4,
    "cpm.lifecycle.assign": ("rwcd",) * 4,
    "cpm.tier.simulation": ("", "", "", "rwcd"),
    "cpm.tier.simulation.line": ("", "", "", "rwcd"),
    "cpm.tier.simulation.move": ("", "", "", "rwcd"),
    "cpm.metric.sample": ("", "", "", "rwcd"),
    "cpm.metric.sample.line": ("", "", "", "rwcd"),
    "cpm.service.standard": ("r", "r", "r", "rwcd"),
    "cpm.service.target": ("r", "r", "r", "rwcd"),
    "cpm.service.escalation": ("r", "r", "r", "rwcd"),
    "cpm.exemption.reason": ("r", "r", "r", "rwcd"),
    "cpm.sla.timer": ("r", "r", "r", "r"),
    "cpm.sla.report": ("r", "r", "r", "r"),
    "cpm.sla.backlog": ("r", "r", "r", "r"),
    "cpm.sla.exempt": ("", "", "rwcd", "rwcd"),
    "cpm.sla.pause": ("", "", "rwcd", "rwcd"),
    "cpm.target.preview": ("rwcd",) * 4,
    "cpm.holiday.load": ("", "", "", "rwcd"),
    "cpm.holiday.load.line": ("", "", "", "rwcd"),
    "cpm.feedback": ("rwc", "rwc", "rwc", "rwcd"),
    "cpm.feedback.team": ("r", "r", "r", "rwcd"),
    "cpm.feedback.category": ("r", "r", "r", "rwcd"),
    "cpm.feedback.call": ("rwcd",) * 4,
    "cpm.feedback.duplicate": ("rwcd",) * 4,
    "cpm.root.cause": ("r", "r", "rwcd", "rwcd"),
    "cpm.risk": ("rwc", "rwc", "rwc", "rwcd"),
    "cpm.risk.control": ("rwcd",) * 4,
    "cpm.risk.assessment": ("r", "r", "r", "r"),
    "cpm.risk.ageing": ("r", "r", "r", "r"),
    "cpm.churn.report": ("", "", "r", "r"),
    "cpm.retention": ("", "", "r", "r"),
    "cpm.risk.scale": ("r", "r", "r", "rwcd"),
    "cpm.risk.level": ("r", "r", "r", "rwcd"),
    "cpm.risk.category": ("r", "r", "r", "rwcd"),
    "cpm.risk.assess": ("rwcd",) * 4,
    "cpm.risk.close": ("rwcd",) * 4,
    "cpm.backtest": ("", "", "rwcd", "rwcd"),
    "cpm.backtest.result": ("", "", "r", "r"),
    "cpm.warning": ("rwc", "rwc", "rwc", "rwcd"),
    "cpm.warning.close": ("rwcd",) * 4,
    "cpm.warning.assign": ("rwcd",) * 4,
    "cpm.warning.snooze": ("rwcd",) * 4,
    "cpm.churn.reason": ("r", "r", "r", "rwcd"),
    "cpm.satisfaction": ("r", "r", "r", "r"),
    "cpm.warning.rule": ("r", "r", "r", "rwcd"),
    "cpm.warning.rule.state": ("r", "r", "r", "r"),
    "cpm.warning.rule.trial": ("", "", "", "rwcd"),
    "cpm.warning.rule.trial.hit": ("", "", "", "rwcd"),
    "cpm.warning.rule.trial.month": ("", "", "", "rwcd"),
    "cpm.plan": ("rwc", "rwc", "rwcd", "rwcd"),
    "cpm.plan.need": ("rwcd",) * 4,
    "cpm.plan.goal": ("rwcd",) * 4,
    "cpm.plan.goal.value": ("r", "r", "r", "r"),
    "cpm.plan.member": ("rwcd",) * 4,
    "cpm.plan.cost": ("rwcd",) * 4,
    "cpm.plan.cost.category": ("r", "r", "r", "rwcd"),
    "cpm.plan.check": ("rwcd",) * 4,
    "cpm.plan.review": ("rwc", "rwc", "rwcd", "rwcd"),
    "cpm.plan.revision": ("r", "r", "r", "r"),
    "cpm.plan.revision.line": ("r", "r", "r", "r"),
    "cpm.plan.template": ("r", "r", "rwcd", "rwcd"),
    "cpm.plan.template.need": ("r", "r", "rwcd", "rwcd"),
    "cpm.plan.template.goal": ("r", "r", "rwcd", "rwcd"),
    "cpm.plan.template.task": ("r", "r", "rwcd", "rwcd"),
    "cpm.plan.template.cost": ("r", "r", "rwcd", "rwcd"),
    "cpm.plan.template.check": ("r", "r", "rwcd", "rwcd"),
    "cpm.plan.batch": ("r", "r", "r", "r"),
    "cpm.plan.batch.line": ("r", "r", "r", "r"),
    "cpm.plan.effect": ("r", "r", "r", "r"),
    "cpm.plan.create": ("rwcd",) * 4,
    "cpm.plan.refuse": ("", "", "rwcd", "rwcd"),
    "cpm.plan.template.save": ("", "", "rwcd", "rwcd"),
}
OPERATIONS = {"r": "read", "w": "write", "c": "create", "d": "unlink"}
# Models whose records belong to one customer
PER_CUSTOMER = (
    "cpm.profile",
    "cpm.transaction",
    "cpm.purchase",
    "cpm.score",
    "cpm.metric.value",
    "cpm.tier.change",
)


class TestSecurityMatrix(SecurityCase):
    def test_the_matrix_names_every_model(self):
        models = {
            name
            for name, model in self.env.registry.items()
            if name.startswith("cpm.")
            and not model._abstract
            and model._original_module == "customer_plan_mgmt"
        }
        self.assertEqual(models, set(MATRIX))

    def test_every_role_may_do_just_this(self):
        for model, rights in MATRIX.items():
            for (role, user), right in zip(self.roles.items(), rights, strict=True):
                records = self.env[model].with_user(user)
                allowed = "".join(
                    letter
                    for letter, operation in OPERATIONS.items()
                    if records.has_access(operation)
                )
                with self.subTest(model=model, role=role):
                    self.assertEqual(allowed, right)

    def test_others_may_do_nothing(self):
        portal = self._make_portal_user(self.foreign.partner_id)
        for user in (self.employee, portal, self.env.ref("base.public_user")):
            for model in MATRIX:
                for operation in OPERATIONS.values():
                    with self.subTest(user=user.login, model=model, op=operation):
                        self.assertFalse(
                            self.env[model].with_user(user).has_access(operation)
                        )

    def test_every_access_right_names_a_group_of_ours(self):
        ours = {
            self.env.ref(f"customer_plan_mgmt.group_cpm_{name}").id
            for name in ("user", "user_all", "manager", "admin")
        }
        rights = self.env["ir.model.access"].search(
            [("model_id.model", "in", list(MATRIX))]
        )
        self.assertTrue(rights)
        for right in rights:
            with self.subTest(right.name):
                self.assertIn(right.group_id.id, ours)

    def test_every_model_with_a_company_is_closed_to_other_companies(self):
        """By a rule for everybody and all four operations."""
        for model in MATRIX:
            if "company_id" not in self.env[model]._fields:
                continue
            if self.env[model]._transient:
                continue  # only whoever created the record may touch it
            rules = self.env["ir.rule"].search(
                [("model_id.model", "=", model), ("groups", "=", False)]
            )
            company_rules = rules.filtered(
                lambda rule: (
                    rule["perm_read"]
                    and rule["perm_write"]
                    and rule["perm_create"]
                    and rule["perm_unlink"]
                    and "company_id" in rule.domain_force
                )
            )
            with self.subTest(model):
                self.assertTrue(company_rules)

    def test_each_role_includes_the_one_before(self):
        names = ("user", "user_all", "manager", "admin")
        groups = [self.env.ref(f"customer_plan_mgmt.group_cpm_{n}") for n in names]
        for lower, higher in zip(groups, groups[1:], strict=False):
            self.assertIn(lower, higher.all_implied_ids)
            self.assertNotIn(higher, lower.all_implied_ids)

    def test_administering_our_application_makes_nobody_a_system_administrator(self):
        for user in self.roles.values():
            self.assertFalse(user.has_group("base.group_system"))
            self.assertFalse(user.has_group("base.group_erp_manager"))


class TestSecurityRules(SecurityCase):
    def _own(self, model):
        return self.env[model].with_user(self.user_own)

    def test_the_customers_have_something_of_everything(self):
        for model in PER_CUSTOMER:
            for customer in self.customers:
                with self.subTest(model=model, customer=customer.display_name):
                    self.assertTrue(self._records_of(customer, model))

    def test_own_customers_are_those_managed_and_assisted(self):
        for model in PER_CUSTOMER:
            mine = self._records_of(self.mine | self.helped, model)
            everything = self._records_of(self.customers, model)
            found = self._own(model).search([("id", "in", everything.ids)])
            with self.subTest(model):
                self.assertEqual(set(found.ids), set(mine.ids))

    def test_the_other_roles_see_all_customers(self):
        for role in ("all", "manager", "admin"):
            for model in PER_CUSTOMER:
                everything = self._records_of(self.customers, model)
                records = self.env[model].with_user(self.roles[role])
                found = records.search([("id", "in", everything.ids)])
                with self.subTest(role=role, model=model):
                    self.assertEqual(set(found.ids), set(everything.ids))

    def test_records_of_foreign_customers_cannot_be_read(self):
        for model in PER_CUSTOMER:
            records = self._records_of(self.foreign, model).with_user(self.user_own)
            name = "partner_id" if "partner_id" in records._fields else "profile_id"
            for route, call in {
                "read": lambda records=records, name=name: records.read([name]),
                "web_read": lambda records=records: records.web_read(
                    {"display_name": {}}
                ),
                "attribute": lambda records=records, name=name: records[:1][name],
                "name": lambda records=records: records[:1].display_name,
            }.items():
                with (
                    self.subTest(model=model, route=route),
                    self.assertRaises(AccessError),
                ):
                    self.env.invalidate_all()
                    call()

    def test_groups_and_counts_tell_nothing_of_foreign_customers(self):
        for model in PER_CUSTOMER:
            everything = self._records_of(self.customers, model)
            mine = self._records_of(self.mine | self.helped, model)
            domain = [("id", "in", everything.ids)]
            records = self._own(model)
            with self.subTest(model):
                self.assertEqual(records.search_count(domain), len(mine))
                self.assertEqual(
                    records.formatted_read_group(domain, [], ["__count"]),
                    [{"__count": len(mine), "__extra_domain": [(1, "=", 1)]}],
                )

    def test_counters_on_tiers_stages_and_segments_are_the_own(self):
        segment = self.env["cpm.segment"].create({"name": "Everybody"})
        self.assertEqual(self.customers.tier_id, self.tier_b)
        self.assertEqual(self.customers.lifecycle_stage_id, self.stage)
        for record in (self.tier_b, self.stage, segment):
            for user, count in ((self.user_own, 2), (self.user_all, 3)):
                self.env.invalidate_all()
                with self.subTest(model=record._name, user=user.login):
                    self.assertEqual(record.with_user(user).profile_count, count)
        self.env.invalidate_all()
        tier = self.tier_b.with_user(self.user_own)
        self.assertEqual(tier.profile_ids, self.mine | self.helped)

    def test_paths_do_not_lead_to_foreign_customers(self):
        everybody = self.customers.partner_id
        partners = self._own("res.partner")
        for path in (
            "cpm_profile_ids.value_score",
            "cpm_profile_id.value_score",
            "commercial_partner_id.cpm_profile_ids.score_ids.score",
            "cpm_profile_ids.transaction_ids.amount",
        ):
            with self.subTest(path):
                found = partners.search([("id", "in", everybody.ids), (path, ">", 0)])
                self.assertEqual(found, (self.mine | self.helped).partner_id)
        for path in ("profile_ids.value_score", "profile_ids.partner_id.name"):
            self.mine.manager_id = self.user_all
            self.helped.assistant_ids = False
            with self.subTest(path):
                self.assertFalse(
                    self._own("cpm.tier").search(
                        [("id", "=", self.tier_b.id), (path, "!=", False)]
                    )
                )

    def test_explanations_of_foreign_customers_are_closed(self):
        foreign = self.foreign.with_user(self.user_own)
        for name in ("value_explanation", "score_chart", "purchase_ids", "segment_ids"):
            with self.subTest(name), self.assertRaises(AccessError):
                self.env.invalidate_all()
                foreign.web_read({name: {}})
        for name in ("explanation", "breakdown"):
            score = self.foreign.score_ids[:1].with_user(self.user_own)
            with self.subTest(name), self.assertRaises(AccessError):
                self.env.invalidate_all()
                score.web_read({name: {}})

    def test_changing_a_form_of_a_foreign_customer_shows_nothing(self):
        spec = {
            name: {} for name in ("note", "value_score", "tier_id", "value_explanation")
        }
        for changed in ([], ["note"]):
            with self.subTest(changed), self.assertRaises(AccessError):
                self.env.invalidate_all()
                self.foreign.with_user(self.user_own).onchange({}, changed, spec)

    def test_messages_activities_and_files_of_foreign_customers_are_closed(self):
        self.foreign.activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.user_all.id
        )
        attachment = self.env["ir.attachment"].create(
            {
                "name": "x.txt",
                "raw": b"text",
                "res_model": "cpm.profile",
                "res_id": self.foreign.id,
            }
        )
        about = [("model", "=", "cpm.profile"), ("res_id", "=", self.foreign.id)]
        self.assertTrue(self.env["mail.message"].search(about))
        self.assertFalse(self._own("mail.message").search(about))
        about = [("res_model", "=", "cpm.profile"), ("res_id", "=", self.foreign.id)]
        self.assertTrue(self.env["mail.activity"].search(about))
        self.assertFalse(self._own("mail.activity").search(about))
        self.assertFalse(self._own("ir.attachment").search(about))
        with self.assertRaises(AccessError):
            attachment.with_user(self.user_own).read(["raw"])
        foreign = self.foreign.with_user(self.user_own)
        for deed, call in {
            "post": lambda: foreign.message_post(body="Hello"),
            "add a follower": lambda: foreign.message_subscribe(
                self.user_all.partner_id.ids
            ),
            "plan": lambda: foreign.activity_schedule("mail.mail_activity_data_todo"),
        }.items():
            with self.subTest(deed), self.assertRaises(AccessError):
                self.env.invalidate_all()
                call()
        foreign.message_subscribe(self.user_own.partner_id.ids)
        self.assertNotIn(self.user_own.partner_id, self.foreign.message_partner_ids)

    def test_foreign_customers_cannot_be_changed(self):
        foreign = self.foreign.with_user(self.user_own)
        for vals in (
            {"note": "x"},
            {"manager_id": self.user_own.id},
            {"assistant_ids": [(4, self.user_own.id)]},
            {"strategic_value": 100},
            {"score_excluded": True},
            {"active": False},
        ):
            with self.subTest(vals), self.assertRaises(AccessError):
                foreign.write(vals)
        value = self.foreign.metric_value_ids.filtered(
            lambda row: row.metric_id == self.points
        )
        with self.assertRaises(AccessError):
            value.with_user(self.user_own).value = 100
        with self.assertRaises(AccessError):
            self._own("cpm.metric.value").create(
                {
                    "profile_id": self.foreign.id,
                    "metric_id": self._make_manual_metric("other").id,
                    "value": 100,
                }
            )

    def test_own_customers_can_be_worked_on(self):
        """Otherwise the tests above would prove nothing."""
        for customer in self.mine | self.helped:
            customer = customer.with_user(self.user_own)
            customer.write({"note": "Likes blue", "strategic_value": 70})
            customer.message_post(body="Hello")
            customer.activity_schedule("mail.mail_activity_data_todo")
            row = customer.metric_value_ids.filtered(
                lambda row: row.metric_id == self.points
            )
            row.value = 75
            self.assertEqual(row.number, 75)
            self.assertEqual(row.user_id, self.user_own)

    def test_handing_a_customer_over_ends_the_access(self):
        self.helped.with_user(self.manager).assistant_ids = False
        with self.assertRaises(AccessError):
            self.helped.with_user(self.user_own).read(["note"])
        self.foreign.with_user(self.manager).manager_id = self.user_own
        self.assertTrue(self.foreign.with_user(self.user_own).read(["note"]))
        found = self._own("cpm.score").search([("profile_id", "=", self.foreign.id)])
        self.assertTrue(found)

    def test_purchases_of_people_of_an_own_customer_are_seen(self):
        person = self._make_partner(parent_id=self.mine.partner_id.id)
        stranger = self._make_partner(parent_id=self.foreign.partner_id.id)
        purchases = self._make_purchases(person, ("2024-06-02", 5))
        self._make_purchases(stranger, ("2024-06-02", 5))
        contacts = person | stranger
        found = self._own("cpm.transaction").search(
            [("partner_id", "in", contacts.ids)]
        )
        self.assertEqual(found, purchases)
        found = self._own("cpm.purchase").search([("partner_id", "in", contacts.ids)])
        self.assertEqual(found.partner_id, person)

    def test_purchases_without_a_known_customer_are_for_those_who_see_all(self):
        purchase = self._make_purchases(self._make_partner(), ("2024-06-02", 5))
        self.assertFalse(purchase.profile_id)
        domain = [("id", "=", purchase.id)]
        self.assertFalse(self._own("cpm.transaction").search(domain))
        everything = self.env["cpm.transaction"].with_user(self.user_all)
        self.assertEqual(everything.search(domain), purchase)

    def test_history_is_append_only_for_everybody(self):
        rows = {
            "cpm.tier.change": (self.mine.tier_change_ids[:1], {"reason": "forged"}),
            "cpm.score": (self.mine.score_ids[:1], {"score": 100}),
        }
        for model, (row, vals) in rows.items():
            copied = {
                name: field.convert_to_write(row[name], row)
                for name, field in row._fields.items()
                if field.store and field.required
            }
            for role, user in self.roles.items():
                mine = row.with_user(user)
                for deed, call in {
                    "write": lambda mine=mine, vals=vals: mine.write(vals),
                    "unlink": lambda mine=mine: mine.unlink(),
                    "create": lambda mine=mine, copied=copied: mine.create(copied),
                    "copy": lambda mine=mine: mine.copy(),
                }.items():
                    with (
                        self.subTest(model=model, role=role, deed=deed),
                        self.assertRaises(UserError),
                    ):
                        call()
            self.assertTrue(row.exists())

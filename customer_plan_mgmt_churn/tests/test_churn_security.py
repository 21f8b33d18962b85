"""Who may see and do what."""

from odoo.exceptions import AccessError
from odoo.tools import mute_logger

from .common import ChurnCase

# What own / all / manager / admin may do: (r)ead, (w)rite, (c)reate, (d)elete
MATRIX = {
    "cpm.churn.model": ("", "", "r", "r"),
    "cpm.churn.coefficient": ("", "", "r", "r"),
    "cpm.churn.feature": ("", "", "r", "rwcd"),
}
OPERATIONS = {"r": "read", "w": "write", "c": "create", "d": "unlink"}
PUBLIC = {"cpm.churn.model": {"action_train"}}


class TestChurnSecurity(ChurnCase):
    def test_the_matrix_is_complete(self):
        models = {
            name
            for name, model in self.env.registry.items()
            if model._original_module == "customer_plan_mgmt_churn"
            and not model._abstract
        }
        self.assertEqual(models, set(MATRIX))

    def test_every_role_may_do_just_this(self):
        roles = (self.user_own, self.user_all, self.manager, self.admin)
        for model, rights in MATRIX.items():
            for user, right in zip(roles, rights, strict=True):
                records = self.env[model].with_user(user)
                allowed = "".join(
                    letter
                    for letter, operation in OPERATIONS.items()
                    if records.has_access(operation)
                )
                with self.subTest(model=model, user=user.login):
                    self.assertEqual(allowed, right)
        portal = self._make_portal_user(self.customers[0].partner_id)
        for user in (self.employee, portal, self.env.ref("base.public_user")):
            for model in MATRIX:
                self.assertFalse(self.env[model].with_user(user).has_access("read"))

    def test_public_methods(self):
        ours = "odoo.addons.customer_plan_mgmt_churn."
        for name in MATRIX:
            found = {
                method
                for parent in type(self.env[name]).mro()
                if parent.__module__.startswith(ours)
                for method, function in vars(parent).items()
                if callable(function) and not method.startswith("_")
            }
            self.assertEqual(found, PUBLIC.get(name, set()))

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.models")
    def test_results_are_not_typed(self):
        model = self._train()
        self._score()
        for name, value in (
            ("churn_probability", 0.1),
            ("churn_level", "low"),
            ("churn_reasons", []),
        ):
            for user in (self.manager, self.admin):
                with self.subTest(name), self.assertRaises(AccessError):
                    self.customers[0].with_user(user).write({name: value})
        for user in (self.manager, self.admin):
            with self.assertRaises(AccessError):
                model.with_user(user).write({"intercept": 1})
            with self.assertRaises(AccessError):
                model.with_user(user).unlink()

    def test_what_other_rooms_protect_stays_protected(self):
        protected = self.customers._cpm_protected
        self.assertLessEqual(
            {"value_score", "tier_origin", "given_up_on", "churn_probability"},
            set(protected),
        )

    def test_other_companies_stay_closed(self):
        model = self._train()
        other = self._make_user(
            "cpm_elsewhere",
            "customer_plan_mgmt.group_cpm_manager",
            company_id=self.env.ref("base.main_company").id,
            company_ids=[(6, 0, self.env.ref("base.main_company").ids)],
        )
        found = self.model.with_user(other).search([("id", "=", model.id)])
        self.assertFalse(found)
        rows = self.env["cpm.churn.coefficient"].with_user(other)
        self.assertFalse(rows.search([("model_id", "=", model.id)]))
        self.assertEqual(
            self.model.with_user(self.manager).search([("id", "=", model.id)]), model
        )

    def test_users_read_probability_and_reasons_of_their_customers(self):
        self._train()
        self._score()
        self.customers[0].manager_id = self.user_own
        mine = self.customers[0].with_user(self.user_own)
        self.assertTrue(mine.churn_reason_text)
        self.assertTrue(mine.churn_trust_text)
        self.assertTrue(mine.churn_scored_on)

"""Who may do what with warnings."""

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger

from .common import GROUP
from .common_multicompany import MultiCompanyCase
from .common_warning import WarningCase

ALL = {"own", "all", "manager", "admin"}
ADMIN = {"admin"}
# Model: the roles that may do each operation with a record of the company
RIGHTS = {
    "cpm.warning": {"read": ALL, "write": ALL, "create": ALL, "unlink": ADMIN},
    "cpm.churn.reason": {
        "read": ALL,
        "write": ADMIN,
        "create": ADMIN,
        "unlink": ADMIN,
    },
    "cpm.warning.close": {"read": ALL, "write": ALL, "create": ALL, "unlink": ALL},
    "cpm.warning.assign": {"read": ALL, "write": ALL, "create": ALL, "unlink": ALL},
    "cpm.warning.snooze": {"read": ALL, "write": ALL, "create": ALL, "unlink": ALL},
}


class TestWarningSecurity(WarningCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = cls._make_portal_user(cls.customer.partner_id)
        cls.people = {
            "own": cls.user_own,
            "all": cls.user_all,
            "manager": cls.manager,
            "admin": cls.admin,
            "employee": cls.employee,
            "portal": cls.portal,
        }
        cls.mine = cls._make_warning()
        cls.foreign = cls._make_warning(
            profile_id=cls.other.id, user_id=cls.user_all.id
        )

    def setUp(self):
        super().setUp()
        for logger in ("odoo.addons.base.models.ir_rule", "odoo.models"):
            self.enterContext(mute_logger(logger))

    def test_every_role_may_do_just_this(self):
        for model, rights in RIGHTS.items():
            for operation in ("read", "write", "create", "unlink"):
                for role, user in self.people.items():
                    allowed = self.env[model].with_user(user).has_access(operation)
                    with self.subTest(model=model, role=role, op=operation):
                        self.assertEqual(allowed, role in rights.get(operation, ()))

    def test_administrators_make_playbooks(self):
        for role, user in self.people.items():
            for model in ("mail.activity.plan", "mail.activity.plan.template"):
                allowed = self.env[model].with_user(user).has_access("create")
                with self.subTest(role=role, model=model):
                    self.assertEqual(allowed, role == "admin")

    def test_own_warnings_are_those_one_has_to_do_with(self):
        both = [("id", "in", (self.mine | self.foreign).ids)]
        seen = self.warnings.with_user(self.user_own)
        self.assertEqual(seen.search(both), self.mine)
        self.assertEqual(len(seen.with_user(self.user_all).search(both)), 2)
        for way, open_up in {
            "owner": lambda: self.foreign.write({"user_id": self.user_own.id}),
            "manager": lambda: self.other.write({"manager_id": self.user_own.id}),
            "assistant": lambda: self.other.write(
                {"assistant_ids": [Command.link(self.user_own.id)]}
            ),
        }.items():
            with self.subTest(way), self.env.cr.savepoint() as savepoint:
                open_up()
                self.assertIn(self.foreign, seen.search(both))
                savepoint.rollback()
            self.env.invalidate_all()

    def test_buttons_are_for_those_who_may_work_on_the_warning(self):
        warning = self.foreign.with_user(self.user_own)
        for button in (
            "action_take_up",
            "action_wake",
            "action_reopen",
            "action_winback_plan",
        ):
            with self.subTest(button), self.assertRaises(AccessError):
                getattr(warning, button)()
        for wizard, vals in (
            ("cpm.warning.close", {"note": "Mine"}),
            ("cpm.warning.assign", {"user_id": self.user_own.id}),
            ("cpm.warning.snooze", {"reason": "Mine"}),
        ):
            with self.subTest(wizard), self.assertRaises(UserError):
                self.env[wizard].with_user(self.user_own).create(
                    {"warning_ids": [Command.set(warning.ids)], **vals}
                ).action_confirm()
        self.assertEqual(self.foreign.state, "new")
        self.assertEqual(self.foreign.user_id, self.user_all)

    def test_nobody_looks_at_foreign_customers_by_warning_of_them(self):
        with self.assertRaises(AccessError):
            self.warnings.with_user(self.user_own).create(
                {"name": "Peep", "profile_id": self.other.id}
            )

    def test_nor_with_the_customer_as_a_default(self):
        warnings = self.warnings.with_user(self.user_own)
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            warnings.with_context(default_profile_id=self.other.id).create(
                {"name": "Peep"}
            )
        self.env["ir.default"].set(
            "cpm.warning", "profile_id", self.other.id, user_id=self.user_own.id
        )
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            warnings.create({"name": "Peep"})
        mine = warnings.with_context(default_profile_id=self.customer.id)
        self.assertEqual(mine.create({"name": "Mine"}).profile_id, self.customer)

    def test_defaults_are_no_back_door(self):
        forged = self.warnings.with_user(self.user_own).with_context(
            default_state="saved",
            default_result="returned",
            default_rule_id=self.rule.id,
            default_closed_by_id=self.manager.id,
        )
        warning = forged.create({"name": "Forged", "profile_id": self.customer.id})
        self.assertEqual(warning.state, "new")
        for name in ("result", "rule_id", "closed_by_id"):
            self.assertFalse(warning[name], name)

    def test_defaults_keep_to_the_limits(self):
        warnings = self.warnings.with_user(self.user_own)
        vals = {"name": "Far", "profile_id": self.customer.id}
        far = "9999-12-31"
        with self.assertRaisesRegex(ValidationError, "Deadline"):
            warnings.with_context(default_date_deadline=far).create(vals)
        risks = self.env["cpm.risk"].with_user(self.user_own)
        category = self.env["cpm.risk.category"].search([], limit=1)
        with self.assertRaisesRegex(ValidationError, "0 to 3650"):
            risks.with_context(default_review_days=-1).create(
                {**vals, "category_id": category.id}
            )
        self.env["ir.default"].set(
            "cpm.warning", "date_deadline", far, user_id=self.user_own.id
        )
        with self.assertRaisesRegex(ValidationError, "Deadline"):
            warnings.create(vals)
        near = warnings.with_context(default_date_deadline="2024-07-01").create(vals)
        self.assertEqual(str(near.date_deadline), "2024-07-01")

    def test_the_dialogs_of_others_are_closed(self):
        wizard = self.env["cpm.warning.snooze"].with_user(self.manager)
        wizard = wizard.create(
            {"warning_ids": [Command.set(self.mine.ids)], "reason": "Mine"}
        )
        for deed in (
            wizard.with_user(self.user_all).action_confirm,
            lambda: wizard.with_user(self.user_all).write({"reason": "Not"}),
        ):
            with self.assertRaises(AccessError):
                deed()

    def test_numbers_of_foreign_warnings_stay_unknown(self):
        partner = self.other.partner_id.with_user(self.user_own)
        self.assertEqual(partner.cpm_warning_count, 0)
        with self.assertRaises(AccessError):
            self.other.with_user(self.user_own).read(["open_warning_count"])
        for user in (self.employee, self.portal):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.customer.partner_id.with_user(user).read(["cpm_warning_count"])


class TestWarningCompanies(WarningCase, MultiCompanyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = cls._make_user(
            "cpm_clerk",
            GROUP % "user_all",
            company_id=cls.elsewhere.id,
            company_ids=[Command.set(cls.elsewhere.ids)],
        )
        cls.warning_here = cls._make_warning(profile_id=cls.here.id)
        cls.warning_there = cls._make_warning(
            profile_id=cls.there.id,
            company_id=cls.elsewhere.id,
            user_id=cls.clerk.id,
            rule_id=False,
        )

    def test_everybody_sees_the_warnings_of_the_chosen_companies(self):
        both = [("id", "in", (self.warning_here | self.warning_there).ids)]
        for companies, found in (
            (self.company, self.warning_here),
            (self.elsewhere, self.warning_there),
            (self.companies, self.warning_here | self.warning_there),
        ):
            warnings = self._as(self.traveller, "cpm.warning", *companies)
            self.assertEqual(warnings.search(both), found)

    def test_warnings_do_not_cross_companies(self):
        with self.assertRaises(UserError):
            self._make_warning(profile_id=self.there.id)
        with self.assertRaisesRegex(ValidationError, "Owner"):
            self.warning_here.user_id = self.clerk
        with self.assertRaises(ValidationError):
            self.warning_here.with_user(self.traveller).company_id = self.elsewhere

    def test_a_warning_is_made_where_its_customer_is(self):
        warnings = self._as(self.traveller, "cpm.warning", *self.companies)
        warning = warnings.create({"name": "There", "profile_id": self.there.id})
        self.assertEqual(warning.company_id, self.elsewhere)

"""Who may do what with risks."""

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger

from .common import GROUP
from .common_multicompany import MultiCompanyCase
from .common_risk import RiskCase

ALL = {"own", "all", "manager", "admin"}
# Model: the roles that may do each operation with a record of the company
RIGHTS = {
    "cpm.risk": {"read": ALL, "write": ALL, "create": ALL, "unlink": {"admin"}},
    "cpm.risk.control": {"read": ALL, "write": ALL, "create": ALL, "unlink": ALL},
    "cpm.risk.assessment": {"read": ALL},
    "cpm.risk.ageing": {"read": ALL},
    "cpm.risk.scale": {
        "read": ALL,
        "write": {"admin"},
        "create": {"admin"},
        "unlink": {"admin"},
    },
    "cpm.risk.level": {
        "read": ALL,
        "write": {"admin"},
        "create": {"admin"},
        "unlink": {"admin"},
    },
    "cpm.risk.category": {
        "read": ALL,
        "write": {"admin"},
        "create": {"admin"},
        "unlink": {"admin"},
    },
    "cpm.risk.assess": {"read": ALL, "write": ALL, "create": ALL, "unlink": ALL},
    "cpm.risk.close": {"read": ALL, "write": ALL, "create": ALL, "unlink": ALL},
}


class TestRiskSecurity(RiskCase):
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
        cls.mine = cls._make_risk(4, 5)  # of a customer of user_own
        cls.foreign = cls._make_risk(
            4, 5, profile_id=cls.other.id, user_id=cls.user_all.id
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

    def _seen(self, user):
        risks = self.mine | self.foreign
        return self.risks.with_user(user).search([("id", "in", risks.ids)])

    def test_own_risks_are_those_one_has_to_do_with(self):
        self.assertEqual(self._seen(self.user_own), self.mine)
        self.assertEqual(self._seen(self.user_all), self.mine | self.foreign)
        ways = {
            "owner": lambda: self.foreign.write({"user_id": self.user_own.id}),
            "assistant": lambda: self.other.write(
                {"assistant_ids": [Command.link(self.user_own.id)]}
            ),
            "measure": lambda: self._control(self.foreign),
            "plan": lambda: self.foreign.write(
                {
                    "plan_id": self._make_plan(
                        profile_id=self.other.id, user_id=self.user_own.id
                    ).id
                }
            ),
        }
        for way, open_up in ways.items():
            with self.subTest(way), self.env.cr.savepoint() as savepoint:
                open_up()
                self.assertIn(self.foreign, self._seen(self.user_own))
                savepoint.rollback()
            self.env.invalidate_all()

    def test_parts_are_as_closed_as_their_risk(self):
        control = self._control(self.foreign, user_id=self.user_all.id)
        rows = {
            "cpm.risk.control": control,
            "cpm.risk.assessment": self.foreign.assessment_ids,
            "cpm.risk.ageing": self.env["cpm.risk.ageing"].browse(self.foreign.id),
        }
        for model, record in rows.items():
            found = self.env[model].with_user(self.user_own)
            with self.subTest(model):
                self.assertFalse(found.search([("id", "in", record.ids)]))
                with self.assertRaises(AccessError):
                    record.with_user(self.user_own).read(["risk_id"])

    def test_buttons_are_for_those_who_may_work_on_the_risk(self):
        risk = self.foreign.with_user(self.user_own)
        for button in (
            "action_start_assessment",
            "action_check",
            "action_control",
            "action_monitor",
            "action_reopen",
            "action_accept",
        ):
            with self.subTest(button), self.assertRaises(AccessError):
                getattr(risk, button)()
        for wizard, vals in (
            ("cpm.risk.assess", {"risk_id": risk.id}),
            ("cpm.risk.close", {"risk_ids": [Command.set(risk.ids)]}),
        ):
            with self.subTest(wizard), self.assertRaises(UserError):
                self.env[wizard].with_user(self.user_own).create(
                    {**vals, "reason": "Mine"}
                ).action_confirm()
        self.assertEqual(self.foreign.stage, "identify")

    def test_defaults_are_no_back_door(self):
        forged = self.risks.with_user(self.user_own).with_context(
            default_accepted_by_id=self.manager.id,
            default_residual_score=1,
            default_is_acceptance_pending=False,
        )
        risk = forged.create(
            {
                "name": "Forged",
                "profile_id": self.customer.id,
                "category_id": self.category.id,
                "response": "accept",
                "inherent_probability_id": self.probability[4].id,
                "inherent_impact_id": self.impact[4].id,
            }
        )
        self.assertFalse(risk.accepted_by_id)
        self.assertTrue(risk.is_acceptance_pending)
        self.assertEqual(risk.residual_score, 25)

    def test_nobody_looks_at_foreign_customers_by_a_risk_of_them(self):
        risks = self.env["cpm.risk"].with_user(self.user_own)
        vals = {"name": "Peep", "category_id": self.foreign.category_id.id}
        profile = self.foreign.profile_id
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            risks.create({**vals, "profile_id": profile.id})
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            risks.with_context(default_profile_id=profile.id).create(vals)
        mine = risks.create({**vals, "profile_id": self.mine.profile_id.id})
        self.assertEqual(mine.user_id, self.user_own)

    def test_the_number_of_foreign_risks_stays_unknown(self):
        self.other.assistant_ids = [Command.clear()]
        self.assertEqual(self.customer.with_user(self.user_own).risk_count, 1)
        self.customer.manager_id = self.user_all
        self._make_risk(2, 2, user_id=self.user_all.id)
        self.env.invalidate_all()
        self.assertEqual(self.customer.with_user(self.user_all).risk_count, 2)
        with self.assertRaises(AccessError):
            self.customer.with_user(self.user_own).read(["risk_count"])


class TestRiskCompanies(RiskCase, MultiCompanyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = cls._make_user(
            "cpm_clerk",
            GROUP % "user_all",
            company_id=cls.elsewhere.id,
            company_ids=[Command.set(cls.elsewhere.ids)],
        )
        cls.risk_here = cls._make_risk(4, 5, profile_id=cls.here.id)
        cls.risk_there = cls._make_risk(
            1,
            1,
            profile_id=cls.there.id,
            company_id=cls.elsewhere.id,
            user_id=cls.clerk.id,
        )

    def test_everybody_sees_the_risks_of_the_chosen_companies(self):
        both = [("id", "in", (self.risk_here | self.risk_there).ids)]
        for companies, found in (
            (self.company, self.risk_here),
            (self.elsewhere, self.risk_there),
            (self.companies, self.risk_here | self.risk_there),
        ):
            risks = self._as(self.traveller, "cpm.risk", *companies)
            ageing = self._as(self.traveller, "cpm.risk.ageing", *companies)
            self.assertEqual(risks.search(both), found)
            self.assertEqual(ageing.search(both).risk_id, found)

    def test_the_same_customer_has_its_risks_per_company(self):
        self.assertEqual(self.here.risk_level_id, self.critical)
        self.assertEqual(self.there.risk_level_id, self.low)
        self.assertFalse(self.there.health_cap_reason)

    def test_risks_do_not_cross_companies(self):
        with self.assertRaises(UserError):
            self._make_risk(profile_id=self.there.id)
        with self.assertRaises(UserError):
            self.risk_here.plan_id = self._make_plan(
                profile_id=self.there.id, company_id=self.elsewhere.id
            )
        with self.assertRaisesRegex(ValidationError, "Owner"):
            self.risk_here.user_id = self.clerk
        with self.assertRaises(ValidationError):
            self.risk_here.with_user(self.traveller).company_id = self.elsewhere

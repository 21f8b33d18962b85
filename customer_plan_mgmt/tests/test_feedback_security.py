"""Who may do what with feedback, promises and reports."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import GROUP
from .common_feedback import FeedbackCase

ROLES = ("own", "all", "manager", "admin", "employee", "portal")
OPERATIONS = ("read", "write", "create", "unlink")
# Model: the roles that may do each operation with a record of the company
RIGHTS = {
    "cpm.feedback": {
        "read": {"own", "all", "manager", "admin"},
        "write": {"own", "all", "manager", "admin"},
        "create": {"own", "all", "manager", "admin"},
        "unlink": {"admin"},
    },
    "cpm.sla.timer": {"read": {"own", "all", "manager", "admin"}},
    "cpm.sla.report": {"read": {"own", "all", "manager", "admin"}},
    "cpm.sla.backlog": {"read": {"own", "all", "manager", "admin"}},
    "cpm.satisfaction": {"read": {"own", "all", "manager", "admin"}},
    "cpm.feedback.team": {
        "read": {"own", "all", "manager", "admin"},
        "write": {"admin"},
        "create": {"admin"},
        "unlink": {"admin"},
    },
    "cpm.feedback.category": {
        "read": {"own", "all", "manager", "admin"},
        "write": {"admin"},
        "create": {"admin"},
        "unlink": {"admin"},
    },
    "cpm.root.cause": {
        "read": {"own", "all", "manager", "admin"},
        "write": {"manager", "admin"},
        "create": {"manager", "admin"},
        "unlink": {"manager", "admin"},
    },
    "cpm.exemption.reason": {
        "read": {"own", "all", "manager", "admin"},
        "write": {"admin"},
        "create": {"admin"},
        "unlink": {"admin"},
    },
    "cpm.service.standard": {
        "read": {"own", "all", "manager", "admin"},
        "write": {"admin"},
        "create": {"admin"},
        "unlink": {"admin"},
    },
    "cpm.sla.exempt": dict.fromkeys(OPERATIONS, {"manager", "admin"}),
    "cpm.sla.pause": dict.fromkeys(OPERATIONS, {"manager", "admin"}),
    "cpm.feedback.call": dict.fromkeys(OPERATIONS, {"own", "all", "manager", "admin"}),
    "cpm.feedback.duplicate": dict.fromkeys(
        OPERATIONS, {"own", "all", "manager", "admin"}
    ),
}


@tagged("post_install", "-at_install")
class TestFeedbackSecurity(FeedbackCase):
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
        cls.others = cls._make_feedback(user_id=cls.user_all.id)

    def test_rights_by_role(self):
        for model, rights in RIGHTS.items():
            for role in ROLES:
                for operation in OPERATIONS:
                    with self.subTest(model=model, role=role, operation=operation):
                        self.assertEqual(
                            self.env[model]
                            .with_user(self.people[role])
                            .has_access(operation),
                            role in rights.get(operation, ()),
                        )

    # ------------------------------------------------- User: own customers

    def _visible(self, feedback):
        """Whether the user with own customers sees the case, its promises, reports
        and the customer's answers; all of them or none."""
        self.env["cpm.satisfaction"].create(
            {
                "feedback_id": feedback.id,
                "company_id": self.company.id,
                "sent_at": feedback.received_at,
                "expires_at": feedback.received_at,
            }
        )
        self.env.flush_all()
        seen = {
            bool(
                self.env[model]
                .with_user(self.user_own)
                .search_count([(field, "=", feedback.id)])
            )
            for model, field in (
                ("cpm.feedback", "id"),
                ("cpm.sla.timer", "res_id"),
                ("cpm.sla.report", "feedback_id"),
                ("cpm.sla.backlog", "feedback_id"),
                ("cpm.satisfaction", "feedback_id"),
            )
        }
        self.assertEqual(len(seen), 1, "a part of the case is seen")
        return seen.pop()

    def test_own_cases_and_cases_of_own_customers_are_seen(self):
        self.assertFalse(self._visible(self.others))
        mine = self._make_feedback(user_id=self.user_own.id, partner_id=False)
        self.assertTrue(self._visible(mine))
        for profile in (
            {"manager_id": self.user_own.id},
            {"assistant_ids": [Command.set(self.user_own.ids)]},
        ):
            customer = self._make_customer(profile=profile)
            with self.subTest(profile=profile):
                self.assertTrue(
                    self._visible(
                        self._make_feedback(
                            partner_id=customer.partner_id.id, user_id=self.manager.id
                        )
                    )
                )

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.models")
    def test_foreign_cases_cannot_be_touched_by_any_button(self):
        foreign = self.others.with_user(self.user_own)
        for name in (
            "action_start",
            "action_wait",
            "action_solve",
            "action_close",
            "action_reopen",
            "action_cancel",
            "action_keep_closed",
            "action_print_letter",
            "action_sla_resume",
        ):
            with self.subTest(action=name), self.assertRaises(UserError):
                getattr(foreign, name)()
        with self.assertRaises(AccessError):
            foreign.message_post(body="Hello", message_type="comment")
        for wizard, vals in (
            ("cpm.feedback.call", {"feedback_id": foreign.id, "note": "x"}),
            (
                "cpm.feedback.duplicate",
                {"feedback_ids": foreign.ids, "original_id": foreign.id},
            ),
        ):
            with self.subTest(wizard=wizard), self.assertRaises(UserError):
                self.env[wizard].with_user(self.user_own).create(vals).action_confirm()
        self.assertEqual(self.others.stage, "new")

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.models")
    def test_a_case_cannot_be_folded_into_a_foreign_one(self):
        mine = self._make_feedback(user_id=self.user_own.id)
        wizard = self.env["cpm.feedback.duplicate"].with_user(self.user_own)
        with self.assertRaises(UserError):
            wizard.create(
                {"feedback_ids": mine.ids, "original_id": self.others.id}
            ).action_confirm()

    def test_feedback_starts_at_the_start_whatever_the_context_says(self):
        mine = self.env["cpm.feedback"].with_user(self.user_own)
        for stage, context in (
            ({"stage": "closed"}, {}),
            ({}, {"default_stage": "closed"}),
            ({}, {"default_stage": "solved"}),
        ):
            with (
                self.subTest(context),
                self.assertRaisesRegex(UserError, "starts as new"),
            ):
                mine.with_context(**context).create({"name": "Quick", **stage})

    # -------------------------------------------- What only managers decide

    def test_only_managers_pause_and_exempt(self):
        reason = self.env["cpm.exemption.reason"].create({"name": "Test"})
        timer = self._timer(self.others, "resolution")
        for user in (self.user_own, self.user_all):
            self.others.user_id = user
            with self.subTest(user=user.login):
                with self.assertRaises(UserError):
                    self.others.with_user(user)._cpm_sla_pause("because")
                with self.assertRaises(UserError):
                    timer.with_user(user)._exempt(reason, "because")
        self.others.with_user(self.manager)._cpm_sla_pause("mill closed")
        self.assertEqual(self._timer(self.others, "resolution").state, "paused")
        timer.with_user(self.manager)._exempt(reason, "because")
        self.assertEqual(timer.state, "exempt")

    def test_promises_and_answers_cannot_be_edited_by_anybody(self):
        timer = self._timer(self.others, "resolution")
        answer = self.env["cpm.satisfaction"].create(
            {
                "feedback_id": self.others.id,
                "company_id": self.company.id,
                "sent_at": self.others.received_at,
                "expires_at": self.others.received_at,
            }
        )
        for record, vals in ((timer, {"deadline": False}), (answer, {"rating": "5"})):
            for user in (self.user_all, self.manager, self.admin):
                record = record.with_user(user)
                with self.subTest(record=record, user=user.login):
                    with self.assertRaises(AccessError):
                        record.write(vals)
                    with self.assertRaises(AccessError):
                        record.unlink()
                    with self.assertRaises(AccessError):
                        record.copy()

    def test_customers_count_their_feedback_for_us_only(self):
        partner = self.customer.partner_id
        self.assertEqual(partner.with_user(self.user_all).cpm_feedback_count, 1)
        for role in ("employee", "portal"):
            with self.subTest(role=role), self.assertRaises(AccessError):
                partner.with_user(self.people[role]).read(["cpm_feedback_count"])

    # ------------------------------------------------------------- Two clicks

    def test_feedback_is_noted_from_contact_and_profile(self):
        contact = self._make_partner(
            "Ming", parent_id=self.customer.partner_id.id, type="contact"
        )
        for record, person in (
            (self.customer, False),
            (self.customer.partner_id, False),
            (contact, contact.id),
        ):
            name = "action_new_feedback"
            name = name if record._name == "cpm.profile" else "action_cpm_new_feedback"
            action = getattr(record.with_user(self.user_all), name)()
            made = (
                self.env["cpm.feedback"]
                .with_user(self.user_all)
                .with_context(**action["context"])
                .create({"name": "On the phone"})
            )
            with self.subTest(record=record):
                self.assertEqual(action["target"], "new")
                self.assertEqual(made.channel, "phone")
                self.assertEqual(made.partner_id, self.customer.partner_id)
                self.assertEqual(made.contact_id.id, person)

    def test_cases_are_grouped_by_the_tier_of_the_customer(self):
        """As the web client does: groups, then the rows of one group. Who does not see
        the customer's profile sees the tier of the own case all the same."""
        gold, tierless = self.customer, self._make_customer("Borealis")
        gold._set_tier(self.tier_a, origin="manual", reason="Test")
        cases = self.feedback
        for partner, count in ((gold.partner_id, 2), (tierless.partner_id, 1)):
            for _number in range(count):
                cases |= self._make_feedback(
                    partner_id=partner.id, user_id=self.user_own.id
                )
        cases |= self._make_feedback(partner_id=False, user_id=self.user_own.id)
        domain = [("id", "in", cases.ids)]
        search = self.feedback.get_views([[False, "search"]])["views"]["search"]
        self.assertIn("{'group_by': 'tier_id'}", search["arch"])
        for user in (self.user_own, self.user_all, self.manager, self.admin):
            feedback = self.feedback.with_user(user)
            with self.subTest(user=user.login):
                self.assertTrue(
                    feedback.fields_get(["tier_id"])["tier_id"]["groupable"]
                )
                groups = feedback.formatted_read_group(domain, ["tier_id"], ["__count"])
                self.assertEqual(
                    [(group["tier_id"], group["__count"]) for group in groups],
                    [((self.tier_a.id, self.tier_a.display_name), 2), (False, 2)],
                )
                rows = [
                    feedback.search_count(domain + group["__extra_domain"])
                    for group in groups
                ]
                self.assertEqual(rows, [2, 2])

    def test_queries_of_the_screen_do_not_grow_with_the_cases(self):
        names = {
            "display_name": {},
            "sla_signal": {},
            "sla_is_overdue": {},
            "tier_id": {"fields": {"display_name": {}}},
            "user_id": {"fields": {"display_name": {}}},
            "category_id": {"fields": {"display_name": {}}},
        }
        category = self._make_category("Fabric", parent_id=self._make_category().id)
        counts = []
        domain = [("company_id", "=", self.company.id)]
        for number in (1, 80):
            for _index in range(number):
                self._make_feedback(category_id=category.id)
            for _warm in range(2):
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                self.env["cpm.feedback"].with_user(self.user_all).web_search_read(
                    domain, names, limit=200
                )
                used = self.env.cr.sql_log_count - before
            counts.append(used)
        self.assertLessEqual(counts[1], counts[0])

    def test_no_role_is_left_out_of_the_matrix(self):
        self.assertTrue(self.user_own.has_group(GROUP % "user"))
        self.assertFalse(self.employee.has_group(GROUP % "user"))

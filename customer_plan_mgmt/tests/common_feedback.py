"""A company with a service desk and a service standard of its own."""

from datetime import datetime

from odoo import Command
from odoo.fields import Domain

from .common import CpmCommon

# A Friday at 17:30; the company works Monday to Friday from 9 to 18 o'clock UTC
FRIDAY = datetime(2024, 6, 7, 17, 30)


class FeedbackCase(CpmCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.feedback = cls.env["cpm.feedback"]
        cls.company.resource_calendar_id = cls._make_calendar(cls.company)
        cls.standard = cls._make_standard(cls.company)
        # Nothing shipped may answer for the company
        cls.env["cpm.feedback.team"].search(
            [("company_id", "=", cls.company.id)]
        ).active = False
        cls.team = cls._make_team("Desk", is_round_robin=False)
        cls.cause = cls.env["cpm.root.cause"].create({"name": "Dye"})
        cls.customer = cls._make_customer(
            "Aurora",
            email="aurora@example.com",
            profile={"manager_id": cls.user_all.id},
        )

    # ------------------------------------------------------------- Factories

    @classmethod
    def _make_calendar(cls, company):
        return cls.env["resource.calendar"].create(
            {
                "name": "Desk",
                "company_id": company.id,
                "tz": "UTC",
                "attendance_ids": [Command.clear()]
                + [
                    Command.create(
                        {
                            "name": str(day),
                            "dayofweek": str(day),
                            "hour_from": 9,
                            "hour_to": 18,
                            "day_period": "full_day",
                        }
                    )
                    for day in range(5)
                ],
            }
        )

    @classmethod
    def _make_standard(cls, company):
        """First answer within 24 hours; ordinary matters within 3 working days, complex
        ones within 7 days; complaints hear from us every 2 working days."""
        standard = cls.env["cpm.service.standard"].create(
            {
                "name": "Standard",
                "company_id": company.id,
                "date_from": "2000-01-01",
                "target_ids": [
                    Command.create(
                        {"kind": kind, "amount": amount, "unit": unit, **more}
                    )
                    for kind, amount, unit, more in (
                        ("first_response", 24, "clock_hours", {}),
                        ("resolution", 3, "working_days", {"complexity": "ordinary"}),
                        ("resolution", 7, "calendar_days", {"complexity": "complex"}),
                        (
                            "next_update",
                            2,
                            "working_days",
                            {"feedback_type": "complaint"},
                        ),
                    )
                ],
            }
        )
        standard.action_approve()
        return standard

    @classmethod
    def _make_team(cls, name="Team", members=(), **vals):
        return cls.env["cpm.feedback.team"].create(
            {
                "name": name,
                "company_id": cls.company.id,
                "member_ids": [Command.set([user.id for user in members])],
                **vals,
            }
        )

    @classmethod
    def _make_category(cls, name="Category", **vals):
        return cls.env["cpm.feedback.category"].create({"name": name, **vals})

    @classmethod
    def _make_feedback(cls, **vals):
        """Return feedback of the customer Aurora, made by the system."""
        return cls.env["cpm.feedback"].create(
            {
                "name": f"Matter {next(cls._numbers)}",
                "company_id": cls.company.id,
                "partner_id": cls.customer.partner_id.id,
                **vals,
            }
        )

    @classmethod
    def _make_complaint(cls, **vals):
        """Return a complaint that can be closed."""
        vals = {"root_cause_id": cls.cause.id, "corrective_action": "Test dye", **vals}
        return cls._make_feedback(type="complaint", stage="in_progress", **vals)

    def _timer(self, feedback, kind):
        """Return the latest timer of a kind that counts."""
        return self.env["cpm.sla.timer"].search(
            Domain("res_model", "=", "cpm.feedback")
            & Domain("res_id", "=", feedback.id)
            & Domain("kind", "=", kind)
            & Domain("state", "!=", "cancelled"),
            order="round desc",
            limit=1,
        )

    def _answer(self, feedback, user=None):
        """Write to the customer as ``user``."""
        return feedback.with_user(user or self.user_all).message_post(
            body="We look into it",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )

    def _activities(self, feedback, name):
        kind = self.env.ref(f"customer_plan_mgmt.{name}")
        return feedback.activity_ids.filtered(
            lambda activity: activity.activity_type_id == kind
        )

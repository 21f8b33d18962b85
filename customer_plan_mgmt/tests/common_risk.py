"""A company with scales and levels of its own, and three customers."""

from datetime import date, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command

from odoo.addons.base.models.ir_cron import IrCron

from .common import CpmCommon

TODAY = date(2024, 6, 10)


class RiskCase(CpmCommon):
    """Five steps of probability and impact; low from 1, medium from 5, high from 10,
    critical from 15. Critical risks are accepted by managers only and limit the health
    score to 40."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.risks = cls.env["cpm.risk"]
        for model in ("cpm.risk.level", "cpm.risk.scale"):
            cls.env[model].search([]).active = False
        cls.env.flush_all()  # their values become free
        cls.probability = cls._make_scale("probability", 5)
        cls.impact = cls._make_scale("impact", 5)
        cls.low, cls.medium, cls.high, cls.critical = cls.env["cpm.risk.level"].create(
            [
                {"name": "Low", "from_value": 1, "review_days": 180},
                {"name": "Medium", "from_value": 5, "review_days": 90},
                {"name": "High", "from_value": 10, "review_days": 30},
                {
                    "name": "Critical",
                    "from_value": 15,
                    "review_days": 14,
                    "acceptance_needs_manager": True,
                    "has_health_cap": True,
                    "health_cap": 40,
                },
            ]
        )
        cls.category = cls.env["cpm.risk.category"].create({"name": "Money"})
        cls.customer = cls._make_customer(
            "Aurora", profile={"manager_id": cls.user_own.id}
        )
        cls.other = cls._make_customer("Bright")

    @classmethod
    def _make_scale(cls, kind, steps):
        return cls.env["cpm.risk.scale"].create(
            [
                {"kind": kind, "value": value, "name": f"{kind} {value}"}
                for value in range(1, steps + 1)
            ]
        )

    @classmethod
    def _make_risk(cls, probability=None, impact=None, **vals):
        """Return a risk of the customer; steps count from 1."""
        vals = {
            "name": f"Risk {next(cls._numbers)}",
            "company_id": cls.company.id,
            "category_id": cls.category.id,
            "user_id": cls.user_own.id,
            **vals,
        }
        if "profile_id" not in vals and "plan_id" not in vals:
            vals["profile_id"] = cls.customer.id
        if probability:
            vals["inherent_probability_id"] = cls.probability[probability - 1].id
            vals["inherent_impact_id"] = cls.impact[impact - 1].id
        return cls.risks.create(vals)

    @classmethod
    def _make_plan(cls, **vals):
        vals.setdefault("profile_id", cls.customer.id)
        return cls.env["cpm.plan"].create(
            {"name": "Plan", "company_id": cls.company.id, **vals}
        )

    def _assess(self, risk, kind, probability, impact, reason="News", user=None):
        risk.with_user(user or self.manager)._assess(
            {
                f"{kind}_probability_id": probability
                and self.probability[probability - 1].id,
                f"{kind}_impact_id": impact and self.impact[impact - 1].id,
            },
            reason,
        )
        self.env.invalidate_all()

    def _control(self, risk, **vals):
        return self.env["cpm.risk.control"].create(
            {
                "risk_id": risk.id,
                "name": "Call weekly",
                "user_id": self.user_own.id,
                "date_due": TODAY,
                **vals,
            }
        )

    @classmethod
    def _make_segment_plan(cls):
        segment = cls.env["cpm.segment"].create({"name": "Everybody"})
        return cls.env["cpm.plan"].create(
            {
                "name": "For all",
                "company_id": cls.company.id,
                "scope": "segment",
                "segment_id": segment.id,
            }
        )

    def _monitored(self, risk):
        """Bring an assessed risk into monitoring."""
        risk.response = "reduce"
        for stage in ("assess", "control"):
            risk.stage = stage
        risk.control_ids = [
            Command.create(
                {"name": "Done", "user_id": self.user_own.id, "is_done": True}
            )
        ]
        risk.stage = "monitor"

    def _cron(self, day=TODAY):
        """Run the daily reminders on ``day``; what they commit stays in the test."""

        def commit(cron, processed=0, *, remaining=None, deactivate=False):
            cron.env.flush_all()
            return float("inf")

        with freeze_time(day), patch.object(IrCron, "_commit_progress", commit):
            self.risks.with_user(self.env.ref("base.user_root"))._cron_reminders()
        self.env.invalidate_all()

    def _asked(self, risk, kind="risk_check"):
        """Return who has an open activity of that type on the risk."""
        kind = self.env.ref(f"customer_plan_mgmt.mail_activity_{kind}")
        return (
            self.env["mail.activity"]
            .search(
                [
                    ("res_model", "=", "cpm.risk"),
                    ("res_id", "in", risk.ids),
                    ("activity_type_id", "=", kind.id),
                ]
            )
            .mapped("user_id")
        )

    @staticmethod
    def _before(days):
        return TODAY - timedelta(days=days)

"""A rule, two customers and short ways to warn of them."""

from datetime import date, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.addons.base.models.ir_cron import IrCron

from .common import CpmCommon

TODAY = date(2024, 6, 10)


class WarningCase(CpmCommon):
    """``customer`` is looked after by ``user_own``, ``other`` by nobody. The loss
    metric is the days since the last purchase; results are measured after 90 days."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warnings = cls.env["cpm.warning"]
        cls.env["cpm.warning.rule"].search([]).active = False
        cls.last_seen = cls._make_metric("last_seen", "days_since_last")
        cls.company.write(
            {"cpm_loss_metric_id": cls.last_seen.id, "cpm_warning_result_days": 90}
        )
        cls.company.sequence = -10  # daily jobs begin with it
        cls.customer = cls._make_customer(
            "Aurora", profile={"manager_id": cls.user_own.id}
        )
        cls.other = cls._make_customer("Bright")
        cls.reason = cls.env["cpm.churn.reason"].create({"name": "Too dear"})
        cls.rule = cls._make_rule()

    @classmethod
    def _make_rule(cls, **vals):
        return cls.env["cpm.warning.rule"].create(
            {
                "name": f"Rule {next(cls._numbers)}",
                "company_id": cls.company.id,
                "trigger": "threshold",
                "measure": "value_score",
                "limit_value": 10,
                **vals,
            }
        )

    @classmethod
    def _make_warning(cls, **vals):
        """Return a warning of ``rule`` about ``customer``, owned by ``user_own``."""
        return cls.warnings.create(
            {
                "name": f"Warning {next(cls._numbers)}",
                "company_id": cls.company.id,
                "profile_id": cls.customer.id,
                "rule_id": cls.rule.id,
                "user_id": cls.user_own.id,
                "raised_on": TODAY,
                **vals,
            }
        )

    @classmethod
    def _make_playbook(cls, *steps, **vals):
        """Return a playbook of ``(summary, delay, from)``."""
        return cls.env["mail.activity.plan"].create(
            {
                "name": "Playbook",
                "res_model": "cpm.warning",
                "company_id": False,
                "template_ids": [
                    (
                        0,
                        0,
                        {
                            "activity_type_id": cls.env.ref(
                                "mail.mail_activity_data_todo"
                            ).id,
                            "summary": summary,
                            "delay_count": delay,
                            "delay_from": start,
                            "sequence": number,
                        },
                    )
                    for number, (summary, delay, start) in enumerate(steps)
                ],
                **vals,
            }
        )

    def _close(self, warning, state, user=None, day=TODAY):
        reason = self.reason if state == "lost" else None
        with freeze_time(day):
            warning.with_user(user or self.user_own)._close(state, "Done", reason)
        self.env.invalidate_all()

    def _cron(self, day=TODAY):
        """Run the daily job on ``day``; what it commits stays in the test."""

        def commit(cron, processed=0, *, remaining=None, deactivate=False):
            cron.env.flush_all()
            return float("inf")

        with freeze_time(day), patch.object(IrCron, "_commit_progress", commit):
            self.warnings.with_user(self.env.ref("base.user_root"))._cron_daily()
        self.env.invalidate_all()

    def _told(self, warning, kind):
        """Return who has an open activity of that type on the warning."""
        kind = self.env.ref(f"customer_plan_mgmt.mail_activity_warning_{kind}")
        return (
            self._activities(warning)
            .filtered(lambda activity: activity.activity_type_id == kind)
            .mapped("user_id")
        )

    def _activities(self, warning):
        return self.env["mail.activity"].search(
            [("res_model", "=", "cpm.warning"), ("res_id", "in", warning.ids)]
        )

    @staticmethod
    def _day(days):
        return TODAY + timedelta(days=days)

"""Reminders of risks nobody looked at."""

from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain

from .const import CHECK_ACTIVITY


class CpmRisk(models.Model):
    _inherit = "cpm.risk"

    @api.model
    def _cron_reminders(self):
        """Remind the owners of risks whose check is due, and some days later a manager
        of those that are still unchecked (daily).

        Once for every check that is due, however often the job runs and however long
        it stood still.
        """
        for company in self.env["res.company"].sudo().search([]):
            today = company._cpm_today()
            late = today - timedelta(days=company.cpm_risk_manager_days)
            due = Domain("company_id", "=", company.id)
            due &= Domain("stage", "!=", "closed") & Domain(
                "next_check_on", "<=", today
            )
            waves = {
                "_remind_owners": due & Domain("owner_reminded_on", "=", False),
                "_remind_managers": due
                & Domain("manager_reminded_on", "=", False)
                & Domain("next_check_on", "<", late),
            }
            for method, domain in waves.items():
                risks = self.sudo().with_company(company).search(domain, order="id")
                if not risks._in_batches(method):
                    return  # out of time: the job is called again

    def _report_failure(self, reason):
        """Tell an administrator, once, that the risk needs a look."""
        for risk in self:
            readers = self.env["cpm.metric"]._failure_readers(risk.company_id)
            reader = readers[:1]
            summary = risk.with_context(lang=reader.lang).env._(
                "Nobody can be reminded of this risk"
            )
            if reader and summary not in risk.activity_ids.mapped("summary"):
                risk.activity_schedule(
                    "mail.mail_activity_data_todo",
                    summary=summary,
                    note=reason,
                    user_id=reader.id,
                )

    def _remind_owners(self):
        """Ask the owners, one after the other, to look at their risks. Those of people
        who left go to a manager."""
        for owner, risks in self.grouped("user_id").items():
            if owner.active:
                risks._ask_to_check(owner)
                continue
            for risk in risks:
                risk._ask_to_check(risk._find_manager())
        for company, risks in self.grouped("company_id").items():
            risks.write({"owner_reminded_on": company._cpm_today()})

    def _remind_managers(self):
        for manager, risks in self.grouped(lambda r: r._find_manager()).items():
            risks._ask_to_check(manager)
        for company, risks in self.grouped("company_id").items():
            risks.write({"manager_reminded_on": company._cpm_today()})

    def _ask_to_check(self, user):
        """Give ``user`` the task to look at these risks, unless it is there already."""
        asked = self.filtered(
            lambda risk: user in risk._open_activities(CHECK_ACTIVITY).user_id
        )
        new = self - asked
        if user and new:
            # Listed among the activities of the user; no mail for each of them
            new.with_context(mail_activity_quick_update=True).activity_schedule(
                CHECK_ACTIVITY, user_id=user.id
            )

"""What happens to warnings by itself, every day."""

import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from .const import BACK_ACTIVITY, LATE_ACTIVITY, OPEN_STATES
from .cpm_warning_flow import AWAKE

_logger = logging.getLogger(__name__)


class CpmWarning(models.Model):
    _inherit = "cpm.warning"

    # Who was reminded of the deadline that has passed
    owner_reminded_on = fields.Date(readonly=True, copy=False)
    manager_reminded_on = fields.Date(readonly=True, copy=False)

    @api.model
    def _cron_daily(self):
        """Dismiss what nobody has to deal with any more, bring back what was snoozed,
        tell of what is new, remind of deadlines and measure the results (daily).

        Everything once, however often the job runs and however long it stood still.
        """
        companies = self.env["res.company"].sudo().search([])
        for left, company in zip(
            reversed(range(len(companies))), companies, strict=True
        ):
            warnings = self.sudo().with_company(company)
            for method, domain in warnings._daily_work(company).items():
                found = warnings.search(
                    Domain("company_id", "=", company.id) & domain, order="id"
                )
                if not found._in_batches(method):
                    return  # out of time: the job is called again
            warnings._attempt_for_company("_measure_results", company)
            if not self.env["ir.cron"]._commit_progress(1, remaining=left):
                return

    @api.model
    def _daily_work(self, company):
        """Return ``{method: domain}`` of what is due today, in this order."""
        today = company._cpm_today()
        late = today - timedelta(days=company.cpm_warning_manager_days)
        is_open = Domain("state", "in", OPEN_STATES)
        awake = is_open & Domain("snoozed_until", "=", False)
        return {
            "_dismiss_gone": is_open
            & (
                Domain("profile_id.active", "=", False)
                | Domain("profile_id.score_excluded", "=", True)
            ),
            "_come_back": is_open & Domain("snoozed_until", "<=", today),
            "_tell_of_new": is_open
            & Domain("told_on", "=", False)
            & Domain("user_id", "!=", False),
            "_remind_owners": awake
            & Domain("date_deadline", "<", today)
            & Domain("owner_reminded_on", "=", False),
            "_remind_managers": awake
            & Domain("date_deadline", "<", late)
            & Domain("manager_reminded_on", "=", False),
        }

    def _report_failure(self, reason):
        """Tell an administrator, once, that the warning needs a look."""
        self._tell_administrator(
            lambda env: env._("The daily job fails for this warning"), reason
        )

    @api.model
    def _attempt_for_company(self, method, company):
        """Call ``method`` for ``company``; its failure stops nothing else."""
        try:
            with self.env.cr.savepoint():
                getattr(self, method)(company)
        except Exception:
            self.env.invalidate_all()
            _logger.exception("%s failed for the company %s", method, company.id)

    def _dismiss_gone(self):
        """Close the warnings of customers who are archived or refused to be judged by
        machines."""
        refused = self.filtered("profile_id.score_excluded")
        refused._dismiss_by_system(
            self.env._("Closed by the system: the customer refused automated scoring.")
        )
        (self - refused)._dismiss_by_system(
            self.env._("Closed by the system: the customer was archived.")
        )

    def _come_back(self):
        """Tell the owners of snoozed warnings that their time has come."""
        self.write(AWAKE)
        self._tell_owners(BACK_ACTIVITY)

    def _remind_owners(self):
        self._tell_owners(LATE_ACTIVITY)
        for company, warnings in self.grouped("company_id").items():
            warnings.write({"owner_reminded_on": company._cpm_today()})

    def _remind_managers(self):
        for manager, warnings in self._by_manager().items():
            warnings._tell(manager, LATE_ACTIVITY)
        for company, warnings in self.grouped("company_id").items():
            warnings.write({"manager_reminded_on": company._cpm_today()})

    def _tell_owners(self, xmlid):
        """Give the owners an activity; those of people who left, and those nobody owns,
        go to a manager."""
        for owner, warnings in self.grouped("user_id").items():
            if owner and owner.active:
                warnings._tell(owner, xmlid)
                continue
            for manager, orphans in warnings._by_manager().items():
                orphans._tell(manager, xmlid)

    def _tell(self, user, xmlid):
        """Give ``user`` an activity on each of these, unless it is there already."""
        kind = self.env.ref(xmlid)
        self.partner_id.mapped("name")  # for the names of all, in one query
        told = self.filtered(
            lambda warning: warning.activity_ids.filtered(
                lambda a: a.activity_type_id == kind and a.user_id == user
            )
        )
        new = self - told
        if user and new:
            # Listed among the activities of the user; no mail for each of them
            new.with_context(mail_activity_quick_update=True).activity_schedule(
                xmlid, user_id=user.id
            )

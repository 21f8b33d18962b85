"""Playbooks: the activities a warning starts."""

import logging

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from .const import GROUP_MANAGER, OPEN_STATES

_logger = logging.getLogger(__name__)


class CpmWarning(models.Model):
    """A playbook is a ``mail.activity.plan`` for warnings. It is started once: when the
    warning is raised or when somebody takes it up, as the rule says.

    Steps “before the plan date” count back from the deadline of the warning, steps
    after it from the day the playbook starts; none lies in the past.
    """

    _inherit = "cpm.warning"

    playbook_id = fields.Many2one(related="rule_id.playbook_id", related_sudo=True)
    playbook_started_on = fields.Date(readonly=True, copy=False)

    def action_start_playbook(self):
        """Start the playbook of open warnings where it has not been started.

        :raise UserError: when there is none, or another warning of the customer has
            started the same one
        """
        self.check_access("write")
        self._check_open()
        for warning in self:
            if not warning.sudo().playbook_id.active:
                raise UserError(
                    self.env._(
                        "%s: the rule has no playbook in use.", warning.display_name
                    )
                )
        waiting = self.filtered(lambda warning: not warning.playbook_started_on)
        for playbook, warnings in waiting.sudo().grouped("playbook_id").items():
            free = warnings._one_for_each_customer(playbook)
            for warning in (warnings - free)[:1]:
                raise UserError(
                    self.env._(
                        "%s: the same playbook is under way for another warning of "
                        "the customer.",
                        warning.display_name,
                    )
                )
        waiting._start_playbook()
        return True

    def _start_siblings(self):
        """Start the playbooks of those warnings that waited for one of these, which was
        a false alarm."""
        ended = self.filtered("playbook_started_on")
        if not ended:
            return
        waiting = self.search(
            Domain("profile_id", "in", ended.profile_id.ids)
            & Domain("rule_id.playbook_id", "in", ended.playbook_id.ids)
            & Domain("state", "in", OPEN_STATES)
            & Domain("playbook_started_on", "=", False)
            & (
                Domain("state", "=", "working")
                | Domain("rule_id.playbook_starts", "=", True)
            ),
            order="raised_on, id",
        )
        waiting._start_playbook()

    def _start_playbook(self):
        """Plan the activities of the playbooks of these warnings, unless they were.

        A playbook that cannot be started holds nobody up: the warning stays as it is
        and an administrator is told.
        """
        due = self.sudo().filtered(
            lambda warning: (
                warning.state in OPEN_STATES
                and not warning.playbook_started_on
                and warning.playbook_id.active
            )
        )
        for playbook, warnings in due.grouped("playbook_id").items():
            starting = warnings._one_for_each_customer(playbook)
            try:
                with self.env.cr.savepoint():
                    starting._plan_activities(playbook)
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                raise
            except Exception as error:
                self.env.invalidate_all()
                _logger.info("Playbook %s cannot be started: %s", playbook.id, error)
                starting._tell_administrator(
                    lambda env: env._("The playbook of this warning cannot be started"),
                    str(error),
                )

    def _one_for_each_customer(self, playbook):
        """Return those whose customer is not worked on by the same playbook already,
        because of another warning: nobody calls twice."""
        running = self.search(
            Domain("profile_id", "in", self.profile_id.ids)
            & Domain("state", "in", OPEN_STATES)
            & Domain("playbook_started_on", "!=", False)
            & Domain("rule_id.playbook_id", "=", playbook.id)
        )
        taken, result = set(running.profile_id.ids), self.browse()
        for warning in self:
            if warning.profile_id.id not in taken:
                taken.add(warning.profile_id.id)
                result |= warning
        return result

    def _plan_activities(self, playbook):
        """Create the activities, all at once and without a mail for each.

        :raise UserError: for a playbook of another model
        """
        if playbook.res_model != self._name:
            raise UserError(
                self.env._(
                    "Playbook: “%s” is not made for warnings. Choose another one in the "
                    "warning rule.",
                    playbook.name,
                )
            )
        self.partner_id.mapped("name")  # for the names of all, in one query
        model_id = self.env["ir.model"]._get_id(self._name)
        activities = self.env["mail.activity"].with_context(
            mail_activity_quick_update=True
        )
        activities.create(
            [
                warning._step_vals(step) | {"res_model_id": model_id}
                for step in playbook.template_ids
                for warning in self
            ]
        )
        for company, warnings in self.grouped("company_id").items():
            warnings.write({"playbook_started_on": company._cpm_today()})

    def _step_vals(self, step):
        """Return the values of the activity for one ``mail.activity.plan.template``."""
        self.ensure_one()
        user = self._responsible_for(step)
        kind = step.activity_type_id.with_context(lang=user.lang)
        return {
            "res_id": self.id,
            "automated": True,
            "activity_type_id": kind.id,
            "summary": step.summary or kind.summary,
            "note": step.note or kind.default_note,
            "date_deadline": self._day_of_step(step),
            "user_id": user.id,
        }

    def _day_of_step(self, step):
        self.ensure_one()
        today = self._today()
        start = today
        if step.delay_from == "before_plan_date":
            start = self.date_deadline or today
        return max(step._get_date_deadline(start), today)

    def _responsible_for(self, step):
        """Return who does ``step``: whom the playbook names, or else the owner of the
        warning, or a manager.

        :raise UserError: when there is nobody
        """
        self.ensure_one()
        named = step._determine_responsible(self.user_id, self)["responsible"]
        for find in (lambda: named, lambda: self.user_id, self._find_manager):
            user = find()
            if (
                user
                and user.active
                and not user.share
                and self.company_id in user.company_ids
            ):
                return user
        raise UserError(
            self.env._(
                "%s has no owner and nobody is a manager of Customer Plans.",
                self.display_name,
            )
        )

    def _find_manager(self):
        """Return who is told about the warning besides its owner."""
        self.ensure_one()
        return next(iter(self._by_manager()))

    def _by_manager(self):
        """Return ``{manager: warnings}``: whom the company named, the account manager
        if a manager, or any manager of Customer Plans, never the owner."""
        result = {}
        root = self.env.ref("base.user_root")
        everybody = self.env.ref(GROUP_MANAGER).sudo().all_user_ids - root
        for company, warnings in self.sudo().grouped("company_id").items():
            managers = everybody.filtered(
                lambda user, company=company: (
                    user.active and not user.share and company in user.company_ids
                )
            )
            for warning in warnings:
                named = company.cpm_warning_user_id | warning.profile_id.manager_id
                manager = (((named & managers) | managers) - warning.user_id)[:1]
                result[manager] = result.get(manager, self.browse()) | warning
        return result

    def _tell_administrator(self, summary, reason):
        """Tell an administrator of each company, once for each warning.

        :param summary: function of the environment of whoever is told, for the text
        :param str reason: what went wrong
        """
        for company, warnings in self.sudo().grouped("company_id").items():
            reader = self.env["cpm.metric"]._failure_readers(company)[:1]
            text = summary(warnings.with_context(lang=reader.lang).env)
            told = warnings.activity_ids.filtered(
                lambda activity, text=text: activity.summary == text
            )
            new = warnings.filtered(lambda w, told=told: not w.activity_ids & told)
            if reader and new:
                new.with_context(mail_activity_quick_update=True).activity_schedule(
                    "mail.mail_activity_data_todo",
                    summary=text,
                    note=reason,
                    user_id=reader.id,
                )

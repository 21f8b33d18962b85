"""How far a warning rule has come in one company."""

import logging

from odoo import api, fields, models

_logger = logging.getLogger(__name__)


class CpmWarningRuleState(models.Model):
    """What the evaluation remembers of one rule in one company.

    A rule may serve all companies, and many customers in one of them must not be
    warned of because somebody confirmed the rule in another. ``signature`` tells what
    the rule looked for when it was confirmed: with another trigger, other conditions
    or a metric measured otherwise it is a new rule.
    """

    _name = "cpm.warning.rule.state"
    _description = "State of a Warning Rule in a Company"
    _inherit = "cpm.system.mixin"
    _order = "rule_id, company_id, id"
    _rec_name = "rule_id"

    rule_id = fields.Many2one(
        "cpm.warning.rule", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    signature = fields.Char(string="Confirmed as")
    is_confirmed = fields.Boolean(string="Confirmed", compute="_compute_is_confirmed")
    waiting_count = fields.Integer(string="Warnings waiting", aggregator=None)
    last_evaluated_at = fields.Datetime(string="Last evaluated on")
    last_error = fields.Text()

    _rule_company_uniq = models.UniqueIndex(
        "(rule_id, company_id)", "This rule already has a state in this company."
    )

    @api.depends("signature")
    def _compute_is_confirmed(self):
        for state in self:
            rule = state.rule_id.sudo()
            state.is_confirmed = bool(
                state.signature and state.signature == rule._signature()
            )

    @api.model
    def _of(self, rules, company):
        """Return the states of ``rules`` in ``company``, one each, in superuser mode."""
        states = self.sudo().search(
            [("rule_id", "in", rules.ids), ("company_id", "=", company.id)]
        )
        missing = rules - states.rule_id
        return states | states.create(
            [{"rule_id": rule.id, "company_id": company.id} for rule in missing]
        )

    # --------------------------------------------------------------- Notices

    def _confirm(self):
        """Let the rule raise whatever it finds until it is changed."""
        for state in self:
            state.signature = state.rule_id._signature()

    def _note_evaluation(self, waiting):
        """Note that the rule was evaluated.

        :param int waiting: customers it found and did not warn of yet
        """
        self.ensure_one()
        self.write(
            {
                "waiting_count": waiting,
                "last_evaluated_at": fields.Datetime.now(),
                "last_error": False,
            }
        )

    def _ask_to_confirm(self, waiting):
        """Keep the warnings back and tell an administrator, once.

        :param int waiting: customers the rule would warn of
        """
        self.ensure_one()
        if not self.waiting_count:
            person = self._reader()
            speaker = self.with_context(lang=person.lang)
            self._tell(
                person,
                speaker.env._("Warning rule waits for confirmation"),
                speaker.env._(
                    "%(rule)s would raise %(count)s warnings at once in %(company)s. Look "
                    "at them with “Dry run”, then press “Confirm”.",
                    rule=speaker.rule_id.name,
                    count=waiting,
                    company=self.company_id.name,
                ),
            )
        self._note_evaluation(waiting)

    def _fail(self, reason):
        """Keep why the rule could not be evaluated and tell an administrator, once.

        :param str reason: a sentence
        """
        self.ensure_one()
        if self.last_error != reason:
            person = self._reader()
            self._tell(
                person,
                self.with_context(lang=person.lang).env._(
                    "Warning rule cannot be evaluated"
                ),
                reason,
            )
        self.write({"last_error": reason, "waiting_count": 0})

    def _reader(self):
        return self.env["cpm.metric"]._failure_readers(self.company_id)[:1]

    def _tell(self, person, summary, note):
        """Give ``person`` a task on the rule unless it is there already."""
        rule = self.rule_id
        if not person:
            _logger.warning("Nobody to tell: %s: %s", rule.code, note)
        elif summary not in rule.activity_ids.mapped("summary"):
            rule.with_context(mail_activity_quick_update=True).activity_schedule(
                "mail.mail_activity_data_todo",
                summary=summary,
                note=note,
                user_id=person.id,
            )

    @api.model
    def _refusal(self):
        return self.env._("This is kept by the evaluation of the rules.")

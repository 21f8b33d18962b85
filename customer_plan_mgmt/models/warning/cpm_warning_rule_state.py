"""How far a warning rule has come in one company."""

import logging

from odoo import api, fields, models

_logger = logging.getLogger(__name__)


class CpmWarningRuleState(models.Model):
    """What the evaluation remembers of one rule in one company.

    A rule may serve all companies, and many customers in one of them must not be
    warned of because somebody confirmed the rule in another. ``signature`` tells what
    the rule looked for when it was confirmed: with another trigger, other conditions
    or a metric measured otherwise it is a new rule. ``counted_signature`` tells what it
    looked for when its warnings were counted: only that number may be confirmed.

    A rule confirms itself while it raises few warnings at once. Without
    ``confirmed_by_id`` it asks again as soon as it finds more.
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
    confirmed_by_id = fields.Many2one("res.users", string="Confirmed by")
    waiting_count = fields.Integer(string="Warnings waiting", aggregator=None)
    counted_signature = fields.Char(string="Counted as")
    last_evaluated_at = fields.Datetime(string="Last evaluated on")
    last_error = fields.Text()
    confirm_activity_id = fields.Many2one("mail.activity", string="To confirm")
    failure_activity_id = fields.Many2one("mail.activity", string="To mend")

    _rule_company_uniq = models.UniqueIndex(
        "(rule_id, company_id)", "This rule already has a state in this company."
    )

    @api.depends("signature")
    def _compute_is_confirmed(self):
        for state in self:
            state.is_confirmed = (
                bool(state.signature) and state.signature == state._current_signature()
            )

    def _current_signature(self):
        self.ensure_one()
        state = self.sudo()
        return state.rule_id._signature(state.company_id)

    def _is_counted(self):
        """Whether the warnings that wait are those of the rule as it is now."""
        self.ensure_one()
        return self.counted_signature == self._current_signature()

    def _forget_count(self):
        """After a change of the rule: what was counted is no longer what waits."""
        for state in self.filtered("counted_signature"):
            if not state._is_counted():
                state.write({"waiting_count": 0, "counted_signature": False})
                state.confirm_activity_id.unlink()
        self.invalidate_recordset(["is_confirmed"])

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

    def _confirm(self, person=None):
        """Let the rule raise what it finds until it is changed.

        :param person: ``res.users`` who lets it raise any number at once; without, the
            rule has confirmed itself and may raise few
        """
        for state in self:
            state.write(
                {
                    "signature": state._current_signature(),
                    "confirmed_by_id": person and person.id,
                }
            )
            state.confirm_activity_id.unlink()

    def _may_raise(self, count):
        """Whether so many warnings may be raised at once without asking."""
        self.ensure_one()
        return (
            self.is_confirmed and bool(self.confirmed_by_id)
        ) or count <= self.company_id.cpm_warning_storm_limit

    def _note_evaluation(self, waiting):
        """Note that the rule was evaluated.

        :param int waiting: customers it found and did not warn of yet
        """
        self.ensure_one()
        self.write(
            {
                "waiting_count": waiting,
                "counted_signature": self._current_signature(),
                "last_evaluated_at": fields.Datetime.now(),
                "last_error": False,
            }
        )
        self.failure_activity_id.unlink()
        if not waiting:
            self.confirm_activity_id.unlink()

    def _ask_to_confirm(self, waiting):
        """Keep the warnings back and tell an administrator, once.

        :param int waiting: customers the rule would warn of
        """
        self.ensure_one()
        if not (self.waiting_count and self._is_counted()):
            speaker = self.with_context(lang=self._reader().lang)
            self._tell(
                "confirm_activity_id",
                speaker.env._(
                    "Warning rule waits for confirmation (%s)", self.company_id.name
                ),
                speaker.env._(
                    "%(rule)s would raise %(count)s warnings at once in %(company)s. Look "
                    "at them with “Dry run”, then press “Confirm”.",
                    rule=speaker.rule_id.name,
                    count=waiting,
                    company=self.company_id.name,
                ),
            )
        self.signature = self.confirmed_by_id = False
        self._note_evaluation(waiting)

    def _fail(self, reason):
        """Keep why the rule could not be evaluated and tell an administrator, once.

        :param str reason: a sentence
        """
        self.ensure_one()
        if self.last_error != reason:
            speaker = self.with_context(lang=self._reader().lang)
            self._tell(
                "failure_activity_id",
                speaker.env._(
                    "Warning rule cannot be evaluated (%s)", self.company_id.name
                ),
                reason,
            )
        self.write(
            {"last_error": reason, "waiting_count": 0, "counted_signature": False}
        )

    def _reader(self):
        return self.env["cpm.metric"]._failure_readers(self.company_id)[:1]

    def _tell(self, name, summary, note):
        """Give an administrator of the company a task on the rule, unless the one in
        the field ``name`` is still to be done."""
        if self[name].active:
            return
        person = self._reader()
        if not person:
            _logger.warning("Nobody to tell: %s: %s", self.rule_id.code, note)
            return
        rule = self.rule_id.with_context(mail_activity_quick_update=True)
        self[name] = rule.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=summary,
            note=note,
            user_id=person.id,
        )

    def _close_tasks(self):
        """Take back what administrators were asked to do."""
        (self.confirm_activity_id | self.failure_activity_id).unlink()

    @api.model
    def _refusal(self):
        return self.env._("This is kept by the evaluation of the rules.")

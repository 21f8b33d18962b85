"""What the form of a rule shows besides its fields."""

from odoo import api, fields, models

from .cpm_warning_rule_change import OF_ONE_TRIGGER


class CpmWarningRule(models.Model):
    _inherit = "cpm.warning.rule"

    trigger_text = fields.Text(
        string="Raises a warning when",
        compute="_compute_trigger_text",
    )
    warning_count = fields.Integer(
        string="Number of warnings", compute="_compute_warning_count"
    )

    @api.depends_context("uid", "allowed_company_ids")
    @api.depends("warning_ids")
    def _compute_warning_count(self):
        """Count what the user may see."""
        counts = dict(
            self.env["cpm.warning"]._read_group(
                [("rule_id", "in", self.ids)], ["rule_id"], ["__count"]
            )
        )
        for rule in self:
            rule.warning_count = counts.get(rule, 0)

    def action_view_warnings(self):
        """Open the warnings the rule has raised."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Warnings"),
            "res_model": "cpm.warning",
            "view_mode": "list,kanban,form",
            "domain": [("rule_id", "in", self.ids)],
        }

    @api.onchange("trigger")
    def _onchange_trigger(self):
        """A metric or limit meant for another trigger would be taken for one of this."""
        if self.trigger != self._origin.trigger:
            for name in OF_ONE_TRIGGER:
                self[name] = False

    @api.depends_context("lang")
    @api.depends(
        "trigger",
        "measure",
        "metric_id.name",
        "operator",
        "limit_value",
        "drop_kind",
        "drop_value",
        "within_days",
        "factor",
        "event_count",
    )
    def _compute_trigger_text(self):
        for rule in self:
            rule.trigger_text = getattr(rule, f"_sentence_{rule.trigger}", str)()

    def _looked_at(self):
        if self.measure == "metric":
            return self.metric_id.name or "–"
        names = dict(self._fields["measure"]._description_selection(self.env))
        return names.get(self.measure, "–")

    def _sentence_threshold(self):
        values = {
            "figure": self._looked_at(),
            "limit": self._number(self.limit_value, 2),
        }
        if self.operator == "below":
            return self.env._("%(figure)s is below %(limit)s", **values)
        return self.env._("%(figure)s is above %(limit)s", **values)

    def _sentence_drop(self):
        values = {
            "figure": self._looked_at(),
            "drop": self._number(self.drop_value, 0),
            "days": self.within_days,
        }
        if self.drop_kind == "percent":
            return self.env._(
                "%(figure)s falls by %(drop)s %% or more within %(days)s days", **values
            )
        return self.env._(
            "%(figure)s falls by %(drop)s or more within %(days)s days", **values
        )

    def _sentence_silence(self):
        return self.env._("there was no contact for longer than the tier allows")

    def _sentence_overdue(self):
        return self.env._(
            "the last purchase is %s times the usual interval ago or more",
            self._number(self.factor, 1),
        )

    def _sentence_key_contact(self):
        return self.env._(
            "a key contact is archived, has left the customer, refuses mails or cannot "
            "be reached by them"
        )

    def _sentence_promise(self):
        return self.env._(
            "%(count)s promises or more were missed within %(days)s days",
            count=self.event_count,
            days=self.within_days,
        )

    def _sentence_satisfaction(self):
        return self.env._(
            "the customer answered with %(mark)s of 5 or worse within %(days)s days",
            mark=self._number(self.limit_value, 0),
            days=self.within_days,
        )

    def _sentence_goal(self):
        return self.env._("a goal of a running plan is off track")

    def _sentence_plan_ending(self):
        return self.env._(
            "a running plan ends within %s days and none follows", self.within_days
        )

    def _sentence_contract_ending(self):
        return self.env._("the contract ends within %s days", self.within_days)

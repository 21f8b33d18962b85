"""What a changed warning rule forgets."""

from odoo import Command, models

from .const import TRIGGER_FIELDS
from .cpm_warning_rule_check import LOOKED_AT, LOOKED_FOR

# Meant for one trigger, they mean something else to the next
OF_ONE_TRIGGER = ("metric_id", "limit_value", "zero_limit")


class CpmWarningRule(models.Model):
    _inherit = "cpm.warning.rule"

    def write(self, vals):
        if vals.get("limit_value"):
            vals = {"zero_limit": False, **vals}
        if vals.get("active"):
            # Out of use for a while: what it finds now may be many
            states = self.sudo().state_ids
            states._close_tasks()
            states.unlink()
        if vals.keys() & {"trigger", "measure"}:
            for rule in self:
                super(CpmWarningRule, rule).write({**vals, **rule._forgotten(vals)})
        else:
            super().write(vals)
        if vals.keys() & set(LOOKED_FOR):
            self.sudo().state_ids._forget_count()
            self.invalidate_recordset(["is_confirmed", "waiting_count"])
        return True

    def _used_fields(self, trigger=None, measure=None):
        """Return the names of the fields that decide what the rule looks at.

        :param trigger: key of a trigger, by default that of the rule
        :param measure: key of a measure, by default that of the rule
        """
        names = TRIGGER_FIELDS[trigger or self.trigger]
        if "measure" in names and (measure or self.measure) != "metric":
            names = tuple(name for name in names if name != "metric_id")
        return names

    def _forgotten(self, vals):
        """Return the values the rule takes besides ``vals``: with another trigger or
        measure, what it no longer looks at goes back to its default."""
        trigger = vals.get("trigger") or self.trigger
        measure = vals.get("measure") or self.measure
        gone = set(LOOKED_AT) - set(self._used_fields(trigger, measure))
        if trigger != self.trigger:
            gone |= set(OF_ONE_TRIGGER) - vals.keys()
        return {name: self._default_of(name) for name in gone}

    def _default_of(self, name):
        field = self._fields[name]
        if field.type == "many2many":
            return [Command.clear()]
        return field.default(self) if field.default else False

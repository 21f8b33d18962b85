"""What it means to change an agreed plan."""

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_date, html2plaintext

from .const import AGREED, OVER

# How much of a long text a difference shows
SHOWN = 200


class CpmPlanRevisedMixin(models.AbstractModel):
    """Notes every change to an agreed plan in its open revision and refuses changes to
    a plan that is over. ``_cpm_revised`` names the fields that were agreed on."""

    _name = "cpm.plan.revised.mixin"
    _description = "Record That Is Part of an Agreement"
    _inherit = "cpm.guard.mixin"

    _cpm_revised = frozenset()

    def _cpm_plan(self):
        """Return the plans the records belong to."""
        return self.plan_id

    def write(self, vals):
        revised = self._cpm_revised & vals.keys()
        if not revised:
            return super().write(vals)
        self._check_not_over()
        before = self._agreed_texts(revised)
        result = super().write(vals)
        changes = []
        for record, texts in before.items():
            for name in sorted(revised):
                now = record._cpm_text(name)
                if now != texts[name]:
                    label = record._cpm_label(name)
                    changes.append((record, label, texts[name], now))
        self._note_changes(changes)
        return result

    def _check_not_over(self):
        """:raise UserError: when a plan is closed or cancelled"""
        for plan in self._cpm_plan():
            if plan.stage in OVER and not self.env.su:
                raise UserError(
                    self.env._(
                        "%s is over. Reopen it before you change it.",
                        plan.display_name,
                    )
                )

    def _agreed(self):
        """Return the records whose plan was agreed and is under way."""
        if self.env.context.get("cpm_no_revision"):
            return self.browse()
        return self.filtered(lambda item: item._cpm_plan().stage in AGREED)

    def _agreed_texts(self, names):
        return {
            record: {name: record._cpm_text(name) for name in names}
            for record in self._agreed()
        }

    def _note_changes(self, changes):
        """Add ``(record, label, before, after)`` to the open revisions."""
        by_plan = {}
        for record, label, before, after in changes:
            by_plan.setdefault(record._cpm_plan(), []).append(
                (record._cpm_part_name(), label, before, after)
            )
        for plan, lines in by_plan.items():
            plan._revise(lines)

    def _cpm_part_name(self):
        """Return what a difference calls the record."""
        return f"{self._description_of()}: {self.display_name}"

    def _description_of(self):
        return self.env["ir.model"]._get(self._name).name

    def _cpm_text(self, name):
        """Return the value of the field ``name`` as the user reads it."""
        self.ensure_one()
        field, value = self._fields[name], self[name]
        if field.type == "boolean":
            return self.env._("Yes") if value else self.env._("No")
        if field.relational:
            return ", ".join(item.display_name or "" for item in value.sudo())
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, "")
        if field.type == "date":
            return format_date(self.env, value) if value else ""
        if field.type == "html":
            return html2plaintext(value or "")[:SHOWN]
        if field.type in ("float", "monetary", "integer"):
            return self.env["ir.qweb.field.float"].value_to_html(
                value, {"precision": 0 if field.type == "integer" else 2}
            )
        return str(value or "")[:SHOWN]

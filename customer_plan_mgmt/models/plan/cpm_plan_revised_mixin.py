"""What it means to change an agreed plan."""

from datetime import date, datetime

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date, formatLang, html2plaintext

from .const import AGREED, OVER

# How much of a long text a difference shows, and how much of what both have in common
SHOWN = 200
COMMON = 20
# Decimals a number is shown with: as many as it has, at most so many
DECIMALS = (0, 2, 4, 6)


class CpmPlanRevisedMixin(models.AbstractModel):
    """Notes every change to an agreed plan in its open revision and refuses changes to
    a plan that is over. ``_cpm_revised`` names the fields that were agreed on,
    ``_cpm_open`` those that may be changed even when the plan is over."""

    _name = "cpm.plan.revised.mixin"
    _description = "Record That Is Part of an Agreement"
    _inherit = "cpm.guard.mixin"

    _cpm_revised = frozenset()
    _cpm_open = frozenset()

    def _cpm_plan(self):
        """Return the plans the records belong to."""
        return self.plan_id

    def write(self, vals):
        self._check_not_over(vals)
        revised = sorted(self._cpm_revised & vals.keys())
        if not revised:
            return super().write(vals)
        stages = {record: record._cpm_plan().stage for record in self}
        watched = self._agreed() | self._not_yet_agreed()
        before = {
            record: {name: record._cpm_value(name) for name in revised}
            for record in watched
        }
        result = super().write(vals)
        changed = [
            (record, name, old)
            for record, values in before.items()
            for name, old in values.items()
            if record._cpm_value(name) != old
        ]
        for record, _name, _old in changed:
            record._check_not_frozen(stages[record])
        self._note_changes(
            [
                (record, record._cpm_change(name, old))
                for record, name, old in changed
                if stages[record] in AGREED
            ]
        )
        self._agreed()._cpm_plan()._end_empty_revision()
        self.browse().union(
            *(item for item, _name, _old in changed if stages[item] not in AGREED)
        )._cpm_plan()._note_writer()
        return result

    def _check_not_frozen(self, stage=None):
        """:raise UserError: when somebody is looking at the plan to approve it

        :param str stage: of the plan before the change, by default its stage now
        """
        if self.env.su:
            return
        for plan in self._cpm_plan():
            if (stage or plan.stage) == "review":
                raise UserError(
                    self.env._(
                        "%s is in internal review: what is looked at does not change. "
                        "Take it back to the design first.",
                        plan.display_name,
                    )
                )

    def _not_yet_agreed(self):
        """Return the records whose plan nobody agreed to; it is seen who changes it."""
        if self.env.su:
            return self.browse()
        return self.filtered(
            lambda item: item._cpm_plan().stage not in (*AGREED, *OVER)
        )

    def _check_not_over(self, vals=None):
        """:raise UserError: when a plan is closed or cancelled

        :param dict vals: what is written, None for adding and removing
        """
        if self.env.su or (vals is not None and all(map(self._is_open, vals))):
            return
        for plan in self._cpm_plan():
            if plan.stage in OVER:
                raise UserError(
                    self.env._(
                        "%s is over. Reopen it before you change it.",
                        plan.display_name,
                    )
                )

    def _is_open(self, name):
        """Whether the field ``name`` is no part of the plan itself."""
        return name in self._cpm_open or name.startswith(("message_", "activity_"))

    def _agreed(self):
        """Return the records whose plan was agreed and is under way."""
        # Superuser mode: over RPC anybody could set the context
        if self.env.su and self.env.context.get("cpm_no_revision"):
            return self.browse()
        return self.filtered(lambda item: item._cpm_plan().stage in AGREED)

    def _note_changes(self, changes):
        """Add ``(record, values of the difference)`` to the open revisions."""
        by_plan = {}
        for record, vals in changes:
            by_plan.setdefault(record._cpm_plan(), []).append(
                {
                    "part": record._cpm_part_name(),
                    "res_model": record._name,
                    "res_id": record.id,
                    **vals,
                }
            )
        for plan, lines in by_plan.items():
            plan._revise(lines)

    def _cpm_part_name(self):
        """Return what a difference calls the record."""
        return f"{self._description_of()}: {self.display_name}"

    def _description_of(self):
        return self.env["ir.model"]._get(self._name).name

    # ----------------------------------------------------------- Differences

    def _cpm_value(self, name):
        """Return the value of the field ``name`` and its text, to be compared: texts
        alone would hide what lies behind their end or their last decimal."""
        self.ensure_one()
        return self._cpm_raw(name), self._cpm_text(name)

    def _cpm_raw(self, name):
        """Return the value of the field ``name`` as it can be kept and written again."""
        value = self._fields[name].convert_to_write(self[name], self)
        if isinstance(value, datetime):
            return fields.Datetime.to_string(value)
        return fields.Date.to_string(value) if isinstance(value, date) else value

    def _cpm_snapshot(self):
        """Return all values of the record, to make it again."""
        return {
            name: self._cpm_raw(name)
            for name, field in self._fields.items()
            if field.store
            and field.type not in ("one2many", "many2many", "binary")
            and name not in models.MAGIC_COLUMNS
            and not field.related
            and not (field.compute and field.readonly)
        }

    def _cpm_change(self, name, old):
        """Return the values of the difference in the field ``name``.

        :param old: what :meth:`_cpm_value` returned before
        """
        before, after = self._cpm_difference(name, old)
        return {
            "label": self._cpm_label(name),
            "before": before,
            "after": after,
            "field_name": name,
            "old_value": {"value": old[0]},
        }

    def _cpm_difference(self, name, old):
        """Return the texts of before and now, each as long as a person reads it.

        :param old: what :meth:`_cpm_value` returned before
        """
        before, now = old[1], self._cpm_text(name)
        if max(len(before), len(now)) <= SHOWN:
            return before, now
        same = 0
        while same < min(len(before), len(now)) and before[same] == now[same]:
            same += 1
        start = max(same - COMMON, 0)
        lead = "…" if start else ""
        return tuple(
            f"{lead}{text[start : start + SHOWN]}"
            f"{'…' if len(text) > start + SHOWN else ''}"
            for text in (before, now)
        )

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
            return html2plaintext(value or "")
        if field.type == "monetary":
            return self[field.get_currency_field(self)].format(value)
        if field.type in ("float", "integer"):
            digits = next((n for n in DECIMALS if round(value, n) == value), 9)
            return formatLang(self.env, value, digits=digits)
        return str(value or "")

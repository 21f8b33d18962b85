"""What our records refuse at the door."""

import math

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

# What makes a spreadsheet compute a cell instead of showing it; Odoo itself takes
# care of + and - where they matter, and phone numbers start with +
FORMULA_STARTS = frozenset("=@\t\r")
# Days somebody can mean; beyond, the arithmetic of reminders would fail
FIRST_YEAR, LAST_YEAR = 1900, 2200


class CpmGuardMixin(models.AbstractModel):
    """Refuses values that no form would send but any RPC client can.

    ``readonly`` only shapes the form; over RPC a readonly or computed field can
    be written by whoever may write the record. And NaN passes every Python
    comparison of ranges. Models name their fields in class attributes:

    * ``_cpm_protected``: results of the module's own methods. Those methods check
      the right to act and then write in superuser mode; everybody else is refused.
    * ``_cpm_fixed``: values that are chosen once, at creation.
    * ``_cpm_ranges``: ``{field: (lowest, highest)}``, either may be None. The SQL
      constraints of the models are the second wall behind this one.
    * ``_cpm_dates``: dates that must be days somebody can mean.
    """

    _name = "cpm.guard.mixin"
    _description = "Guarded Record"

    _cpm_protected = frozenset()
    _cpm_fixed = frozenset()
    _cpm_ranges = {}
    _cpm_dates = frozenset()

    @api.model
    def default_get(self, fields):
        """Ignore defaults for protected fields from the context or the user: they
        would be values typed in by another door. For others the same limits hold as
        for what is typed in.

        :raise ValidationError: for such a number or day that is out of its limits
        """
        values = super().default_get(fields)
        self._cpm_guard_defaults(values)
        if not self.env.su:
            for name in self._cpm_protected & values.keys():
                default = self._fields[name].default
                if default:
                    values[name] = default(self)
                else:
                    del values[name]
        return values

    @api.model
    def _cpm_guard_defaults(self, values):
        """Check those of the default ``values`` that are not the field's own."""
        saved = self.env["ir.default"]._get_model_defaults(self._name)

        def is_given(name):
            given = f"default_{name}" in self.env.context or name in saved
            return given and name in values

        for name in filter(is_given, self._cpm_ranges):
            self._cpm_check_number(name, values[name])
        for name in filter(is_given, self._cpm_dates):
            self._cpm_check_date(name, values[name])

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._cpm_guard(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._cpm_guard(vals)
        for name in self._cpm_fixed & vals.keys():
            for record in self:
                field = self._fields[name]
                if field.convert_to_write(record[name], record) != vals[name]:
                    raise ValidationError(
                        self.env._(
                            "%(field)s of %(record)s cannot be changed. Create a new "
                            "record instead.",
                            field=self._cpm_label(name),
                            record=record.display_name,
                        )
                    )
        return super().write(vals)

    def _cpm_guard(self, vals):
        """Check ``vals`` before anything is written.

        :raise AccessError: for a protected field outside superuser mode
        :raise ValidationError: for a number that is none or out of its range, or a
            company the user is not working in
        """
        protected = self._cpm_protected & vals.keys()
        if protected and not self.env.su:
            raise AccessError(
                self.env._(
                    "%(fields)s cannot be entered by hand: use the actions of "
                    "Customer Plans, which keep the history.",
                    fields=", ".join(sorted(map(self._cpm_label, protected))),
                )
            )
        for name in self._cpm_ranges:  # in their order: of two the first is named
            if name in vals:
                self._cpm_check_number(name, vals[name])
        for name in self._cpm_dates & vals.keys():
            self._cpm_check_date(name, vals[name])
        self._cpm_check_company(vals.get("company_id"))

    def _cpm_check_company(self, company_id):
        """Record rules do not look at the values of a write; this does."""
        if not company_id or self.env.su or company_id in self.env.companies.ids:
            return
        raise ValidationError(
            self.env._(
                "Company: you are not working in %s.",
                self.env["res.company"].sudo().browse(company_id).name,
            )
        )

    def _cpm_check_date(self, name, value):
        try:
            day = fields.Date.to_date(value)
        except (TypeError, ValueError):
            day = None
        if value and not (day and FIRST_YEAR <= day.year <= LAST_YEAR):
            raise ValidationError(
                self.env._(
                    "%(field)s: %(value)s is no day between %(first)s and %(last)s.",
                    field=self._cpm_label(name),
                    value=value,
                    first=FIRST_YEAR,
                    last=LAST_YEAR,
                )
            )

    def _cpm_check_number(self, name, value):
        low, high = self._cpm_ranges[name]
        try:
            number = float(value or 0)
        except (TypeError, ValueError):
            number = math.nan
        if (
            math.isfinite(number)
            and (low is None or number >= low)
            and (high is None or number <= high)
        ):
            return
        _ = self.env._
        if low is not None and high is not None:
            message = _(
                "%(field)s: enter a number from %(low)s to %(high)s instead of %(value)s.",
                field=self._cpm_label(name),
                low=low,
                high=high,
                value=value,
            )
        elif low is not None:
            message = _(
                "%(field)s: enter a number of at least %(low)s instead of %(value)s.",
                field=self._cpm_label(name),
                low=low,
                value=value,
            )
        else:
            message = _(
                "%(field)s: enter a number instead of %(value)s.",
                field=self._cpm_label(name),
                value=value,
            )
        raise ValidationError(message)

    def export_data(self, fields_to_export):
        """Defuse texts a spreadsheet would take for a formula; they may come from
        customers or imported files."""
        result = super().export_data(fields_to_export)
        result["datas"] = [
            [
                f"'{cell}"
                if isinstance(cell, str) and cell and cell[0] in FORMULA_STARTS
                else cell
                for cell in row
            ]
            for row in result["datas"]
        ]
        return result

    @api.model
    def _cpm_label(self, name):
        """Return the label of the field ``name`` in the user's language."""
        return self._fields[name].get_description(self.env, ["string"])["string"]

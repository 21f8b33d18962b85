"""Wizards for one customer, a few, or the whole list."""

from markupsafe import Markup

from odoo import api, fields, models


class CpmSelectionMixin(models.AbstractModel):
    """The customers a wizard is about, shown in a way that stays quick.

    A form would send and draw all of 20,000 customers with every change. So the
    ids stay in the context, from where they reach the record when it is created,
    and the form shows the first few customers as text.
    """

    _name = "cpm.selection.mixin"
    _description = "Wizard for Selected Customers"

    # How many customers are shown by name
    _SHOWN = 10

    profile_ids = fields.Many2many("cpm.profile", string="Customers", required=True)
    selection_preview = fields.Html(
        string="Selected customers",
        compute="_compute_selection_preview",
        sanitize=False,
    )

    @api.depends("profile_ids")
    def _compute_selection_preview(self):
        row = Markup(
            "<tr><td>%s</td><td><span class='badge rounded-pill %s'>%s</span></td>"
            "<td class='text-muted text-nowrap'>%s</td></tr>"
        )
        for wizard in self:
            profiles = self.env["cpm.profile"].browse(wizard.profile_ids.ids)
            shown = profiles[: self._SHOWN]
            rows = [
                row
                % (
                    profile.display_name,
                    f"o_badge_color_{profile.tier_color}" if profile.tier_id else "",
                    profile.tier_id.name or "",
                    profile.lifecycle_stage_id.name or "",
                )
                for profile in shown
            ]
            if len(profiles) > len(shown):
                rows.append(
                    Markup("<tr><td colspan='3'>%s</td></tr>")
                    % self.env._("… and %s more customers", len(profiles) - len(shown))
                )
            wizard.selection_preview = Markup(
                "<table class='table table-sm mb-0'>%s</table>"
            ) % Markup().join(rows)

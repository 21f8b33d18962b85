"""Teams that handle feedback, each with its mailbox."""

import ast

from odoo import api, fields, models


class CpmFeedbackTeam(models.Model):
    """People who share the feedback of some categories.

    Mails to the team's address become feedback of the team.
    """

    _name = "cpm.feedback.team"
    _description = "Feedback Team"
    _inherit = ["mail.alias.mixin", "mail.thread"]
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10, aggregator=None)
    active = fields.Boolean(string="In use", default=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.company,
    )
    department = fields.Char(
        translate=True, help="Where the summary of the team's feedback goes."
    )
    member_ids = fields.Many2many(
        "res.users",
        string="Members",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    is_round_robin = fields.Boolean(
        string="Assign by load",
        default=True,
        help="New feedback without a responsible person goes to the member with the "
        "least open feedback.",
    )
    open_count = fields.Integer(string="Open", compute="_compute_open_count")

    def _compute_open_count(self):
        counts = dict(
            self.env["cpm.feedback"]._read_group(
                [("team_id", "in", self.ids), ("is_open", "=", True)],
                ["team_id"],
                ["__count"],
            )
        )
        for team in self:
            team.open_count = counts.get(team, 0)

    def _alias_get_creation_values(self):
        values = super()._alias_get_creation_values()
        values["alias_model_id"] = self.env["ir.model"]._get_id("cpm.feedback")
        if self.id:
            defaults = ast.literal_eval(self.alias_defaults or "{}")
            defaults.update(team_id=self.id, company_id=self.company_id.id)
            values["alias_defaults"] = defaults
        return values

    def write(self, vals):
        result = super().write(vals)
        if "company_id" in vals:
            for team in self:
                defaults = ast.literal_eval(team.alias_defaults or "{}")
                defaults["company_id"] = team.company_id.id
                team.alias_defaults = defaults
        return result

    def _least_busy_member(self, load):
        """Return the active member with the least open feedback.

        :param load: ``{user id: open feedback}``, the choice is added to it
        """
        self.ensure_one()
        members = self.member_ids.filtered(
            lambda user: user.active and self.company_id in user.company_ids
        )
        if not members:
            return members
        chosen = min(members, key=lambda user: (load.get(user.id, 0), user.id))
        load[chosen.id] = load.get(chosen.id, 0) + 1
        return chosen

    def action_view_feedback(self):
        """Open the team's open feedback."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_plan_mgmt.cpm_feedback_action"
        )
        action["domain"] = [("team_id", "=", self.id)]
        action["context"] = {"search_default_open": 1, "default_team_id": self.id}
        return action

    @api.model
    def _default_for(self, company):
        """Return the first team of ``company``, possibly empty."""
        return self.search([("company_id", "=", company.id)], limit=1)

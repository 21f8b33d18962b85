"""Whose plan it is: who wrote what somebody else has to agree to."""

from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class CpmPlan(models.Model):
    _inherit = "cpm.plan"

    author_ids = fields.Many2many(
        "res.users",
        "cpm_plan_author_rel",
        string="Authors",
        readonly=True,
        copy=False,
        help="Earlier owners, and everybody who submitted the plan or changed what is "
        "agreed on: they do not approve it.",
    )
    may_take_back = fields.Boolean(compute="_compute_may_take_back")

    @api.depends("user_id", "submitted_by_id", "stage")
    @api.depends_context("uid")
    def _compute_may_take_back(self):
        for plan in self:
            plan.may_take_back = plan.stage == "review" and plan._is_submitter()

    def _is_submitter(self):
        """Whether the user may take back what was submitted."""
        plan = self.sudo()
        return self.env.user in plan.user_id | plan.submitted_by_id

    def _authors(self):
        """Return the people who cannot approve the plan: it is their own."""
        self.ensure_one()
        plan = self.sudo()
        return plan.user_id | plan.submitted_by_id | plan.create_uid | plan.author_ids

    def _note_authors(self, users):
        """Remember that ``users`` had a hand in the plans."""
        for plan in self.sudo():
            new = users - plan.create_uid - plan.author_ids
            if new:
                plan.author_ids = [Command.link(user.id) for user in new]

    def _note_writer(self):
        """Remember that the user changed what will be agreed on."""
        if not self.env.su:
            for plan in self.filtered(
                lambda item: item.sudo().user_id != self.env.user
            ):
                plan._note_authors(self.env.user)

    def write(self, vals):
        if "user_id" not in vals:
            return super().write(vals)
        owners = {plan: plan.sudo().user_id for plan in self}
        result = super().write(vals)
        for plan, owner in owners.items():
            if plan.sudo().user_id != owner:
                plan._note_authors(owner)
        return result

    def _after_move(self, before, stage):
        result = super()._after_move(before, stage)
        if stage == "review":
            self._note_authors(self.env.user)
        return result

    def action_take_back(self):
        """Take back a plan that was submitted, to go on working on it."""
        for plan in self:
            if plan.stage != "review":
                raise UserError(
                    self.env._("%s is not in internal review.", plan.display_name)
                )
        return self.write({"stage": "design"})

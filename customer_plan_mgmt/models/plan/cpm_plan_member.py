"""Who takes part in a plan."""

from odoo import Command, api, fields, models
from odoo.exceptions import ValidationError

from .const import GROUP_USER


class CpmPlanMember(models.Model):
    """An employee, or a contact from outside.

    Employees see the plan and follow it. Contacts from outside follow it, and see in
    the portal what is shared, only while the plan is shared.
    """

    _name = "cpm.plan.member"
    _description = "Plan Member"
    _inherit = "cpm.plan.part.mixin"
    _order = "plan_id, sequence, id"
    _check_company_auto = True
    _cpm_ranges = {"share": (0, 100)}
    _cpm_revised = frozenset({"user_id", "partner_id", "role_id", "responsibility"})

    sequence = fields.Integer(default=10, aggregator=None)
    user_id = fields.Many2one(
        "res.users",
        string="Employee",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Contact from outside",
        index="btree_not_null",
        ondelete="restrict",  # res.partner.unlink removes the member properly
        check_company=True,
        domain="[('is_company', '=', False)]",
    )
    role_id = fields.Many2one("project.role", ondelete="restrict")
    responsibility = fields.Selection(
        [
            ("responsible", "Responsible (R)"),
            ("accountable", "Accountable (A)"),
            ("consulted", "Consulted (C)"),
            ("informed", "Informed (I)"),
        ],
        required=True,
        default="responsible",
        help="Responsible does the work, accountable answers for it, consulted is asked "
        "before, informed is told afterwards.",
    )
    share = fields.Float(
        string="Share of time (%)",
        aggregator=None,
        help="Of the person's working time.",
    )

    _who = models.Constraint(
        "CHECK(num_nonnulls(user_id, partner_id) = 1)",
        "Member: choose either an employee or a contact from outside.",
    )
    _user_uniq = models.UniqueIndex(
        "(plan_id, user_id) WHERE user_id IS NOT NULL",
        "This employee is a member of the plan already.",
    )
    _partner_uniq = models.UniqueIndex(
        "(plan_id, partner_id) WHERE partner_id IS NOT NULL",
        "This contact is a member of the plan already.",
    )
    _share_range = models.Constraint(
        "CHECK(share BETWEEN 0 AND 100)",
        "Share of time: enter a number from 0 to 100.",
    )

    @api.depends("user_id", "partner_id", "role_id")
    def _compute_display_name(self):
        for member in self:
            person = member.user_id.name or member.partner_id.display_name or ""
            role = member.role_id.name
            member.display_name = f"{person} ({role})" if role else person

    @api.constrains("user_id", "partner_id")
    def _check_person(self):
        for member in self.sudo():
            user = member.user_id
            if user and (user.share or member.company_id not in user.company_ids):
                raise ValidationError(
                    self.env._(
                        "Member: %(user)s is no employee of %(company)s.",
                        user=user.display_name,
                        company=member.company_id.name,
                    )
                )
            if user and not user.has_group(GROUP_USER):
                raise ValidationError(
                    self.env._(
                        "Member: %s does not work with Customer Plans yet and would not "
                        "see the plan. An administrator chooses a role in “Customer "
                        "Plans” in the settings of the user first.",
                        user.display_name,
                    )
                )
            if any(not item.share for item in member.partner_id.user_ids):
                raise ValidationError(
                    self.env._(
                        "Member: %s is an employee; choose the person as such.",
                        member.partner_id.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        members = super().create(vals_list)
        members._follow()
        members._take_over_work()
        return members

    def write(self, vals):
        moved = vals.keys() & {"user_id", "partner_id"}
        before = {member: member._contact() for member in self} if moved else {}
        result = super().write(vals)
        for member, contact in before.items():
            member.plan_id._unfollow(contact)
        if before:
            self._follow()
        if vals.keys() & {"user_id", "role_id"}:
            self._take_over_work()
        return result

    def unlink(self):
        leaving = [(member.plan_id, member._contact()) for member in self]
        result = super().unlink()
        for plan, contact in leaving:
            plan._unfollow(contact)
        return result

    def _contact(self):
        return self.user_id.partner_id | self.partner_id

    def _follow(self):
        """Let members follow their plan, and those from outside only a shared one."""
        for plan, members in self.grouped("plan_id").items():
            plan.message_subscribe(members.user_id.partner_id.ids)
            if plan.is_shared:
                plan.message_subscribe(members.partner_id.ids)
            else:
                plan.message_unsubscribe(members.partner_id.ids)

    def _take_over_work(self):
        """Give the open tasks of a role to the member who has it, unless somebody was
        chosen for them: then they are no longer the owner's."""
        for member in self.filtered(lambda item: item.user_id and item.role_id):
            plan = member.plan_id.sudo()
            tasks = plan.task_ids.filtered(
                lambda task, member=member, plan=plan: (
                    task.cpm_role_id == member.role_id
                    and not task.is_closed
                    and task.user_ids <= plan.user_id
                )
            )
            tasks.write({"user_ids": [Command.set(member.user_id.ids)]})

    @api.model
    def _merge_contacts(self, sources, target):
        """Leave one membership in each plan of contacts that become one.

        :param sources: contacts that go into ``target``
        """
        members = self.with_context(cpm_no_revision=True).search(
            [("partner_id", "in", (sources | target).ids)]
        )
        for group in members.grouped("plan_id").values():
            kept = group.filtered(lambda item: item.partner_id == target) or group
            (group - kept[:1]).unlink()

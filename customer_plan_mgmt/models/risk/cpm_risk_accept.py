"""Who may live with a grave risk."""

from odoo import api, fields, models
from odoo.exceptions import AccessError

from .const import ACCEPT_ACTIVITY, GROUP_MANAGER


class CpmRisk(models.Model):
    """Anybody may propose to accept a risk. Where the level asks for it, a manager has
    to agree before the risk goes on; the consent covers the value the risk had then
    and lapses when it grows."""

    _inherit = "cpm.risk"

    accepted_by_id = fields.Many2one(
        "res.users",
        string="Accepted by",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    accepted_on = fields.Date(string="Accepted on", readonly=True, copy=False)
    accepted_score = fields.Integer(
        string="Accepted value", readonly=True, copy=False, aggregator=None
    )
    is_acceptance_pending = fields.Boolean(
        string="Acceptance to decide",
        compute="_compute_is_acceptance_pending",
        store=True,
        copy=False,
    )

    @api.depends(
        "response",
        "stage",
        "residual_score",
        "accepted_by_id",
        "accepted_score",
        "residual_level_id.acceptance_needs_manager",
    )
    def _compute_is_acceptance_pending(self):
        for risk in self:
            agreed = risk.accepted_by_id and risk.residual_score <= risk.accepted_score
            risk.is_acceptance_pending = (
                risk.response == "accept"
                and risk.stage != "closed"
                and risk.residual_level_id.acceptance_needs_manager
                and not agreed
            )

    def _may_accept(self):
        return self.env.su or self.env.user.has_group(GROUP_MANAGER)

    @api.model_create_multi
    def create(self, vals_list):
        risks = super().create(vals_list)
        risks.filtered("response")._settle_acceptance(chosen=True)
        return risks

    def write(self, vals):
        result = super().write(vals)
        if "response" in vals:
            self._settle_acceptance(chosen=True)
        return result

    def _after_assessment(self):
        result = super()._after_assessment()
        self._settle_acceptance()
        return result

    def _settle_acceptance(self, chosen=False):
        """Note the consent when a manager chose to accept, ask for it when somebody
        else did or the risk outgrew it, and forget it when it is not wanted.

        :param bool chosen: whether the response was just chosen
        """
        for risk in self:
            if risk.response != "accept":
                if risk.accepted_by_id:
                    risk.sudo().write(
                        {
                            "accepted_by_id": False,
                            "accepted_on": False,
                            "accepted_score": 0,
                        }
                    )
                risk.sudo().activity_unlink([ACCEPT_ACTIVITY])
            elif not risk.is_acceptance_pending:
                risk.sudo().activity_unlink([ACCEPT_ACTIVITY])
            elif chosen and self._may_accept():
                risk._accept()
            else:
                risk._ask_acceptance()

    def _accept(self):
        self.ensure_one()
        self.sudo().write(
            {
                "accepted_by_id": self.env.uid,
                "accepted_on": self.company_id._cpm_today(),
                "accepted_score": self.residual_score,
            }
        )
        self.sudo().activity_unlink([ACCEPT_ACTIVITY])
        self._message_log(
            body=self.env._(
                "Accepted at the level %s.", self.residual_level_id.name or "–"
            )
        )

    def _ask_acceptance(self):
        """Ask a manager, once."""
        self.ensure_one()
        manager = self._find_manager()
        if manager and not self.sudo()._open_activities(ACCEPT_ACTIVITY):
            self.sudo().activity_schedule(ACCEPT_ACTIVITY, user_id=manager.id)

    def action_accept(self):
        """Agree to living with the risk.

        :raise AccessError: for anybody but a manager
        """
        self.check_access("write")
        if not self._may_accept():
            raise AccessError(
                self.env._("Only a manager of Customer Plans may accept this risk.")
            )
        for risk in self.filtered("is_acceptance_pending"):
            risk._accept()
        return True

    def _open_activities(self, xmlid):
        """Return the activities of the type ``xmlid`` that are still to be done."""
        kind = self.env.ref(xmlid)
        return self.activity_ids.filtered(
            lambda activity: activity.activity_type_id == kind and activity.active
        )

    def _find_manager(self):
        """Return who decides about the risk besides its owner: whoever the company
        named, the account manager, or a manager of Customer Plans."""
        self.ensure_one()
        company = self.company_id.sudo()
        root = self.env.ref("base.user_root")
        managers = (
            self.env.ref(GROUP_MANAGER)
            .sudo()
            .all_user_ids.filtered(
                lambda user: (
                    user.active
                    and not user.share
                    and company in user.company_ids
                    and user != root
                )
            )
        )
        named = company.cpm_risk_manager_id | self.profile_id.sudo().manager_id
        return (((named & managers) | managers) - self.user_id)[:1]

"""Thresholds tried out in a dry run, and the moves they would cause."""

from odoo import api, fields, models

THRESHOLDS = (
    "promotion_threshold",
    "demotion_threshold",
    "promotion_top_percent",
    "demotion_top_percent",
)


class CpmTierSimulationLine(models.TransientModel):
    _name = "cpm.tier.simulation.line"
    _description = "Tier Dry Run Threshold"
    _inherit = "cpm.guard.mixin"
    _cpm_ranges = dict.fromkeys(THRESHOLDS, (0, 100))

    simulation_id = fields.Many2one(
        "cpm.tier.simulation", required=True, ondelete="cascade", index=True
    )
    tier_id = fields.Many2one("cpm.tier", required=True, ondelete="cascade")
    basis = fields.Selection(related="tier_id.basis")
    promotion_threshold = fields.Float(
        string="Promotion threshold",
    )
    demotion_threshold = fields.Float(
        string="Demotion threshold",
    )
    promotion_top_percent = fields.Float(string="Enter among the best (%)")
    demotion_top_percent = fields.Float(string="Stay among the best (%)")
    current_count = fields.Integer(
        string="Customers now", compute="_compute_current_count"
    )
    future_count = fields.Integer(string="Customers afterwards", readonly=True)

    @api.depends("tier_id")
    def _compute_current_count(self):
        counts = dict(
            self.env["cpm.profile"]._read_group(
                [
                    ("tier_id", "in", self.tier_id.ids),
                    ("company_id", "in", self.simulation_id.company_id.ids),
                    # No rule moves the others, and the figures afterwards leave
                    # them out as well
                    ("score_excluded", "=", False),
                ],
                ["tier_id"],
                ["__count"],
            )
        )
        for line in self:
            line.current_count = counts.get(line.tier_id, 0)

    def _get_thresholds(self):
        return {name: self[name] for name in THRESHOLDS}


class CpmTierSimulationMove(models.TransientModel):
    _name = "cpm.tier.simulation.move"
    _description = "Tier Dry Run Move"
    _order = "direction, score desc, id"
    _rec_name = "profile_id"

    simulation_id = fields.Many2one(
        "cpm.tier.simulation", required=True, ondelete="cascade", index=True
    )
    profile_id = fields.Many2one("cpm.profile", string="Customer", ondelete="cascade")
    from_tier_id = fields.Many2one("cpm.tier", string="Tier before", ondelete="cascade")
    to_tier_id = fields.Many2one("cpm.tier", string="New tier", ondelete="cascade")
    score = fields.Float(string="Value score")
    direction = fields.Selection([("up", "Up"), ("down", "Down"), ("first", "First")])

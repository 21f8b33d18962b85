"""Dry run: who would move with other thresholds."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..models.scoring.engine.classify import TierRule
from .cpm_tier_simulation_line import THRESHOLDS

# Up to so many customers the new thresholds are applied while the user waits
IMMEDIATE = 50_000


class CpmTierSimulation(models.TransientModel):
    """Shows, for changed thresholds, who would move - before anything is written.

    Works on the stored value scores with the very rule of the scoring run.
    """

    _name = "cpm.tier.simulation"
    _description = "Tier Dry Run"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    line_ids = fields.One2many("cpm.tier.simulation.line", "simulation_id")
    move_ids = fields.One2many("cpm.tier.simulation.move", "simulation_id")
    is_computed = fields.Boolean()
    uses_score = fields.Boolean(compute="_compute_bases")
    uses_percent = fields.Boolean(compute="_compute_bases")
    moved_count = fields.Integer(compute="_compute_counts", string="Customers moving")
    up_count = fields.Integer(compute="_compute_counts", string="Moving up")
    needs_approval = fields.Boolean(
        compute="_compute_needs_approval",
        help="Customers moving down are only proposed; a manager decides.",
    )
    down_count = fields.Integer(compute="_compute_counts", string="Moving down")
    first_count = fields.Integer(compute="_compute_counts", string="First tier")

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if "line_ids" in fields:
            tiers = self.env["cpm.tier"]._for_company(self.env.company)
            values["line_ids"] = [
                (
                    0,
                    0,
                    {"tier_id": tier.id, **{name: tier[name] for name in THRESHOLDS}},
                )
                for tier in tiers
            ]
        return values

    @api.depends("line_ids.basis")
    def _compute_bases(self):
        for wizard in self:
            bases = wizard.line_ids.mapped("basis")
            wizard.uses_score = "score" in bases
            wizard.uses_percent = "top_percent" in bases

    @api.depends("move_ids.direction")
    def _compute_counts(self):
        groups = self.env["cpm.tier.simulation.move"]._read_group(
            [("simulation_id", "in", self.ids)],
            ["simulation_id", "direction"],
            ["__count"],
        )
        counts = {(wizard.id, direction): count for wizard, direction, count in groups}
        for wizard in self:
            wizard.up_count = counts.get((wizard.id, "up"), 0)
            wizard.down_count = counts.get((wizard.id, "down"), 0)
            wizard.first_count = counts.get((wizard.id, "first"), 0)
            wizard.moved_count = (
                wizard.up_count + wizard.down_count + wizard.first_count
            )

    @api.depends("company_id")
    def _compute_needs_approval(self):
        for wizard in self:
            wizard.needs_approval = wizard.company_id.sudo().cpm_demotion_approval

    def _check_admin(self):
        """:raise UserError: for anybody but an administrator of the company, or for
        tiers the company does not use"""
        _ = self.env._
        if not self.env.user.has_group("customer_plan_mgmt.group_cpm_admin"):
            raise UserError(
                _("Only an administrator of Customer Plans may change thresholds.")
            )
        if self.company_id not in self.env.companies:
            raise UserError(
                _("Company: you are not working in %s.", self.company_id.sudo().name)
            )
        foreign = self.line_ids.tier_id - self.env["cpm.tier"]._for_company(
            self.company_id
        )
        if foreign:
            raise UserError(
                _(
                    "Tier: %(tier)s is not in use in %(company)s.",
                    tier=foreign[0].sudo().name,
                    company=self.company_id.name,
                )
            )

    def _check_thresholds(self):
        """Let the tiers judge the new figures, without keeping them.

        :raise ValidationError: as saving them on the tiers would
        """
        with self.env.cr.savepoint() as savepoint:
            self._save_thresholds()
            savepoint.rollback()
        self.env.invalidate_all()

    def _save_thresholds(self):
        self.env.flush_all()
        self.env["cpm.tier"]._set_thresholds(
            {line.tier_id: line._get_thresholds() for line in self.line_ids}
        )

    def action_simulate(self):
        """Work out who would move and show it."""
        self.ensure_one()
        self._check_admin()
        self._check_thresholds()
        self.env.flush_all()
        rule = TierRule(
            self.line_ids.tier_id,
            self.company_id._cpm_today(),
            {line.tier_id.id: line._get_thresholds() for line in self.line_ids},
        )
        self.move_ids.unlink()
        self.env.flush_all()
        self._insert_moves(rule)
        self.env.invalidate_all()
        self._count_future(rule)
        self.is_computed = True
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Tier dry run"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def _staged(self, rule):
        """Return the customers of the company with their current and future tier."""
        return SQL(
            """
            SELECT decided.*, (%(decide)s)::integer AS new_tier_id
            FROM (
                SELECT placed.*, (%(by_score)s)::integer AS score_tier_id
                FROM (
                    SELECT id AS profile_id, value_score, tier_id AS old_tier_id,
                           tier_origin AS old_origin, tier_since, tier_locked_until,
                           rank() OVER (ORDER BY value_score DESC NULLS LAST) - 1
                               AS value_place,
                           count(value_score) OVER () AS value_base
                    FROM cpm_profile
                    WHERE company_id = %(company)s AND active
                      AND score_excluded IS NOT TRUE
                ) placed
            ) decided
            """,
            decide=rule.decide(SQL("score_tier_id")),
            by_score=rule.by_score(),
            company=self.company_id.id,
        )

    def _insert_moves(self, rule):
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO cpm_tier_simulation_move
                    (simulation_id, profile_id, from_tier_id, to_tier_id, score, direction,
                     create_uid, create_date, write_uid, write_date)
                SELECT %(wizard)s, profile_id, old_tier_id, new_tier_id, value_score,
                       CASE WHEN old_tier_id IS NULL THEN 'first'
                            WHEN COALESCE(%(new)s, 9999) < COALESCE(%(old)s, 9999)
                            THEN 'up' ELSE 'down' END,
                       %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
                FROM (%(staged)s) staged
                WHERE new_tier_id IS DISTINCT FROM old_tier_id
                """,
                wizard=self.id,
                uid=self.env.uid,
                new=rule.place(SQL("new_tier_id")),
                old=rule.place(SQL("old_tier_id")),
                staged=self._staged(rule),
            )
        )

    def _count_future(self, rule):
        self.env.cr.execute(
            SQL(
                """SELECT new_tier_id, count(*) FROM (%s) staged GROUP BY new_tier_id""",
                self._staged(rule),
            )
        )
        future = dict(self.env.cr.fetchall())
        for line in self.line_ids:
            line.future_count = future.get(line.tier_id.id, 0)

    def action_apply(self):
        """Save the thresholds and let a scoring run move the customers."""
        self.ensure_one()
        self._check_admin()
        self._save_thresholds()
        company = self.company_id.sudo()
        company.cpm_tiers_started = True
        customers = (
            self.env["cpm.profile"]
            .sudo()
            .search_count([("company_id", "=", company.id)])
        )
        if customers <= IMMEDIATE:
            self.env["cpm.scorecard"].sudo()._run(companies=company, full=True)
            message = self.env._("The thresholds are saved and the customers moved.")
            if company.cpm_demotion_approval:
                message = self.env._(
                    "The thresholds are saved. Promotions are done, demotions proposed."
                )
        else:
            self.env["cpm.scorecard"]._trigger_run()
            message = self.env._(
                "The thresholds are saved. The customers are moved in the background "
                "within the next minutes."
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": message,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

"""What limits the health score from outside the scorecard."""

from odoo import api, fields, models

from .cpm_profile import CpmProfile as Scored


class CpmProfile(models.Model):
    """A cap is an upper limit of the health score with its reason.

    The scoring run knows how to apply one (``engine/stage``) and says so in the
    explanation of the score; rooms above say when there is one.
    """

    _inherit = "cpm.profile"
    _cpm_protected = Scored._cpm_protected | frozenset(
        {"health_cap", "health_cap_reason", "health_uncapped"}
    )

    health_cap = fields.Float(
        string="Health score at most",
        compute="_compute_health_cap",
        store=True,
        precompute=True,
        aggregator=None,
        copy=False,
        help="Counts only together with its reason.",
    )
    health_cap_reason = fields.Char(
        string="Reason of the cap",
        compute="_compute_health_cap",
        store=True,
        precompute=True,
        copy=False,
    )
    health_cap_text = fields.Char(
        string="Why the health score is limited", compute="_compute_health_cap_text"
    )
    health_uncapped = fields.Float(
        string="Health score without the cap",
        readonly=True,
        aggregator=None,
        copy=False,
        help="What the scorecard gives, where a cap limits the health score.",
    )

    _cap_range = models.Constraint(
        "CHECK(health_cap BETWEEN 0 AND 100 AND health_uncapped BETWEEN 0 AND 100)",
        "Scores lie between 0 and 100.",
    )

    @api.depends("company_id")
    def _compute_health_cap(self):
        """Hook: rooms above name what limits the health score, the lowest first, and
        extend the dependencies.

        ``health_cap_reason`` is what :meth:`_health_cap_reason_text` makes a sentence
        of; a cap without it does not count. The next scoring run follows.
        """
        for profile in self:
            profile.health_cap, profile.health_cap_reason = 0, False

    @api.depends("health_cap_reason")
    @api.depends_context("lang")
    def _compute_health_cap_text(self):
        for profile in self:
            reason = profile.health_cap_reason
            profile.health_cap_text = reason and self._health_cap_reason_text(reason)

    @api.model
    def _health_cap_reason_text(self, reason):
        """Hook: return ``reason`` as the user would say it."""
        return reason

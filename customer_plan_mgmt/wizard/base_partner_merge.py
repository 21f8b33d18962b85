"""Merging contacts keeps their customer history."""

import logging

from odoo import api, models

from ..models.scoring.engine.run import RunUnderWay

_logger = logging.getLogger(__name__)


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Odoo's merge re-points rows in SQL and deletes those that clash. Profiles
    are unique per customer and company, so they are merged first, by hand."""

    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        partners = self.env["res.partner"].browse(partner_ids).exists()
        # Contacts of a company take their purchases away from it
        touched = self._cpm_profiles(partners.commercial_partner_id)
        result = super()._merge(partner_ids, dst_partner, extra_checks)
        left = partners.exists()
        if left != partners:
            touched |= self._cpm_profiles(left.commercial_partner_id)
            self._cpm_rescore(touched.exists())
        return result

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        self._cpm_merge_profiles(src_partners, dst_partner)
        self.env["cpm.plan.member"].sudo()._merge_contacts(src_partners, dst_partner)
        result = super()._update_foreign_keys(src_partners, dst_partner)
        self.env.invalidate_all()
        self._cpm_relink_purchases(dst_partner)
        return result

    @api.model
    def _cpm_profiles(self, partners):
        return (
            self.env["cpm.profile"]
            .sudo()
            .with_context(active_test=False, tracking_disable=True)
            .search([("partner_id", "in", partners.ids)])
        )

    @api.model
    def _cpm_relink_purchases(self, partner):
        """Show the purchases ``partner`` got by the merge on the right profile; the
        merge wrote them past the ORM."""
        purchases = (
            self.env["cpm.transaction"].sudo().search([("partner_id", "=", partner.id)])
        )
        self.env.add_to_compute(purchases._fields["profile_id"], purchases)
        purchases.flush_recordset(["profile_id"])

    def _cpm_rescore(self, profiles):
        """Score the merged customers now, or soon when a run is under way."""
        try:
            self.env["cpm.scorecard"].sudo()._run_profiles(profiles)
        except RunUnderWay:
            _logger.info("Scoring is under way: merged customers wait for the next run")
            self.env["cpm.scorecard"]._trigger_run()

    @api.model
    def _cpm_merge_profiles(self, src_partners, dst_partner):
        """Keep the better-founded profile per company and give it the history,
        purchases, messages and missing facts of the others."""
        target = dst_partner.commercial_partner_id
        profiles = self._cpm_profiles(src_partners | dst_partner | target)
        for group in profiles.grouped("company_id").values():
            best = max(group, key=lambda profile: profile._merge_weight())
            others = group - best
            if others:
                best._absorb(others)
            if best.partner_id != target:
                best._move_to_partner(target)
        self.env.flush_all()

"""Profiles that appear, rest and come back by themselves, set-based."""

from odoo import api, models
from odoo.tools import SQL


class CpmProfile(models.Model):
    _inherit = "cpm.profile"

    # Puts to rest, or wakes, the profile ``p``
    _TURN = SQL(
        """active = NOT p.active, auto_archived = p.active,
           write_date = now() AT TIME ZONE 'UTC'"""
    )

    @api.model
    def _sync_profiles(self, companies=None):
        """Create the missing profiles of ``companies`` and archive those whose
        contact is no customer of its own any more.

        A fixed number of statements per company, whatever the number of contacts.

        :param companies: ``res.company`` records, all companies by default
        :return: number of profiles created
        """
        companies = companies or self.env["res.company"].sudo().search([])
        created = sum(self._sync_company(company) for company in companies)
        self.invalidate_model()
        return created

    @api.model
    def _sync_company(self, company):
        """Compare all contacts with the profiles of ``company``, in one pass: reading
        both is what takes the time.

        :return: number of profiles created
        """
        partners = self.env["res.partner"].sudo()
        partners.flush_model()
        self._flush_eligibility()
        wanted = partners.with_company(company)._search(
            company._get_cpm_customer_domain(), order=False
        )
        self.env.cr.execute(
            SQL(
                """
                WITH found AS MATERIALIZED (
                    SELECT rp.id AS partner_id, rp.user_id, p.id AS profile_id
                    FROM (
                        SELECT rp.id, rp.user_id, (%(eligible)s) IS TRUE AS eligible
                        FROM res_partner rp OFFSET 0
                    ) rp
                    LEFT JOIN cpm_profile p
                           ON p.partner_id = rp.id AND p.company_id = %(company)s
                    WHERE rp.eligible != COALESCE(p.active, FALSE)
                      AND (p.id IS NULL OR p.active OR p.auto_archived)
                ), moved AS (
                    UPDATE cpm_profile p SET %(turn)s
                    FROM found WHERE p.id = found.profile_id
                )
                INSERT INTO cpm_profile (
                    partner_id, company_id, manager_id, active,
                    create_uid, create_date, write_uid, write_date
                )
                SELECT partner_id, %(company)s, %(salesperson)s, TRUE,
                       %(uid)s, now() AT TIME ZONE 'UTC',
                       %(uid)s, now() AT TIME ZONE 'UTC'
                FROM found
                WHERE profile_id IS NULL AND partner_id IN (%(wanted)s)
                ON CONFLICT DO NOTHING
                """,
                company=company.id,
                uid=self.env.uid,
                eligible=self._eligible_sql(company),
                salesperson=self._salesperson_sql(company),
                turn=self._TURN,
                wanted=wanted.select(),
            )
        )
        created = self.env.cr.rowcount
        if created:
            self.sudo()._link_records(company)
        return created

    @api.model
    def _eligible_sql(self, company):
        """Return the condition on ``res_partner`` rows ``rp`` that may have a
        profile in ``company``, whatever the customer filter of the settings."""
        return SQL(
            """rp.commercial_partner_id = rp.id
               AND rp.active
               AND rp.id != %(own)s
               AND (rp.company_id IS NULL OR rp.company_id = %(company)s)
               AND NOT EXISTS (
                   SELECT 1 FROM res_users ru
                   WHERE ru.partner_id = rp.id AND ru.share IS NOT TRUE
               )""",
            own=company.partner_id.id,
            company=company.id,
        )

    @api.model
    def _salesperson_sql(self, company):
        """Return who looks after the contact ``found`` already and may do so in
        ``company``; see ``_may_look_after``."""
        return SQL(
            """(SELECT ru.id FROM res_users ru
                JOIN res_company_users_rel allowed
                  ON allowed.user_id = ru.id AND allowed.cid = %s
                WHERE ru.id = found.user_id AND ru.share IS NOT TRUE)""",
            company.id,
        )

    @api.model
    def _flush_eligibility(self):
        """Let the database know what :meth:`_eligible_sql` looks at."""
        self.flush_model(["partner_id", "company_id", "active", "auto_archived"])
        self.env["res.partner"].flush_model(
            ["active", "commercial_partner_id", "company_id"]
        )
        self.env["res.users"].flush_model(["partner_id", "share"])

    def _archive_ineligible(self, company):
        """Archive those of these profiles of ``company`` whose contact became a
        contact of another company, an internal user or inactive; wake those the same
        rule put to rest."""
        self._flush_eligibility()
        self.env.cr.execute(
            SQL(
                """
                UPDATE cpm_profile p SET %(turn)s
                FROM res_partner rp
                WHERE rp.id = p.partner_id
                  AND p.company_id = %(company)s
                  AND p.id IN %(chosen)s
                  AND (p.active OR p.auto_archived)
                  AND p.active != ((%(eligible)s) IS TRUE)
                """,
                turn=self._TURN,
                company=company.id,
                chosen=tuple(self.ids) or (0,),
                eligible=self._eligible_sql(company),
            )
        )

    def _touch(self):
        """Have the next incremental run look at these customers."""
        self.env.cr.execute(
            SQL(
                """UPDATE cpm_profile SET write_date = now() AT TIME ZONE 'UTC'
                   WHERE id IN %s""",
                tuple(self.ids) or (0,),
            )
        )
        self.invalidate_recordset(["write_date"])

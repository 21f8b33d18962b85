"""Giving every customer of a company its probability."""

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.customer_plan_mgmt.models.scoring.engine.points import literal
from odoo.addons.customer_plan_mgmt.models.warning.engine.facts import Facts

from ..engine.score import Score


class CpmChurnModel(models.Model):
    _inherit = "cpm.churn.model"

    @api.model
    def _score_company(self, company, profiles=None):
        """Work out the probability of the customers from what the last scoring run
        stored, in one statement that writes only what is shown differently.

        Customers who are archived, who refused scoring or who never gave a sign of life
        lose theirs; without a model in use everybody does. Who was scored before the
        metrics changed keeps what there is until the next scoring run.

        :param profiles: only these ``cpm.profile`` records
        :return: number of profiles written
        """
        company = company.sudo()
        model = self._active(company)
        self.env.flush_all()
        day = company._cpm_today()
        self.env.cr.execute(
            SQL(
                """UPDATE cpm_profile p
                   SET churn_probability = new.probability,
                       churn_level = new.level,
                       churn_reasons = new.reasons
                   FROM (
                       SELECT own.id, scored.probability, scored.reasons,
                              %(level)s AS level
                       FROM cpm_profile own
                       LEFT JOIN (%(scored)s) scored ON scored.profile_id = own.id
                       WHERE own.company_id = %(company)s AND %(only)s
                   ) new
                   WHERE new.id = p.id AND (
                       p.churn_probability IS DISTINCT FROM new.probability
                       OR p.churn_level IS DISTINCT FROM new.level
                       OR p.churn_reasons IS DISTINCT FROM new.reasons)""",
                level=self._level_sql(company, SQL("scored.probability")),
                scored=self._scored(model, company, day, profiles),
                company=company.id,
                only=SQL("%s AND %s", self._only(profiles), self._is_known(company)),
            )
        )
        written = self.env.cr.rowcount
        self.env["cpm.profile"].invalidate_model(
            ["churn_probability", "churn_level", "churn_reasons"], flush=False
        )
        if profiles is None:
            company.write({"cpm_churn_scored_on": day if model else False})
        return written

    @api.model
    def _scored(self, model, company, day, profiles):
        """Return ``SELECT profile_id, probability, reasons``, rounded as it is kept:
        the probability to whole percent."""
        if not model:
            return SQL(
                """SELECT NULL::integer AS profile_id, NULL::float8 AS probability,
                          NULL::jsonb AS reasons WHERE FALSE"""
            )
        facts = Facts(self.env, company, day)
        metric = model.loss_metric_id.with_env(facts.env)
        score = Score(facts, model.intercept, model._terms(), metric)
        return SQL(
            """SELECT profile_id, round(probability::numeric, 2)::float8 AS probability,
                      reasons FROM (%s) exact""",
            score.select(profiles, reasons=True),
        )

    @api.model
    def _level_sql(self, company, probability):
        """Return the level of a probability by the limits of ``company``."""
        return SQL(
            """CASE WHEN %(p)s >= %(high)s THEN 'high'
                    WHEN %(p)s >= %(medium)s THEN 'medium'
                    WHEN %(p)s IS NOT NULL THEN 'low' END""",
            p=probability,
            high=literal(company.cpm_churn_high_from),
            medium=literal(company.cpm_churn_medium_from),
        )

    @api.model
    def _is_known(self, company):
        """Return the condition that the stored metrics are those of today, or do not
        matter; see ``Facts``."""
        signature = Facts(self.env, company, company._cpm_today()).stage.signature
        return SQL(
            """(own.active IS NOT TRUE OR own.score_excluded
                OR own.metric_state[1] IS NOT DISTINCT FROM %s::float8)""",
            signature,
        )

    @api.model
    def _only(self, profiles):
        if profiles is None:
            return SQL("TRUE")
        return SQL("own.id IN %s", tuple(profiles.ids) or (0,))

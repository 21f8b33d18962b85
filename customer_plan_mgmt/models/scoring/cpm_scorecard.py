"""Scorecards: which metrics make a score, and how much each counts."""

import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..profile.cpm_transaction import FIRST_YEAR, LAST_YEAR
from .engine.run import RunUnderWay, ScoringRun

_logger = logging.getLogger(__name__)

PURPOSES = [("value", "Value"), ("health", "Health"), ("loyalty", "Loyalty")]
LEVELS = [("high", "High"), ("medium", "Medium"), ("low", "Low")]
# When the job comes back to a company that was being scored
BUSY_PAUSE = timedelta(minutes=10)


class CpmScorecard(models.Model):
    """A weighted combination of metrics into a score from 0 to 100.

    Of several scorecards with one purpose the most specific that fits a customer
    is used: segment and tier, then segment, then tier, then neither; a scorecard
    of the company before one for all companies. Weights are normalised over the
    metrics that have a value.
    """

    _name = "cpm.scorecard"
    _description = "Scorecard"
    _inherit = ["mail.thread", "cpm.copy.mixin", "cpm.guard.mixin"]
    _order = "purpose, sequence, id"
    _check_company_auto = True
    _cpm_ranges = {"high_from": (0, 100), "medium_from": (0, 100)}

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10, aggregator=None)
    active = fields.Boolean(string="In use", default=True, tracking=True)
    purpose = fields.Selection(PURPOSES, required=True, default="value", tracking=True)
    company_id = fields.Many2one(
        "res.company", index=True, ondelete="restrict", help="Empty: all companies."
    )
    segment_id = fields.Many2one(
        "cpm.segment",
        string="Only for the segment",
        ondelete="restrict",
        check_company=True,
        tracking=True,
    )
    tier_id = fields.Many2one(
        "cpm.tier",
        string="Only for the tier",
        ondelete="restrict",
        check_company=True,
        tracking=True,
    )
    line_ids = fields.One2many("cpm.scorecard.line", "scorecard_id", copy=True)
    high_from = fields.Float(
        string="High from", default=70, aggregator=None, tracking=True
    )
    medium_from = fields.Float(
        string="Medium from", default=40, aggregator=None, tracking=True
    )
    description = fields.Text(translate=True)

    _levels_range = models.Constraint(
        "CHECK(high_from BETWEEN 0 AND 100 AND medium_from BETWEEN 0 AND 100)",
        "Scorecard: the limits of the levels must lie between 0 and 100.",
    )

    @api.constrains("high_from", "medium_from")
    def _check_levels(self):
        for card in self:
            if card.medium_from > card.high_from:
                raise ValidationError(
                    self.env._(
                        "Scorecard %(name)s: “Medium from” %(medium)s must not exceed "
                        "“High from” %(high)s.",
                        name=card.name,
                        medium=card.medium_from,
                        high=card.high_from,
                    )
                )

    @api.constrains("segment_id")
    def _check_segment(self):
        for card in self:
            if "uid" in (card.segment_id.domain or ""):
                raise ValidationError(
                    self.env._(
                        "Scorecard %(card)s: the segment %(segment)s depends on who "
                        "looks at it (uid); scoring needs one that does not.",
                        card=card.name,
                        segment=card.segment_id.name,
                    )
                )

    @api.constrains("active", "line_ids")
    def _check_lines(self):
        for card in self.filtered("active"):
            if card.line_ids and not any(line.weight > 0 for line in card.line_ids):
                raise ValidationError(
                    self.env._(
                        "Scorecard %s: at least one line needs a weight above zero.",
                        card.name,
                    )
                )

    @api.model
    def _for_company(self, company):
        """Return the scorecards that may apply in ``company``, the most specific
        first."""
        cards = self.sudo().search(
            [("company_id", "in", [company.id, False]), ("line_ids.weight", ">", 0)]
        )
        return cards.sorted(
            lambda card: (
                not card.segment_id,
                not card.tier_id,
                not card.company_id,
                card.sequence,
                card.id,
            )
        )

    # ------------------------------------------------------------------- Run

    @api.model
    def _run(
        self, as_of=None, companies=None, *, dry_run=None, full=None, commit=False
    ):
        """Measure, score and classify the customers.

        :param date as_of: day the scores refer to, today where the company is by
            default. For a past day everything is computed from what was known then
            and nothing is written unless ``dry_run`` is explicitly False.
        :param companies: ``res.company`` records, all companies by default
        :param bool dry_run: compute and return, write nothing. Default: True for
            a past ``as_of``, else False
        :param bool full: True: all customers; False: only those touched since the
            last run; None: decide by the rules and the date of the last full pass
        :param bool commit: commit after every company and every batch
        :return: ``{company id: RunResult}``
        :raise UserError: when another run of the same company is under way, or for a
            day that cannot be meant
        """
        as_of = self._get_scoring_day(as_of)
        companies = companies or self.env["res.company"].sudo().search([])
        results = {}
        for company in companies.sudo():
            today = company._cpm_today()
            day = as_of or today
            run = ScoringRun(
                self.sudo().env,
                company,
                day,
                dry_run=day < today if dry_run is None else dry_run,
                full=full,
                commit=commit,
            )
            results[company.id] = run.execute()
        return results

    @api.model
    def _run_profiles(self, profiles, as_of=None):
        """Score only ``profiles`` (any companies) again, as of today by default.

        :return: ``{company id: RunResult}``
        """
        as_of = self._get_scoring_day(as_of)
        results = {}
        for company, group in profiles.sudo().grouped("company_id").items():
            day = as_of or company._cpm_today()
            run = ScoringRun(self.sudo().env, company, day, profiles=group)
            results[company.id] = run.execute()
        return results

    @api.model
    def _get_scoring_day(self, as_of):
        """Return the day to score for, None for today.

        :raise ValidationError: for a day nobody can mean
        """
        day = fields.Date.to_date(as_of)
        if day and not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise ValidationError(
                self.env._("As of: %s is not between 1900 and 2200.", day)
            )
        return day

    @api.model
    def _sample_metric(self, metric, company, limit=20):
        """Return ``[(profile id, value, is missing)]`` of ``metric`` for at most
        ``limit`` customers of ``company``, those with a value first."""
        run = ScoringRun(self.sudo().env, company, company._cpm_today(), dry_run=True)
        return run.sample(metric, limit)

    @api.model
    def _cron_run(self):
        """Score the customers of all companies (daily).

        One company that fails does not hold up the others. Nor does it fail the job,
        which Odoo would switch off, for everybody, after a week of failures: an
        administrator is told instead.
        """
        is_busy = False
        for company in self.env["res.company"].sudo().search([]):
            name = company.name
            try:
                self._run(companies=company, commit=True)
            except RunUnderWay:
                self.env.cr.rollback()
                is_busy = True
            except Exception as error:
                self.env.cr.rollback()
                _logger.exception("Scoring the customers of %s failed", name)
                self._report_failed_run(company, str(error))
                self.env["ir.cron"]._commit_progress()
        if is_busy:
            # Somebody recalculates a customer just now; tomorrow would be too late
            self._trigger_run(fields.Datetime.now() + BUSY_PAUSE)

    @api.model
    def _before_run(self, company):
        """Hook: called before all customers of ``company`` are scored as of today, for
        figures of the policy that are found from the records. What fails here fails the
        run."""

    @api.model
    def _after_run(self, company, profiles=None):
        """Hook: called when the customers of ``company`` were scored as of today.

        :param profiles: the customers, None when it was all of them
        """

    @api.model
    def _trigger_run(self, at=None):
        """Have the scheduled action score the customers soon, or at a moment; does
        nothing where somebody deleted it."""
        cron = self.env.ref(
            "customer_plan_mgmt.ir_cron_cpm_scoring", raise_if_not_found=False
        )
        if cron:
            cron.sudo()._trigger(at)

    @api.model
    def _report_failed_run(self, company, reason):
        """Tell an administrator of ``company``, once, that it cannot be scored."""
        person = self.env["cpm.metric"]._failure_readers(company)[:1]
        summary = self.with_context(lang=person.lang).env._(
            "The customers of %s cannot be scored", company.name
        )
        contact = company.partner_id
        if person and summary not in contact.activity_ids.mapped("summary"):
            contact.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=summary,
                note=reason,
                user_id=person.id,
            )

"""A churn model in the reader's language."""

from odoo import api, fields, models
from odoo.tools import format_date
from odoo.tools.misc import formatLang


class CpmChurnModel(models.Model):
    _inherit = "cpm.churn.model"

    chart = fields.Json(string="Calibration chart", compute="_compute_chart")

    @api.depends("trained_at", "state", "company_id")
    @api.depends_context("lang", "tz")
    def _compute_display_name(self):
        for model in self:
            model.display_name = self.env._(
                "Trained on %s", format_date(self.env, model.trained_at)
            )

    @api.depends("curve")
    def _compute_chart(self):
        for model in self:
            points = [
                {
                    "predicted": point["predicted"],
                    "left": point["lost"] / point["count"],
                    "count": point["count"],
                }
                for point in model.curve or []
            ]
            name = self.env._("Churn probability")
            curves = [{"name": name, "points": points}] if points else []
            model.chart = {"gains": [], "calibration": curves}

    @api.depends("state", "refusal", "left_out", "cutoffs", "coefficient_ids")
    @api.depends_context("lang")
    def _compute_words(self):
        for model in self:
            refused = model.state == "refused"
            model.headline = (
                self.env._("Nothing could be learned.")
                if refused
                else model._headline_text()
            )
            texts = [model._refusal_text()] if refused else model._remark_texts()
            model.message = "\n".join(texts)
            model.holdout_text = model._holdout_words()

    def _number(self, number):
        return formatLang(self.env, number, digits=0)

    def _headline_text(self):
        return self.env._(
            "Learned from %(customers)s customers on %(days)s past days: %(left)s were "
            "seen to stay away, %(stayed)s to come back.",
            customers=self._number(self.customer_count),
            days=len(self.cutoffs or []),
            left=self._number(self.left_count),
            stayed=self._number(self.stayed_count),
        )

    def _remark_texts(self):
        """Return what whoever relies on the model should know."""
        texts = []
        if not self.is_levelled:
            texts.append(
                self.env._(
                    "Records do not reach back %(horizon)s days before enough customers "
                    "were known: the probability is carried on from times of up to "
                    "%(longest)s days.",
                    horizon=self.horizon_days,
                    longest=self.longest_days,
                )
            )
        return texts + [self._left_out_text(fact) for fact in self.left_out or []]

    def _left_out_text(self, fact):
        """Return why one metric was not learned from."""
        metric = self.env["cpm.metric"].browse(fact["metric"]).exists().sudo()
        words = {
            "metric": metric.name or "?",
            "then": round(100 * fact["then"]),
            "now": round(100 * fact["now"]),
        }
        if fact["reason"] == "rare":
            return self.env._(
                "%(metric)s is left out: it was known for %(then)s %% of the customers "
                "on the past days.",
                **words,
            )
        if fact["reason"] == "same":
            return self.env._("%(metric)s is left out: it is always the same.", **words)
        return self.env._(
            "%(metric)s is left out: it was known for %(then)s %% of the customers on "
            "the past days and is for %(now)s %% now.",
            **words,
        )

    def _holdout_words(self):
        if not self.holdout_on:
            return False
        return self.env._(
            "Learned up to %(day)s and asked about the %(days)s days after it: it "
            "foretold that %(predicted)s %% of %(customers)s customers would leave, "
            "%(share)s %% did.",
            day=format_date(self.env, self.holdout_on),
            days=self.holdout_days,
            predicted=round(100 * self.holdout_predicted),
            customers=self._number(self.holdout_customers),
            share=round(100 * self.holdout_share),
        )

    def _refusal_text(self):
        """Return what is missing and what to do, in the reader's language."""
        self.ensure_one()
        return self._refusal_words(self.refusal or {})

    @api.model
    def _refusal_words(self, facts):
        """Return the sentence of a :class:`TooLittle`.

        :param facts: dict with its ``code`` and numbers
        """
        _, code = self.env._, facts.get("code")
        if code == "few_customers":
            return _(
                "There are %(found)s customers with a sign of life; at least %(needed)s "
                "are needed (settings: “Customers needed”).",
                **facts,
            )
        if code == "few_events":
            return _(
                "%(left)s customers were seen to stay away and %(stayed)s to come back; "
                "at least %(needed)s of each are needed (settings: “Events needed”).",
                **facts,
            )
        if code == "one_class":
            if not facts["left"]:
                return _(
                    "No customer was ever seen to stay away: there is nothing to learn "
                    "from. Wait for more history, or choose a shorter horizon."
                )
            return _(
                "No customer was ever seen to come back: there is nothing to learn "
                "from. Wait for more history, or choose a longer horizon."
            )
        if code == "short_history":
            return _(
                "Horizon (days): the past that can be looked at is %(longest)s days "
                "long, too short to foretell %(horizon)s days; at most %(most)s are "
                "possible now. Wait for more history or choose a shorter horizon.",
                **facts,
            )
        if code == "no_loss_metric":
            return _(
                "Sign of life: the metric that shows whether a customer is still there "
                "is archived or deleted. Choose one in the settings."
            )
        if code == "failed_metric":
            metric = self.env["cpm.metric"].browse(facts["metric"]).exists().sudo()
            return _("%s cannot be computed. Mend or archive it.", metric.name or "?")
        return _(
            "None of the facts of the churn probability can be learned from. Check them "
            "under Configuration."
        )

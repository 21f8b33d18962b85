"""What rules found in words."""

from odoo import api, models
from odoo.tools.misc import format_date, formatLang

# What warnings keep of the rule, and the name of it among their facts
KEPT_AS = {
    "operator": "operator",
    "limit_value": "limit",
    "drop_kind": "kind",
    "within_days": "days",
}


class CpmWarningRule(models.Model):
    _inherit = "cpm.warning.rule"

    # ----------------------------------------------------------------- Facts

    def _known_facts(self):
        """Return what every warning keeps of the rule: it may be changed later."""
        self.ensure_one()
        used = self._used_fields()
        facts = {"trigger": self.trigger}
        if "measure" in used:
            facts["measure"] = self.measure
        if "metric_id" in used:
            facts["metric"] = self._watched_metrics().code
        facts |= {KEPT_AS[name]: self[name] for name in used if name in KEPT_AS}
        return facts

    @api.model
    def _fact_text(self, warning):
        """Return the facts of ``warning`` as a sentence in the reader's language; empty
        for a warning without facts, or with those of a trigger nobody knows any more.

        :param warning: one ``cpm.warning`` record
        """
        warning = warning.sudo()
        return self._facts_in_words(warning.facts, warning.company_id)

    @api.model
    def _facts_in_words(self, facts, company):
        """Return ``facts`` as a sentence, see :meth:`_fact_text`.

        :param facts: dict as :meth:`_known_facts` and a trigger make it, or None
        :param company: ``res.company`` whose currency amounts are in
        """
        facts = facts or {}
        writer = getattr(self, f"_text_{facts.get('trigger')}", None)
        return writer(facts, company) if writer else ""

    def _text_threshold(self, facts, company):
        values = {
            "figure": self._figure_name(facts),
            "value": self._figure_text(facts, facts.get("value"), company),
            "limit": self._figure_text(facts, facts.get("limit"), company),
        }
        if facts.get("operator") == "below":
            return self.env._("%(figure)s is %(value)s, below %(limit)s.", **values)
        return self.env._("%(figure)s is %(value)s, above %(limit)s.", **values)

    def _text_drop(self, facts, company):
        before, value = facts.get("before") or 0, facts.get("value") or 0
        values = {
            "figure": self._figure_name(facts),
            "before": self._figure_text(facts, before, company),
            "value": self._figure_text(facts, value, company),
            "days": facts.get("days"),
        }
        if facts.get("kind") == "percent" and before:
            return self.env._(
                "%(figure)s fell by %(percent)s %% within %(days)s days, from %(before)s "
                "to %(value)s.",
                percent=self._number(100 * (before - value) / before, 0),
                **values,
            )
        return self.env._(
            "%(figure)s fell within %(days)s days from %(before)s to %(value)s.",
            **values,
        )

    def _text_silence(self, facts, company):
        return self.env._(
            "No contact for %(days)s days; the tier asks for one at least every %(limit)s "
            "days.",
            days=self._number(facts.get("value"), 0),
            limit=self._number(facts.get("limit"), 0),
        )

    def _text_overdue(self, facts, company):
        return self.env._(
            "%(days)s days since the last purchase are %(factor)s times the usual "
            "%(usual)s days.",
            days=self._number(facts.get("days"), 0),
            factor=self._number(facts.get("value"), 1),
            usual=self._number(facts.get("usual"), 0),
        )

    def _text_key_contact(self, facts, company):
        _ = self.env._
        reasons = {
            "archived": _("archived"),
            "moved": _("no longer with the customer"),
            "refused": _("refuses mails"),
            "bounced": _("mails come back"),
        }
        gone = dict(facts.get("contacts") or [])
        contacts = self.env["res.partner"].sudo().browse(gone).exists()
        names = [
            _(
                "%(name)s (%(why)s)",
                name=contact.name,
                why=reasons.get(gone[contact.id]),
            )
            for contact in contacts
        ]
        if not names:
            return _("A key contact is gone.")
        return _("Key contact lost: %s.", ", ".join(names))

    def _text_promise(self, facts, company):
        return self.env._(
            "%(count)s promises were missed within %(days)s days.",
            count=facts.get("count"),
            days=facts.get("days"),
        )

    def _text_satisfaction(self, facts, company):
        return self.env._(
            "Satisfaction %(mark)s of 5 within the last %(days)s days.",
            mark=facts.get("value"),
            days=facts.get("days"),
        )

    def _text_goal(self, facts, company):
        goals = self.env["cpm.plan.goal"].sudo().browse(facts.get("goals") or [])
        names = ", ".join(goals.exists().mapped("name"))
        if not names:
            return self.env._("A goal is off track.")
        return self.env._("Off track: %s.", names)

    def _text_plan_ending(self, facts, company):
        plan = self.env["cpm.plan"].sudo().browse(facts.get("plan") or []).exists()
        return self.env._(
            "The plan %(plan)s ends on %(date)s and none follows.",
            plan=plan.name or "–",
            date=self._day(facts.get("date")),
        )

    def _text_contract_ending(self, facts, company):
        return self.env._("The contract ends on %s.", self._day(facts.get("date")))

    # --------------------------------------------------------------- Pieces

    def _day(self, text):
        return format_date(self.env, text) if text else "–"

    def _number(self, number, digits):
        return formatLang(self.env, number or 0, digits=digits)

    def _metric_of(self, facts):
        metrics = self.env["cpm.metric"].sudo().with_context(active_test=False)
        return metrics.search([("code", "=", facts.get("metric"))], limit=1)

    def _figure_name(self, facts):
        """Return the name of what the rule looked at, as it is called today."""
        if facts.get("measure") == "metric":
            return self._metric_of(facts).name or facts.get("metric")
        names = dict(self._fields["measure"]._description_selection(self.env))
        return names.get(facts.get("measure"), facts.get("measure"))

    def _figure_text(self, facts, number, company):
        metric = self._metric_of(facts) if facts.get("measure") == "metric" else None
        if metric:
            return metric.with_company(company)._format_value(number or 0)
        return self._number(number, 2)

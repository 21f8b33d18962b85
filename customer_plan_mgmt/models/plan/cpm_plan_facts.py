"""What is known about the customers of a plan, for reviews and freshness."""

from datetime import datetime, time

import pytz

from odoo import models
from odoo.fields import Domain

from odoo.addons.project.models.project_task import CLOSED_STATES

from ...tools import plan_formulas


class CpmPlan(models.Model):
    """Facts are a plain dictionary, kept with decisions and reviews: what was known
    then. Keys of goals are ``goal_<id>``; None means not known."""

    _inherit = "cpm.plan"

    # Facts that count as "the facts have changed": scores, besides the goals
    _MOVING_FACTS = ("value_score", "health_score")

    def _collect_facts(self):
        """Return ``{plan: facts as of now}`` with a number of queries that does not
        depend on how many plans of one customer there are."""
        plans = self.sudo()
        scores = plans._collect_scores()
        open_feedback = plans._count_open_feedback()
        late_tasks = plans._count_late_tasks()
        result = {}
        for plan in plans:
            facts = dict(scores[plan])
            facts["open_feedback"] = open_feedback[plan]
            facts["late_tasks"] = late_tasks.get(plan, 0)
            facts["progress"] = plan.progress if plan.is_measured else None
            facts["budget"] = plan.budget_total
            facts["actual"] = plan.actual_total
            for goal in plan.goal_ids:
                value = goal.current_value if goal.is_measured else None
                facts[f"goal_{goal.id}"] = value
            result[plan.with_env(self.env)] = facts
        return result

    def _collect_scores(self):
        """Return ``{plan: scores}``; averages for a segment."""
        result = {}
        profiles = self.env["cpm.profile"].sudo()
        averages = {}
        for plan in self:
            if plan.scope == "customer":
                profile = plan.profile_id
                result[plan] = {
                    "value_score": profile.value_level and profile.value_score or None,
                    "health_score": (
                        profile.health_level and profile.health_score or None
                    ),
                    "tier": profile.tier_id.id or None,
                }
                continue
            key = (plan.segment_id, plan.company_id)
            if key not in averages:
                averages[key] = profiles._read_group(
                    plan._get_members_domain(),
                    aggregates=["value_score:avg", "health_score:avg", "__count"],
                )[0]
            value, health, count = averages[key]
            result[plan] = {
                "value_score": value,
                "health_score": health,
                "customers": count,
            }
        return result

    def _count_open_feedback(self):
        feedback = self.env["cpm.feedback"].sudo()
        counts = dict(
            feedback._read_group(
                Domain("profile_id", "in", self.profile_id.ids)
                & Domain("is_open", "=", True),
                ["profile_id"],
                ["__count"],
            )
        )
        segments = {}
        result = {}
        for plan in self:
            if plan.scope == "customer":
                result[plan] = counts.get(plan.profile_id, 0)
                continue
            key = (plan.segment_id, plan.company_id)
            if key not in segments:
                segments[key] = feedback.search_count(
                    Domain("profile_id", "any", plan._get_members_domain())
                    & Domain("is_open", "=", True)
                )
            result[plan] = segments[key]
        return result

    def _count_late_tasks(self):
        """Return ``{plan: open tasks whose deadline is a day that is past}``."""
        result = {}
        for company, plans in self.grouped("company_id").items():
            start = plans[:1]._start_of(company._cpm_today())
            rows = (
                self.env["project.task"]
                .sudo()
                ._read_group(
                    Domain("cpm_plan_id", "in", plans.ids)
                    & Domain("state", "not in", list(CLOSED_STATES))
                    & Domain("date_deadline", "<", start),
                    ["cpm_plan_id"],
                    ["__count"],
                )
            )
            result.update(rows)
        return result

    def _collect_events(self, since):
        """Return what happened from the day ``since`` to today, as facts: purchases,
        feedback, complaints, satisfaction.

        :param date since: first day
        """
        self.ensure_one()
        plan = self.sudo()
        members = plan.profile_id or self.env["cpm.profile"].sudo().search(
            plan._get_members_domain()
        )
        start = plan._start_of(since)
        feedback = self.env["cpm.feedback"].sudo()
        raised = Domain("profile_id", "in", members.ids) & Domain(
            "received_at", ">=", start
        )
        raised &= Domain("stage", "!=", "cancelled")
        verdicts = self.env["cpm.satisfaction"].sudo()
        [(csat,)] = verdicts._read_group(
            Domain("partner_id", "in", members.partner_id.ids)
            & Domain("company_id", "=", plan.company_id.id)
            & Domain("answered_at", ">=", start),
            aggregates=["score:avg"],
        )
        purchases = self.env["cpm.purchase"].sudo()
        [(bought, amount)] = purchases._read_group(
            Domain("company_id", "=", plan.company_id.id)
            & Domain("date", ">=", since)
            & Domain("state", "in", ("recorded", "confirmed"))
            & Domain("partner_id.commercial_partner_id", "in", members.partner_id.ids),
            aggregates=["__count", "amount:sum"],
        )
        return {
            "new_feedback": feedback.search_count(raised),
            "complaints": feedback.search_count(
                raised & Domain("type", "=", "complaint")
            ),
            "csat": csat or None,
            "purchases": bought,
            "purchase_amount": amount or 0,
        }

    def _start_of(self, day):
        """Return the moment ``day`` began where the company is, in UTC."""
        zone = pytz.timezone(self.company_id.sudo().partner_id.tz or "UTC")
        begin = zone.localize(datetime.combine(day, time.min))
        return begin.astimezone(pytz.utc).replace(tzinfo=None)

    def _facts_change(self, facts):
        """Return by how many percent the fact that moved most has moved since the last
        decision; 0 before the first.

        :param dict facts: today's, of :meth:`_collect_facts`
        """
        self.ensure_one()
        before = self.sudo().decision_facts or {}
        keys = [
            key
            for key in before
            if key in self._MOVING_FACTS or key.startswith("goal_")
        ]
        return max(
            (
                plan_formulas.change_percent(before[key], facts.get(key))
                for key in keys
                if before[key] is not None
            ),
            default=0,
        )

"""How goals measure themselves."""

import json

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import format_date

from .const import FIGURE_LIMIT, OVER

# How many points the curve of a goal shows
SHOWN = 60
AGGREGATES = {"sum": SQL("SUM"), "average": SQL("AVG")}


class CpmPlanGoal(models.Model):
    _inherit = "cpm.plan.goal"

    chart = fields.Text(string="Curve", compute="_compute_chart")

    @api.depends("value_ids.value", "baseline", "target", "date_start", "date_end")
    def _compute_chart(self):
        self.value_ids.mapped("value")  # those of all goals in one query
        for goal in self:
            rows = goal.value_ids.sorted("date")[-SHOWN:]
            points = [
                {"x": format_date(self.env, row.date), "y": row.value} for row in rows
            ]
            goal.chart = json.dumps(
                [
                    {
                        "key": goal.name or "",
                        "values": points,
                        "target": goal.target,
                        "baseline": goal.baseline,
                    }
                ]
            )

    def _format(self, value):
        """Return ``value`` with the unit of the goal as the user would write it."""
        self.ensure_one()
        if self.metric_id:
            company = self.company_id or self.env.company
            return self.metric_id.with_company(company)._format_value(value)
        digits = 0 if float(value).is_integer() else 2
        text = self.env["ir.qweb.field.float"].value_to_html(
            value, {"precision": digits}
        )
        return f"{text} {self.unit}" if self.unit else str(text)

    # ------------------------------------------------------------ Measuring

    @api.model
    def _values_of(self, wanted):
        """Return the value of a metric for each plan, None where there is none.

        :param wanted: ``(plan, metric, "sum" or "average")`` each
        """
        # An archived metric is measured no more, whatever its last values were
        single = [
            (plan.profile_id.id, metric.id)
            for plan, metric, _how in wanted
            if plan.scope == "customer" and metric.active
        ]
        values = self._values_of_customers(single)
        segments = {}
        result = []
        for plan, metric, how in wanted:
            key = (plan.segment_id, plan.company_id, metric, how)
            if not metric.active:
                value = None
            elif plan.scope == "customer":
                value = values.get((plan.profile_id.id, metric.id))
            else:
                if key not in segments:
                    segments[key] = self._value_of_segment(plan, metric, how)
                value = segments[key]
            # What no goal could hold is as good as unknown; it must not stop others
            result.append(None if value is None or abs(value) > FIGURE_LIMIT else value)
        return result

    @api.model
    def _values_of_customers(self, pairs):
        """Return ``{(profile id, metric id): value}`` in one query."""
        if not pairs:
            return {}
        values = self.env["cpm.metric.value"]
        values.flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT v.profile_id, v.metric_id, %s FROM cpm_metric_value v
                   JOIN unnest(%s, %s) AS wanted (profile_id, metric_id)
                     ON wanted.profile_id = v.profile_id
                    AND wanted.metric_id = v.metric_id""",
                values._value_sql("v"),
                [profile for profile, _metric in pairs],
                [metric for _profile, metric in pairs],
            )
        )
        return {(profile, metric): value for profile, metric, value in rows}

    @api.model
    def _value_of_segment(self, plan, metric, how):
        """Return the sum or the average of the customers of the plan's segment who have
        a value, None when nobody has."""
        values = self.env["cpm.metric.value"]
        values.flush_model()
        members = self.env["cpm.profile"].sudo()._search(plan._get_members_domain())
        how = how or self._natural_aggregation(metric)
        [(value,)] = self.env.execute_query(
            SQL(
                "SELECT %s(%s) FROM cpm_metric_value v"
                " WHERE v.metric_id = %s AND v.profile_id IN %s",
                AGGREGATES[how],
                values._value_sql("v"),
                metric.id,
                members.subselect(),
            )
        )
        return value

    @api.model
    def _fill_baselines(self, vals_list):
        """Take what the metrics say today as the baseline of goals without one. The web
        client always sends a number: 0 where nothing was measured is no baseline."""
        plans, metrics = self.env["cpm.plan"].sudo(), self.env["cpm.metric"].sudo()
        waiting = [
            vals
            for vals in vals_list
            if vals.get("metric_id")
            and vals.get("plan_id")
            and vals["source"] == "metric"
            and not vals.get("baseline")
        ]
        wanted = []
        for vals in waiting:
            metric = metrics.browse(vals["metric_id"])
            how = vals.get("aggregation") or self._natural_aggregation(metric)
            wanted.append((plans.browse(vals["plan_id"]), metric, how))
        for vals, value in zip(waiting, self._values_of(wanted), strict=True):
            if value is None:
                vals.update(baseline=0, is_baseline_missing=True)
            elif "baseline" not in vals:
                vals["baseline"] = value

    def _take_values(self):
        """Read the metrics and note the values that changed."""
        goals = self.sudo().filtered(lambda goal: goal.source == "metric")
        values = self._values_of(
            [(goal.plan_id, goal.metric_id, goal.aggregation) for goal in goals]
        )
        moved = goals.browse()
        for goal, value in zip(goals, values, strict=True):
            if value is None:
                if goal.is_measured:
                    goal.is_measured = False
            elif not goal.is_measured or value != goal.current_value:
                vals = {"current_value": value, "is_measured": True}
                if goal.is_baseline_missing:
                    vals["baseline"] = value
                # What is measured changes nothing anybody agreed to
                goal.with_context(cpm_measuring=True, cpm_no_revision=True).write(vals)
                moved |= goal
        moved._write_course()

    def _note_values(self):
        """Note values that somebody typed."""
        typed = self.sudo().filtered(lambda goal: goal.source == "hand")
        typed.write({"is_measured": True})
        typed._write_course(self.env.uid)

    def _write_course(self, user_id=False):
        """Write today's values into the course of the goals, one a day."""
        course = self.env["cpm.plan.goal.value"].sudo()
        days = {company: company._cpm_today() for company in self.company_id}
        known = {
            (row.goal_id, row.date): row
            for row in course.search(
                [("goal_id", "in", self.ids), ("date", "in", list(days.values()))]
            )
        }
        missing = []
        for goal in self:
            day = days[goal.company_id]
            row = known.get((goal, day))
            vals = {"value": goal.current_value, "user_id": user_id}
            if row:
                row.write(vals)
            else:
                missing.append({"goal_id": goal.id, "date": day, **vals})
            goal.measured_on = day
        course.create(missing)

    def _refresh(self):
        """Measure the goals again and judge them by the time that is over today."""
        self._take_values()
        goals = self.sudo()
        before = {goal: goal.status for goal in goals}
        goals.invalidate_recordset(["expected_progress"])
        self.env.add_to_compute(self._fields["status"], goals)
        goals._recompute_recordset(["status"])
        # Nothing the status depends on was written, only time went on: tell the plans
        goals.filtered(lambda goal: goal.status != before[goal]).modified(["status"])

    @api.model
    def _refresh_company(self, company, profiles=None):
        """Refresh the goals of all plans of ``company`` that are not over.

        :param profiles: only the plans of these customers, and those of segments
        """
        domain = [("company_id", "=", company.id), ("plan_id.stage", "not in", OVER)]
        if profiles is not None:
            domain += [
                "|",
                ("plan_id.profile_id", "in", profiles.ids),
                ("plan_id.scope", "=", "segment"),
            ]
        goals = self.sudo().search(domain)
        goals._refresh()
        return goals

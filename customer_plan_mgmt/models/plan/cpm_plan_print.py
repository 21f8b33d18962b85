"""What the printed plan says, as plain values that fit on one page."""

from odoo import fields, models
from odoo.tools import format_date

# How many lines of each kind one A4 page holds, see report/plan_report.xml
GOALS, TASKS, TEAM = 12, 30, 8
# Phases in the order of the work; False: none chosen
PHASES = ("needs", "design", "delivery", "evaluation", False)


class CpmPlan(models.Model):
    """Names of any length are cut by the page, and what is more than it holds is
    counted: the plan stays on one page whatever happens."""

    _inherit = "cpm.plan"

    def _get_print_values(self):
        """Return what the one-page plan shows, in the language of the environment.

        Costs are among it: the page is for employees.
        """
        self.ensure_one()
        plan = self.sudo()
        goals, tasks, team = plan.goal_ids, plan._print_tasks(), plan.member_ids
        return {
            "facts": plan._print_facts(),
            "goals": [plan._print_goal(goal) for goal in goals[:GOALS]],
            "more_goals": plan._print_more(len(goals) - GOALS),
            "phases": plan._print_phases(tasks[:TASKS]),
            "more_tasks": plan._print_more(len(tasks) - TASKS),
            "work": self.env._(
                "Work: %(done)s of %(total)s done",
                done=len(tasks.filtered("is_closed")),
                total=len(tasks),
            ),
            "team": [plan._print_member(member) for member in team[:TEAM]],
            "more_team": plan._print_more(len(team) - TEAM),
            "printed_on": format_date(self.env, plan.company_id._cpm_today()),
        }

    def _print_more(self, count):
        return self.env._("and %s more", count) if count > 0 else ""

    def _print_label(self, record, name):
        labels = dict(record._fields[name]._description_selection(self.env))
        return labels.get(record[name], "")

    def _print_facts(self):
        """Return ``(label, value)`` of the header, in rows of four."""
        _ = self.env._
        whom = self.partner_id.display_name or self.segment_id.display_name or ""
        period = (
            f"{format_date(self.env, self.date_start)} – "
            f"{format_date(self.env, self.date_end)}"
        )
        money = self.currency_id.format
        review = self.next_review_on
        progress = f"{round(self.progress)} %" if self.is_measured else "–"
        return [
            (_("Segment") if self.scope == "segment" else _("Customer"), whom),
            (_("Period"), period),
            (_("Stage"), self._print_label(self, "stage")),
            (_("Owner"), self.user_id.name),
            (_("Budget"), money(self.budget_total)),
            (_("Actual cost"), money(self.actual_total)),
            (_("Next review"), format_date(self.env, review) if review else "–"),
            (_("Progress"), progress),
        ]

    def _print_goal(self, goal):
        _ = self.env._
        share = goal._share()
        figures = {
            "now": goal._format(goal.current_value) if goal.is_measured else "–",
            "target": "–" if goal.is_target_missing else goal._format(goal.target),
        }
        if goal.date_end == self.date_end:
            text = _("%(now)s of %(target)s", **figures)
        else:
            day = format_date(self.env, goal.date_end)
            text = _("%(now)s of %(target)s until %(day)s", day=day, **figures)
        return {
            "name": goal.name,
            "percent": "–" if share is None else f"{round(share)} %",
            "width": round(min(max(share or 0, 0), 100)),
            "status": goal.status or "",
            "status_label": self._print_label(goal, "status"),
            "figures": text,
        }

    def _print_tasks(self):
        """Return the tasks, open ones first when not all of them find room."""
        tasks = self.task_ids.filtered(lambda task: task.state != "1_canceled")
        if len(tasks) <= TASKS:
            return tasks
        return tasks.sorted(lambda task: (task.is_closed, *self._print_order(task)))

    def _print_order(self, task):
        never = fields.Datetime.to_datetime("9999-12-31")
        return task.date_deadline or never, task.id

    def _print_phases(self, tasks):
        """Return the tasks by phase, each phase by deadline."""
        labels = dict(tasks._fields["cpm_phase"]._description_selection(self.env))
        today = self.company_id._cpm_today()
        phases = []
        for phase in PHASES:
            found = tasks.filtered(lambda task, phase=phase: task.cpm_phase == phase)
            found = found.sorted(self._print_order)
            if found:
                label = labels.get(phase) or self.env._("Other work")
                rows = [self._print_task(task, today) for task in found]
                phases.append({"label": label, "tasks": rows})
        return phases

    def _print_task(self, task, today):
        deadline = task.date_deadline
        day = deadline and fields.Datetime.context_timestamp(task, deadline).date()
        return {
            "name": task.name,
            "is_done": task.is_closed,
            "is_late": bool(day and day < today and not task.is_closed),
            "day": format_date(self.env, day) if day else "",
            "person": ", ".join(task.user_ids.mapped("name")),
        }

    def _print_member(self, member):
        return {
            "name": member.user_id.name or member.partner_id.display_name or "",
            "role": member.role_id.name or "",
            "responsibility": self._print_label(member, "responsibility"),
        }

"""How templates become plans, many at once."""

from bisect import bisect_right

import pytz
from dateutil.relativedelta import relativedelta
from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools import working_time
from ..service.promises import Clocks, Promise

# What would cost a query or a mail for each of ten thousand tasks
QUIET = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
    "mail_activity_automation_skip": True,
}


class CpmPlanTemplate(models.Model):
    _inherit = "cpm.plan.template"

    def _create_plans(self, profiles, segment=None, *, user=None, start=None):
        """Make a plan for each customer, or one for a segment.

        :param profiles: ``cpm.profile`` records, of one company
        :param segment: ``cpm.segment``; then ``profiles`` is empty
        :param user: owner; by default the account manager, else the user
        :param date start: first day, today by default
        :return: the plans, in the order of the customers
        :raise UserError: for a template of another company
        """
        self.ensure_one()
        company = profiles.company_id or self.env.company
        self._check_usable_by(company, user)
        start = fields.Date.to_date(start) or company._cpm_today()
        template = self.with_context(**QUIET)
        plans = template.env["cpm.plan"].create(
            [
                template._new_plan_vals(profile, segment, user, start)
                for profile in profiles or profiles.browse([False])
            ]
        )
        there = template._create_parts(plans, start)
        template._note_what_is_missing(plans, there)
        return plans.with_env(self.env)

    def _check_usable_by(self, company, user=None):
        """:raise UserError: when no plan of ``company`` could be made from the template,
        or none owned by ``user``"""
        if len(company) > 1 or self.company_id not in (company, company.browse()):
            raise UserError(
                self.env._(
                    "Template: %s belongs to another company than the customers.",
                    self.name,
                )
            )
        person = user and user.sudo()
        if person and (
            person.share or not person.active or company not in person.company_ids
        ):
            raise UserError(
                self.env._(
                    "Owner: %(user)s is no employee of %(company)s.",
                    user=user.name,
                    company=company.name,
                )
            )

    def _usable_goals(self):
        """Return the goals somebody can measure: by a metric in use, or by hand."""
        return self.goal_ids.filtered(
            lambda line: not line.metric_id or line.metric_id.active
        )

    def _note_what_is_missing(self, plans, there):
        """Tell in the chatter of the plans which goals were left out, and why.

        :param dict there: lines of each plan whose target is reached already
        """
        archived = self.goal_ids - self._usable_goals()
        bodies = {}
        for plan in plans:
            texts = []
            if archived:
                texts.append(
                    self.env._(
                        "Goals left out because their metric is archived: %s",
                        ", ".join(archived.mapped("name")),
                    )
                )
            if there.get(plan):
                texts.append(
                    self.env._(
                        "Goals left out because their target is reached already: %s",
                        ", ".join(line.name for line in there[plan]),
                    )
                )
            if texts:
                bodies[plan.id] = Markup("<br/>").join(texts)
        if bodies:
            noted = plans.filtered(lambda plan: plan.id in bodies)
            noted._message_log_batch(bodies=bodies)

    def _new_plan_vals(self, profile, segment, user, start):
        company = profile.company_id or self.env.company
        subject = segment.name if segment else profile.partner_id.name
        manager = profile.manager_id if profile else profile.manager_id.browse()
        owner = user or manager.filtered(
            lambda item: item.active and company in item.company_ids
        )
        return {
            "name": f"{self.name} – {subject}",
            "company_id": company.id,
            "scope": "segment" if segment else "customer",
            "profile_id": profile.id if profile else False,
            "segment_id": segment.id if segment else False,
            "template_id": self.id,
            "user_id": (owner or self.env.user).id,
            "date_start": start,
            "date_end": start + relativedelta(months=self.duration_months, days=-1),
            "currency_id": company.currency_id.id,
            "positioning": self.positioning,
            "benefit_metric_id": self.benefit_metric_id.filtered("active").id,
        }

    def _create_parts(self, plans, start):
        """Create the parts of all plans, one statement's worth for each kind, in the
        language of each customer.

        :return: ``{plan: lines}`` of the goals that are reached already
        """
        texts = {
            lang: self.with_context(lang=lang or self.env.lang)
            for lang in plans.grouped("lang")
        }
        there = self._create_goals(plans, texts)
        self._create_tasks(plans, start, texts)
        for name, model in (
            ("need_ids", "cpm.plan.need"),
            ("cost_ids", "cpm.plan.cost"),
            ("check_ids", "cpm.plan.check"),
        ):
            self.env[model].create(
                [
                    line._plan_vals(plan)
                    for plan in plans
                    for line in texts[plan.lang][name]
                ]
            )
        return there

    def _create_goals(self, plans, texts):
        """Create the goals but those that are reached already; return ``{plan: lines}``
        of these.

        :param dict texts: the template in each language
        """
        goals, lines = self.env["cpm.plan.goal"], self._usable_goals()
        measured = [(plan, line) for plan in plans for line in lines if line.metric_id]
        values = goals._values_of(
            [
                (plan, line.metric_id, goals._natural_aggregation(line.metric_id))
                for plan, line in measured
            ]
        )
        baselines = dict(zip(measured, values, strict=True))
        vals_list, there = [], {}
        usable = {lang: text._usable_goals() for lang, text in texts.items()}
        for plan in plans:
            for mine, line in zip(lines, usable[plan.lang], strict=True):
                baseline = baselines.get((plan, mine))
                if line._is_there_already(baseline):
                    there.setdefault(plan, []).append(mine)
                else:
                    vals_list.append(line._plan_vals(plan, baseline))
        goals.create(vals_list)
        return there

    def _create_tasks(self, plans, start, texts):
        company = plans.company_id
        project = plans._get_project(company)
        deadlines = self._deadlines(company, start)
        self.env["project.task"]._cpm_create_many(
            [
                {
                    **line._plan_vals(plan, deadlines[line.offset_days]),
                    "project_id": project.id,
                    "user_ids": [(6, 0, plan.user_id.ids)],
                }
                for plan in plans
                for line in texts[plan.lang].task_ids
            ]
        )

    def _deadlines(self, company, start):
        """Return ``{working days: moment}`` for all offsets of the template: the end of
        working time on that working day after ``start``; 0: the first working day."""
        begin = self._midnight(company, start)
        clocks = Clocks(self.env)
        result = {}
        for days in set(self.task_ids.mapped("offset_days")):
            found = clocks.moments(self._within(days), company, begin)
            result[days] = working_time.to_datetime(found.deadline)
        return result

    def _midnight(self, company, day):
        """Return the moment ``day`` begins where the company works."""
        tz = pytz.timezone(company.resource_calendar_id._cpm_tz())
        return working_time.local_midnight(day.toordinal(), tz)

    def _within(self, days):
        """Return the promise to keep something within so many working days."""
        return Promise(
            id=0,
            standard_id=0,
            kind="resolution",
            filters=(),
            amount=days or 1,
            unit="working_days",
            calendar_id=0,
            count_receipt=not days,
            warning=None,
            steps=(),
        )

    @api.model
    def _offsets_of(self, tasks):
        """Return ``{task: working days}`` after which tasks of one plan are due: what
        :meth:`_deadlines` turns into the same days again; 0 for tasks never due."""
        plan = tasks.cpm_plan_id
        if not plan:
            return {}
        company, clocks = plan.company_id, Clocks(self.env)
        begin = self._midnight(company, plan.date_start)
        first = plan.date_start.toordinal()

        def count(task, clock):
            day = working_time.local_day(
                working_time.moment(task.date_deadline), clock.tz
            )
            if not isinstance(clock, working_time.WorkingTime):
                return day - first  # a calendar without working hours
            if not clock.days or day > clock.days[-1]:
                raise working_time.OutOfHorizonError
            return bisect_right(clock.days, day) - bisect_right(clock.days, first)

        return {
            task: max(
                0,
                clocks.solve(
                    self._within(1),
                    company,
                    begin,
                    lambda _promise, clock, task=task: count(task, clock),
                ),
            )
            if task.date_deadline
            else 0
            for task in tasks
        }

"""What the portal shows of customer plans: plain values, and nothing else.

Templates never get a record: what is not written down here cannot be shown. Of goals
that is the name, the term, the target and how far it is; not the values behind it, nor
weights, status and reasons, which are our own judgement.
"""

from markupsafe import Markup

from odoo import fields
from odoo.tools import format_date, is_html_empty

from ..models.plan.const import AGREED
from ..models.service.moments import moment

TASK_STAGES = {
    "customer_plan_mgmt.plan_task_stage_todo": "planned",
    "customer_plan_mgmt.plan_task_stage_waiting": "waiting",
}


def _label(record, name):
    labels = dict(record._fields[name]._description_selection(record.env))
    return labels.get(record[name], "")


def _stages(env):
    _ = env._
    return {
        "needs": _("Being prepared"),
        "design": _("Being prepared"),
        "review": _("Being prepared"),
        "agreed": _("Agreed"),
        "delivery": _("Under way"),
        "evaluation": _("Results are looked at"),
        "closed": _("Finished"),
        "cancelled": _("Withdrawn"),
    }


def list_values(plan, contact):
    """Return a row of the list.

    :param contact: who looks at it
    """
    env = plan.env
    return {
        "url": f"/my/plans/{plan.id}",
        "name": plan.name,
        "period": f"{format_date(env, plan.date_start)} – "
        f"{format_date(env, plan.date_end)}",
        "stage": plan.stage,
        "stage_label": _stages(env)[plan.stage],
        "may_accept": plan._may_accept(contact),
    }


def plan_values(plan, contact):
    """Return what the page of one plan shows.

    :param contact: who looks at it
    """
    env = plan.env
    owner = plan.user_id.partner_id
    return {
        **list_values(plan, contact),
        "revision": plan.terms_revision,
        "is_changed": plan._is_changed_since_accepted(),
        "is_changing": plan.stage in AGREED and plan._are_terms_open(),
        "person": owner.name,
        "person_email": owner.email or "",
        "goals": [_goal_values(goal) for goal in plan.goal_ids],
        "tasks": [_task_values(task) for task in _by_deadline(plan._customer_tasks())],
        "documents": [_file_values(plan, item) for item in plan._customer_documents()],
        "reviews": [_review_values(review) for review in plan._customer_reviews()],
        "messages": _message_values(plan, contact),
        "accepted": _accepted(plan, env),
    }


def _accepted(plan, env):
    """Return the sentence that says who accepted the plan, empty when nobody did."""
    if not plan.accepted_at:
        return ""
    day = fields.Datetime.context_timestamp(plan, plan.accepted_at).date()
    return env._(
        "Accepted on %(day)s by %(person)s",
        day=format_date(env, day),
        person=plan.accepted_by_id.name or plan.partner_id.name,
    )


def _goal_values(goal):
    env = goal.env
    _ = env._
    share = goal._share()
    terms = [_("Until %s", format_date(env, goal.date_end))]
    if not goal.is_target_missing:
        terms.insert(0, _("Target: %s", goal._format(goal.target)))
    if goal.agreed_on:
        terms.append(_("Agreed on %s", format_date(env, goal.agreed_on)))
    return {
        "name": goal.name,
        "horizon": _label(goal, "horizon"),
        "terms": " · ".join(terms),
        "is_known": share is not None,
        "percent": round(share or 0),
        "width": round(min(max(share or 0, 0), 100)),
    }


def _by_deadline(tasks):
    never = fields.Datetime.to_datetime("9999-12-31")
    return tasks.sorted(lambda task: (task.date_deadline or never, task.id))


def _task_states(env):
    _ = env._
    return {
        "planned": _("Planned"),
        "doing": _("Being worked on"),
        "waiting": _("Waiting for you"),
        "done": _("Done"),
    }


def _task_state(task):
    """Return how far the task is; names of stages are our own and not shown."""
    if task.is_closed:
        return "done"
    for name, state in TASK_STAGES.items():
        if task.stage_id == task.env.ref(name, raise_if_not_found=False):
            return state
    return "doing"


def _task_values(task):
    env = task.env
    state = _task_state(task)
    day = task.date_deadline and fields.Datetime.context_timestamp(
        task, task.date_deadline
    )
    training = ""
    if task.cpm_kind == "training":
        training = env._("Training: %s", _label(task, "cpm_training_form"))
    return {
        "name": task.name,
        "state": state,
        "state_label": _task_states(env)[state],
        "deadline": format_date(env, day.date()) if day else "",
        "training": training,
    }


def _review_values(review):
    decisions = review.decisions
    return {
        "day": format_date(review.env, review.date_held),
        "outcome": _label(review, "outcome"),
        "decisions": Markup("") if is_html_empty(decisions) else decisions,
    }


def _file_values(plan, item):
    return {
        "name": item.name,
        "size": f"{max(1, round(item.file_size / 1024))} kB",
        "url": f"/my/plans/{plan.id}/file/{item.id}",
    }


def _message_values(plan, contact):
    rows = []
    for message in plan._customer_messages():
        files = message.attachment_ids.filtered(lambda item: item.type == "binary")
        if is_html_empty(message.body) and not files:
            continue
        author = message.author_id
        rows.append(
            {
                "is_own": author.commercial_partner_id == contact.commercial_partner_id,
                "author": author.name or message.email_from or "",
                "date": moment(plan.env, message.date),
                "body": message.body,
                "files": [_file_values(plan, item) for item in files],
            }
        )
    return rows

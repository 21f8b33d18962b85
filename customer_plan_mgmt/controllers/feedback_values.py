"""What the portal shows of feedback: plain values, and nothing else.

Templates never get a record: what is not written down here cannot be shown.
"""

from markupsafe import Markup

from odoo import fields
from odoo.tools import html2plaintext, is_html_empty

from ..models.service.moments import moment
from .feedback_promises import promise_values

CLOSED = ("closed", "cancelled")
# How far along each stage is, see ``_steps``
PROGRESS = {
    "new": 0,
    "answered": 1,
    "in_progress": 2,
    "waiting": 2,
    "solved": 3,
    "closed": 4,
}


def _label(record, name):
    return dict(record._fields[name]._description_selection(record.env)).get(
        record[name]
    )


def _stages(env):
    _ = env._
    return {
        "new": _("Received"),
        "answered": _("Answered"),
        "in_progress": _("In progress"),
        "waiting": _("Waiting for you"),
        "solved": _("Solved"),
        "closed": _("Closed"),
    }


def _stage_label(feedback):
    """Return in words how far the feedback is."""
    _ = feedback.env._
    if feedback.stage != "cancelled":
        return _stages(feedback.env)[feedback.stage]
    number = _merged_into(feedback)
    if number:
        return _("Merged into %s", number)
    return _("Closed without further work")


def _merged_into(feedback):
    """Return the number of the case that took over, if the same customer sees it, else
    an empty text: numbers of others are nobody's business."""
    original = feedback.duplicate_of
    is_shown = (
        feedback.stage == "cancelled"
        and original.active
        and original.company_id == feedback.company_id
        and feedback.partner_id
        and original.partner_id == feedback.partner_id
    )
    return original.number or "" if is_shown else ""


def _steps(env, stage):
    """Return the way from receipt to the end, with where it stands."""
    if stage not in PROGRESS:
        return []
    reached = PROGRESS[stage]
    names = ["new", "answered", "in_progress", "solved", "closed"]
    labels = _stages(env)
    return [
        {
            "label": labels[stage if index == reached else name],
            "state": "done"
            if index < reached
            else "current"
            if index == reached
            else "ahead",
        }
        for index, name in enumerate(names)
    ]


def list_values(feedback):
    """Return a row of the list."""
    env = feedback.env
    return {
        "url": f"/my/feedback/{feedback.id}",
        "number": feedback.number or "",
        "subject": feedback.name,
        "type": _label(feedback, "type"),
        "received": moment(env, feedback.received_at),
        "stage": feedback.stage,
        "stage_label": _stage_label(feedback),
        "chip": _chip_values(feedback),
    }


def _chip_values(feedback):
    """Return colour and words for the next deadline, None where nothing is promised."""
    _ = feedback.env._
    signal = feedback.sla_signal
    if not signal or feedback.stage in CLOSED:
        return None
    deadline = moment(feedback.env, feedback.sla_deadline)
    texts = {
        "green": _("By %s", deadline),
        "amber": _("Soon: by %s", deadline),
        "red": _("Overdue since %s", deadline),
        "paused": _("The clock stands"),
    }
    return {"signal": signal, "text": texts[signal]}


def case_values(feedback):
    """Return what the page of one case shows."""
    env = feedback.env
    return {
        **list_values(feedback),
        "id": feedback.id,
        "category": feedback.category_id.name or "",
        "steps": _steps(env, feedback.stage),
        "promises": promise_values(feedback),
        "words": feedback.description or "",
        "solution": solution(feedback),
        "duplicate": _merged_into(feedback),
        "messages": _message_values(feedback),
        "may_confirm": feedback._may_confirm(),
        "may_rate": bool(open_question(feedback)),
        "rating": _label(feedback, "csat") if feedback.csat else "",
    }


def solution(feedback):
    """Return the solution once it stands, sanitised HTML."""
    if feedback.stage in ("solved", "closed") and not is_html_empty(feedback.solution):
        return feedback.solution
    return ""


def ratings(env):
    """Return the five answers, best first, as ``(value, words)``."""
    field = env["cpm.satisfaction"]._fields["rating"]
    return list(reversed(field._description_selection(env)))


def open_question(feedback):
    """Return the satisfaction question still to be answered, without making one."""
    if not (feedback.stage == "closed" or feedback.customer_confirmed_at):
        return feedback.satisfaction_ids.browse()
    now = fields.Datetime.now()
    return feedback._get_questions().filtered(
        lambda item: not item.answered_at and item.expires_at > now
    )[:1]


def _message_values(feedback):
    """Return the messages, without what only repeats the customer's first words."""
    words = "".join((feedback.description or "").split())
    rows = []
    for message in feedback._customer_messages():
        is_own = feedback._is_from_customer(message)
        body = message.body or Markup("")
        if is_own and words and "".join(html2plaintext(body).split()) == words:
            body = Markup("")
        files = message.attachment_ids.filtered(lambda item: item.type == "binary")
        if is_html_empty(body) and not files:
            continue
        rows.append(
            {
                "is_own": is_own,
                "author": message.author_id.name or message.email_from or "",
                "date": moment(feedback.env, message.date),
                "body": body,
                "files": [
                    {
                        "name": item.name,
                        "size": f"{max(1, round(item.file_size / 1024))} kB",
                        "url": f"/my/feedback/{feedback.id}/file/{item.id}",
                    }
                    for item in files
                ],
            }
        )
    return rows

"""What the portal shows of feedback: plain values, and nothing else.

Templates never get a record: what is not written down here cannot be shown.
"""

from markupsafe import Markup

from odoo import fields
from odoo.tools import format_date, format_time, html2plaintext, is_html_empty

from ..tools import working_time

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
#: More pieces than this are drawn one per kind, or they would be too thin to see.
MAX_PIECES = 48


def _label(record, name):
    return dict(record._fields[name]._description_selection(record.env)).get(
        record[name]
    )


def _moment(env, value):
    """Return day and minute in the time zone of who looks at it."""
    if not value:
        return ""
    here = fields.Datetime.context_timestamp(env["cpm.feedback"], value)
    time = format_time(env, here.time(), time_format="short")
    return f"{format_date(env, here.date())} {time}"


def _stages(env):
    _ = env._
    return {
        "new": _("Received"),
        "answered": _("Answered"),
        "in_progress": _("In progress"),
        "waiting": _("Waiting for you"),
        "solved": _("Solved"),
        "closed": _("Closed"),
        "cancelled": _("Withdrawn"),
    }


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
        "received": _moment(env, feedback.received_at),
        "stage": feedback.stage,
        "stage_label": _stages(env)[feedback.stage],
        "chip": _chip_values(feedback),
    }


def _chip_values(feedback):
    """Return colour and words for the next deadline, None where nothing is promised."""
    _ = feedback.env._
    signal = feedback.sla_signal
    if not signal or feedback.stage in CLOSED:
        return None
    deadline = _moment(feedback.env, feedback.sla_deadline)
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
    duplicate = feedback.duplicate_of
    return {
        **list_values(feedback),
        "id": feedback.id,
        "category": feedback.category_id.name or "",
        "steps": _steps(env, feedback.stage),
        "promises": [_promise_values(timer) for timer in _promises(feedback)],
        "words": feedback.description or "",
        "solution": solution(feedback),
        "duplicate": duplicate.number
        if duplicate.partner_id == feedback.partner_id
        else "",
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
                "date": _moment(feedback.env, message.date),
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


# -------------------------------------------------------------------- Promises


def _promises(feedback):
    """Return the timers worth telling the customer, of each kind the latest."""
    timers = feedback.sla_timer_ids.filtered(
        lambda item: item.state not in ("cancelled", "exempt")
    )
    if feedback.stage == "cancelled":
        return []
    latest = {item.kind: item for item in timers.sorted("round")}
    kinds = ("first_response", "next_update", "resolution")
    return [latest[kind] for kind in kinds if kind in latest]


def _promise_values(timer):
    _ = timer.env._
    titles = {
        "first_response": _("First answer"),
        "next_update": _("Next news"),
        "resolution": _("Solution"),
    }
    states = {
        "green": _("In time"),
        "amber": _("Due soon"),
        "red": _("Overdue"),
        "paused": _("The clock stands"),
        "met": _("Kept"),
        "missed": _("Late"),
    }
    spent = _spent(timer.ledger)
    return {
        "title": titles[timer.kind],
        "promise": _("Promised within %s", timer.target_id._get_time_text()),
        "deadline": _moment(timer.env, timer.deadline),
        "done": _moment(timer.env, timer.done_at),
        "signal": timer.signal,
        "state": states[timer.signal],
        "pieces": _pieces(timer, spent),
        "explanation": _explanation(timer, spent),
    }


def _kinds(env):
    _ = env._
    return {
        working_time.COUNTED: _("counted"),
        working_time.OUTSIDE: _("outside working hours"),
        working_time.HOLIDAY: _("holiday"),
        working_time.WAITING: _("waiting for your answer"),
        working_time.PAUSED: _("on hold"),
    }


def _spent(ledger):
    spent = {}
    for row in ledger or []:
        spent[row["kind"]] = spent.get(row["kind"], 0) + row["seconds"]
    return spent


def _pieces(timer, spent):
    """Return the bar: pieces of time, what is left too, with their share in percent."""
    rows = [(row["kind"], row["seconds"]) for row in timer.ledger or []]
    if len(rows) > MAX_PIECES:
        rows = list(spent.items())
    if not timer.done_at:
        rows.append(("left", timer.remaining))
    total = sum(seconds for _kind, seconds in rows)
    if not total:
        return []
    return [
        {"kind": kind, "width": round(100 * seconds / total, 2)}
        for kind, seconds in rows
    ]


def _explanation(timer, spent):
    """Return in words what the bar draws."""
    env = timer.env
    _ = env._
    sentences = [
        _(
            "%(used)s of %(budget)s used.",
            used=_duration(env, timer.consumed),
            budget=_duration(env, timer.budget),
        )
    ]
    left_out = [
        _("%(time)s %(why)s", time=_duration(env, spent[kind]), why=label)
        for kind, label in _kinds(env).items()
        if kind != working_time.COUNTED and spent.get(kind, 0) >= 60
    ]
    if left_out:
        sentences.append(_("Not counted: %s.", _(", ").join(left_out)))
    if timer.signal == "paused":
        sentences.append(_("The clock stands and goes on where it stopped."))
    return " ".join(sentences)


def _duration(env, seconds):
    minutes = seconds // 60
    if minutes < 60:
        return env._("%s min", minutes)
    if not minutes % 60:
        return env._("%s h", minutes // 60)
    return env._(
        "%(hours)s h %(minutes)s min", hours=minutes // 60, minutes=minutes % 60
    )

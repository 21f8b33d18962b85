"""What the portal tells of promises: the clock's ledger in words and as a bar."""

from odoo.tools.i18n import format_list

from ..models.service.moments import moment
from ..tools import working_time

#: More pieces than this are drawn one per kind, or they would be too thin to see.
MAX_PIECES = 48


def promise_values(feedback):
    """Return what was promised and how it stands, of each kind the latest."""
    timers = feedback.sla_timer_ids.filtered(
        lambda item: item.state not in ("cancelled", "exempt")
    )
    if feedback.stage == "cancelled":
        return []
    latest = {item.kind: item for item in timers.sorted("round")}
    kinds = ("first_response", "next_update", "resolution")
    return [_timer_values(latest[kind]) for kind in kinds if kind in latest]


def _timer_values(timer):
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
        "deadline": moment(timer.env, timer.deadline),
        "done": moment(timer.env, timer.done_at),
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
        sentences.append(_("Not counted: %s.", format_list(env, left_out)))
    if timer.signal == "paused":
        sentences.append(_("The clock stands and goes on where it stopped."))
    if timer.explanation:
        sentences.append(timer.explanation)
    return " ".join(sentences)


def _duration(env, seconds):
    minutes = round(seconds / 60)
    if minutes < 60:
        return env._("%s min", minutes)
    if not minutes % 60:
        return env._("%s h", minutes // 60)
    return env._(
        "%(hours)s h %(minutes)s min", hours=minutes // 60, minutes=minutes % 60
    )

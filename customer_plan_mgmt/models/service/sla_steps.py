"""What a timer does when its record changes: one method a kind, small steps below."""

from ...tools import working_time

# Phases, see cpm.sla.mixin
CANCELLED = "cancelled"
OVER = frozenset({"solved", "closed"})
STANDING = frozenset({"waiting", "paused"})


class Context:
    """The facts about one record that its timers need, as plain values."""

    def __init__(self, record, profile):
        self.record = record
        self.company = record._cpm_sla_value("company") or record.env.company
        self.phase = record._cpm_sla_phase()
        partner = record._cpm_sla_value("partner")
        self.partner_id = partner.commercial_partner_id.id if partner else None
        self.profile_id = profile.id or None
        self.tier_id = profile.tier_id.id or None
        user = record._cpm_sla_value("user")
        self.user_id = user.id if user else None
        self.start = self._moment("start")
        self.answered = self._moment("answered")
        self.updated = self._moment("updated")
        self.solved = self._moment("solved")

    def _moment(self, key):
        value = self.record._cpm_sla_value(key)
        return working_time.moment(value) if value else None


class Steps:
    """The rules of the clock, on rows as plain values; :class:`sla_sync.Sync` finds
    the rows and stores them."""

    def _promise_of(self, row):
        standard = self.env["cpm.service.standard"].browse(row.standard_id)
        return next(
            item for item in standard._get_promises() if item.id == row.target_id
        )

    # ------------------------------------------------- What the record asks for

    def _follow_first_response(self, context, row, _promise):
        if context.answered:
            # A call logged later may have come before the answer we knew of, and the
            # answer after the case was given up
            if context.answered != row.done_at:
                self._finish(context, row, context.answered)
        elif context.phase == CANCELLED:
            self._cancel(row)
        elif context.phase == "closed":
            if row.is_open and row.deadline and row.deadline < self.now:
                self._finish(context, row, self.now)  # late without any answer: a miss
            else:
                self._cancel(row)
        else:
            self._stand(row, context.phase, {"paused"})
        return row

    def _follow_resolution(self, context, row, _promise):
        if context.phase == CANCELLED:
            self._cancel(row)
        elif context.phase in OVER:
            if row.is_open:
                self._finish(context, row, context.solved or self.now)
        else:
            self._stand(row, context.phase, STANDING)
        return row

    def _follow_next_update(self, context, row, promise):
        if context.phase == CANCELLED:
            self._cancel(row)
            return row
        begin = self.now  # reopened: the time in between was nobody's turn
        if row.is_open and context.updated and context.updated > row.start:
            self._finish(context, row, context.updated)
            begin = row.done_at
        if context.phase in OVER:
            if row.is_open:
                self._finish(context, row, context.solved or self.now)
            return row
        if not row.is_open:
            if not promise:
                return row
            row = self._begin_again(context, promise, begin, row.round + 1)
        self._stand(row, context.phase, STANDING)
        return row

    # ------------------------------------------------------------------ Steps

    def _stand(self, row, phase, standing):
        """Stop the clock or let it run, as the phase says."""
        if not row.is_open:
            return
        last = row.stops[-1] if row.stops else None
        is_standing = bool(last and last[1] is None)
        wanted = phase if phase in standing else None
        if is_standing and last[2] != wanted:
            last[1] = max(self.now, last[0])
            is_standing = False
        if wanted and not is_standing:
            row.stops.append([max(self.now, row.start), None, wanted])

    def _rest(self, row, since):
        """Do not count the time from ``since`` until now."""
        row.stops = [stop for stop in row.stops if stop[0] < since]
        if row.stops and (row.stops[-1][1] is None or row.stops[-1][1] > since):
            row.stops[-1][1] = since
        row.stops.append([since, max(self.now, since), "paused"])

    def _is_reopened(self, context, row):
        """Return whether work on what was solved, or never answered, goes on."""
        is_resumed = row.kind == "resolution" or (
            row.kind == "first_response" and not context.answered
        )
        return (
            is_resumed and not row.is_open and context.phase not in {*OVER, CANCELLED}
        )

    def _reopen(self, row):
        """Go on where the clock stood; the time in between does not count."""
        self._rest(row, row.done_at)
        row.done_at = None
        row.ledger_kept = None
        if row.state != "exempt":
            row.state = "missed" if row.is_missed else "running"

    def _finish(self, context, row, moment):
        """End the promise at ``moment`` and decide whether it was kept."""
        moment = max(moment, row.start)
        row.stops = [stop for stop in row.stops if stop[0] < moment]
        for stop in row.stops:
            if stop[1] is None or stop[1] > moment:
                stop[1] = moment
        row.done_at = moment
        self._set_moments(context, row)
        promise = self._promise_of(row)
        pieces = self.clocks.ledger(
            promise, context.company, row.start, moment, row.stops, row.is_by_clock
        )
        row.ledger_kept = [list(piece) for piece in pieces]
        row.is_missed = moment > row.deadline
        if row.state != "exempt":
            row.state = "missed" if row.is_missed else "met"
        row.escalate_at = None

    def _cancel(self, row):
        if row.is_open:
            if row.state != "exempt":  # the exemption stays in the report
                row.is_missed = row.is_missed or (row.deadline or self.now) < self.now
                row.state = CANCELLED
            row.done_at = self.now
            row.warn_at = row.escalate_at = None

    def _settle(self, context, row):
        """Work out the moments of an open timer when something they depend on
        changed."""
        if not row.is_open:
            return
        before = self.before.get(row.id)
        if row.kind != "next_update" and not row.stops:
            row.start = context.start
        if (
            before is None
            or before.done_at is not None
            or (row.start, row.stops, row.company_id)
            != (before.start, before.stops, before.company_id)
        ):
            self._compute(context, row)

    def _catch_up(self, context, row):
        """Work out the moments of a timer whose working hours changed meanwhile."""
        if row.is_stale:
            row.is_stale = False
            if row.is_open:
                self._compute(context, row)

    def _compute(self, context, row):
        """Work out the moments of a row that runs or stands."""
        self._set_moments(context, row)
        if row.state == "exempt":
            return
        if row.deadline is None:
            row.state, row.is_missed = "paused", False
        elif row.state != "missed" or row.deadline >= self.now:
            # Out of time before it was paused, it is late: the clock matters no more.
            # A missed one comes back when a holiday moves its deadline.
            row.state, row.is_missed = "running", False

    def _set_moments(self, context, row):
        moments = self.clocks.moments(
            self._promise_of(row),
            context.company,
            row.start,
            row.stops,
            row.escalation_step,
        )
        row.budget = moments.budget
        row.is_by_clock = moments.is_by_clock
        row.deadline = moments.deadline
        row.warn_at = moments.warn_at
        row.escalate_at = moments.escalate_at

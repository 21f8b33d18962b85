import { Component } from "@odoo/owl";
import { deserializeDateTime, toLocaleDateTimeString } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const { DateTime } = luxon;

const KINDS = {
    counted: _t("Counted"),
    outside_hours: _t("Outside working hours"),
    holiday: _t("Holiday"),
    paused: _t("Paused"),
    waiting: _t("Waiting for the customer"),
};
// Room behind the last mark, as a share of the time shown
const MARGIN = 0.02;

/**
 * Why a deadline is when it is: a bar from the start of the promise to its deadline or
 * to now, whichever is later, with what counted and what did not, and the same in words
 * and as a table for readers who cannot see it.
 */
export class SlaLedger extends Component {
    static template = "customer_plan_mgmt.SlaLedger";
    static props = { ...standardFieldProps, isDetailed: { type: Boolean, optional: true } };

    get data() {
        return this.props.record.data;
    }

    get rows() {
        return this.data[this.props.name] || [];
    }

    get isOpen() {
        return !this.data.done_at && ["running", "paused", "missed"].includes(this.data.state);
    }

    /** Moment up to which the ledger tells what happened. */
    get until() {
        const last = this.rows.at(-1);
        return this.data.done_at || (last && deserializeDateTime(last.to)) || DateTime.now();
    }

    /** First and last moment of the bar, in milliseconds. */
    get span() {
        const first = this.data.start || this.until;
        const last = Math.max(this.until, this.data.deadline || 0);
        return { first: +first, last: last + (last - first || 1) * MARGIN };
    }

    /** @returns {Number} where a moment lies on the bar, in percent */
    place(moment) {
        const { first, last } = this.span;
        return Math.min(100, Math.max(0, (100 * (moment - first)) / (last - first || 1)));
    }

    get pieces() {
        let counted = 0;
        return this.rows.map((row, index) => {
            const from = deserializeDateTime(row.from);
            const to = deserializeDateTime(row.to);
            counted += row.kind === "counted" ? row.seconds : 0;
            const piece = {
                index,
                kind: row.kind,
                label: KINDS[row.kind],
                left: this.place(from),
                width: this.place(to) - this.place(from),
                from: this.time(from),
                to: this.time(to),
                duration: this.format(row.seconds),
                counted: this.format(counted),
            };
            piece.title = _t("%(label)s, %(duration)s: %(from)s – %(to)s", piece);
            return piece;
        });
    }

    /** The time still to come until the deadline. */
    get rest() {
        const { deadline } = this.data;
        if (!this.isOpen || !deadline || deadline <= this.until) {
            return null;
        }
        const left = this.place(this.until);
        return { left, width: this.place(deadline) - left };
    }

    /** Marks over the bar: the deadline, and now or the moment the promise was done. */
    get marks() {
        const marks = [];
        const { deadline } = this.data;
        if (deadline) {
            marks.push({
                name: "deadline",
                icon: "fa-flag",
                left: this.place(deadline),
                label: _t("Deadline: %s", this.time(deadline)),
            });
        }
        if (this.data.done_at) {
            marks.push({
                name: "done",
                icon: this.data.is_missed ? "fa-times" : "fa-check",
                isLate: this.data.is_missed,
                left: this.place(this.data.done_at),
                label: _t("Done: %s", this.time(this.data.done_at)),
            });
        } else if (this.isOpen) {
            marks.push({
                name: "now",
                icon: "fa-caret-down",
                left: this.place(this.until),
                label: _t("Now: %s", this.time(this.until)),
            });
        }
        return marks;
    }

    /** @returns {Object} seconds by kind */
    get sums() {
        const sums = {};
        for (const row of this.rows) {
            sums[row.kind] = (sums[row.kind] || 0) + row.seconds;
        }
        return sums;
    }

    get legend() {
        return Object.entries(KINDS)
            .filter(([kind]) => this.sums[kind])
            .map(([kind, label]) => ({ kind, label, duration: this.format(this.sums[kind]) }));
    }

    get used() {
        return this.sums.counted || 0;
    }

    get counted() {
        return this.format(this.used);
    }

    get promised() {
        return this.format(this.data.budget || 0);
    }

    get promisedText() {
        return _t("of %s promised", this.promised);
    }

    get difference() {
        const left = (this.data.budget || 0) - this.used;
        return {
            label: left < 0 ? _t("Over the promised time") : _t("Left"),
            duration: this.format(Math.abs(left)),
            isOver: left < 0,
        };
    }

    /** The bar in words. */
    get summary() {
        const parts = [
            _t("%(counted)s of %(promised)s counted", {
                counted: this.counted,
                promised: this.promised,
            }),
            ...this.legend
                .filter((item) => item.kind !== "counted")
                .map((item) => _t("%(label)s: %(duration)s", item)),
            ...this.marks.map((mark) => mark.label),
        ];
        return parts.join("; ");
    }

    /**
     * @param {luxon.DateTime} moment
     * @returns {String} date and time to the minute
     */
    time(moment) {
        return toLocaleDateTimeString(moment, { showSeconds: false });
    }

    /**
     * @param {Number} seconds
     * @returns {String} hours and minutes
     */
    format(seconds) {
        const minutes = Math.round(seconds / 60);
        if (minutes < 60) {
            return _t("%s min", minutes);
        }
        if (minutes % 60 === 0) {
            return _t("%s h", minutes / 60);
        }
        return _t("%(hours)s h %(minutes)s min", {
            hours: Math.floor(minutes / 60),
            minutes: minutes % 60,
        });
    }
}

registry.category("fields").add("cpm_sla_ledger", {
    component: SlaLedger,
    displayName: _t("Clock of a promise"),
    supportedTypes: ["json"],
    fieldDependencies: [
        { name: "start", type: "datetime" },
        { name: "deadline", type: "datetime" },
        { name: "done_at", type: "datetime" },
        { name: "budget", type: "integer" },
        { name: "is_missed", type: "boolean" },
        { name: "state", type: "selection" },
    ],
    extractProps: ({ options }) => ({ isDetailed: Boolean(options.detailed) }),
});

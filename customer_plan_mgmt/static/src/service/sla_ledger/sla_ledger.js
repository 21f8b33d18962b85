import { Component } from "@odoo/owl";
import { deserializeDateTime, formatDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const KINDS = {
    counted: _t("Counted"),
    outside_hours: _t("Outside working hours"),
    holiday: _t("Holiday"),
    paused: _t("Paused"),
    waiting: _t("Waiting for the customer"),
};

/**
 * The ledger of a promise: a bar of what counted and what did not, with the same as a
 * table for readers who cannot see it.
 */
export class SlaLedger extends Component {
    static template = "customer_plan_mgmt.SlaLedger";
    static props = { ...standardFieldProps, isDetailed: { type: Boolean, optional: true } };

    get pieces() {
        const rows = this.props.record.data[this.props.name] || [];
        const total = rows.reduce((sum, row) => sum + row.seconds, 0) || 1;
        return rows.map((row, index) => ({
            index,
            kind: row.kind,
            label: KINDS[row.kind],
            width: (100 * row.seconds) / total,
            from: formatDateTime(deserializeDateTime(row.from)),
            to: formatDateTime(deserializeDateTime(row.to)),
            duration: this.format(row.seconds),
        }));
    }

    get kinds() {
        const used = new Set(this.pieces.map((piece) => piece.kind));
        return Object.entries(KINDS)
            .filter(([kind]) => used.has(kind))
            .map(([kind, label]) => ({ kind, label }));
    }

    /** Sum of what counted, as text. */
    get counted() {
        const rows = this.props.record.data[this.props.name] || [];
        return this.format(
            rows
                .filter((row) => row.kind === "counted")
                .reduce((sum, row) => sum + row.seconds, 0)
        );
    }

    get summary() {
        return this.pieces
            .map((piece) => `${piece.from} – ${piece.to}: ${piece.label} (${piece.duration})`)
            .join("; ");
    }

    /**
     * @param {Number} seconds
     * @returns {String} hours and minutes
     */
    format(seconds) {
        const minutes = Math.floor(seconds / 60);
        const rest = seconds % 60;
        const clock = _t("%(hours)s h %(minutes)s min", {
            hours: Math.floor(minutes / 60),
            minutes: minutes % 60,
        });
        return rest && minutes < 60 ? _t("%(clock)s %(seconds)s s", { clock, seconds: rest }) : clock;
    }
}

registry.category("fields").add("cpm_sla_ledger", {
    component: SlaLedger,
    displayName: _t("Clock of a promise"),
    supportedTypes: ["json"],
    extractProps: ({ options }) => ({ isDetailed: Boolean(options.detailed) }),
});

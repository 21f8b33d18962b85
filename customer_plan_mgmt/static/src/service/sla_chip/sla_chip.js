import { Component, onWillUnmount, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { toLocaleDateTimeString } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const { DateTime } = luxon;
const MINUTE = 60 * 1000;

const LOOKS = {
    green: "text-bg-success",
    amber: "text-bg-warning",
    red: "text-bg-danger",
    paused: "text-bg-secondary",
    met: "text-bg-light",
    missed: "text-bg-danger",
    exempt: "text-bg-light",
    cancelled: "text-bg-light",
};

/**
 * State of a promise as a chip with a countdown. The colour turns by itself while
 * the screen is open: overdue never waits for a reload.
 */
export class SlaChip extends Component {
    static template = "customer_plan_mgmt.SlaChip";
    static props = {
        ...standardFieldProps,
        deadlineField: { type: String, optional: true },
    };

    setup() {
        this.clock = useState({ now: DateTime.now() });
        const timer = browser.setInterval(() => {
            this.clock.now = DateTime.now();
        }, MINUTE);
        onWillUnmount(() => browser.clearInterval(timer));
    }

    /** @returns {luxon.DateTime | undefined} */
    get deadline() {
        const data = this.props.record.data;
        return data[this.props.deadlineField] || data.sla_deadline || data.deadline;
    }

    get signal() {
        const signal = this.props.record.data[this.props.name];
        const isTicking = ["green", "amber"].includes(signal);
        return isTicking && this.deadline && this.deadline < this.clock.now ? "red" : signal;
    }

    get look() {
        return LOOKS[this.signal] || "";
    }

    get label() {
        const options = this.props.record.fields[this.props.name].selection;
        const label = (options.find(([key]) => key === this.signal) || ["", ""])[1];
        if (["green", "amber", "red"].includes(this.signal) && this.deadline) {
            return this.countdown;
        }
        return label;
    }

    /** Time left or gone by in the two largest units. */
    get countdown() {
        const minutes = Math.round(this.deadline.diff(this.clock.now, "minutes").minutes);
        const size = Math.abs(minutes);
        const parts = [
            [Math.floor(size / 1440), (count) => _t("%s d", count)],
            [Math.floor((size % 1440) / 60), (count) => _t("%s h", count)],
            [size % 60, (count) => _t("%s min", count)],
        ];
        const first = parts.findIndex(([count], index) => count || index === 2);
        const text = parts
            .slice(first, first + 2)
            .filter(([count], index) => count || !index)
            .map(([count, write]) => write(count))
            .join(" ");
        return minutes < 0 ? _t("%s late", text) : _t("%s left", text);
    }

    get title() {
        const options = this.props.record.fields[this.props.name].selection;
        const label = (options.find(([key]) => key === this.signal) || ["", ""])[1];
        if (!this.deadline) {
            return label;
        }
        const moment = toLocaleDateTimeString(this.deadline, { showSeconds: false });
        return _t("%(state)s: %(moment)s", { state: label, moment });
    }
}

registry.category("fields").add("cpm_sla_chip", {
    component: SlaChip,
    displayName: _t("Promise with countdown"),
    supportedTypes: ["selection"],
    extractProps: ({ options }) => ({
        deadlineField: options.deadline_field,
    }),
});

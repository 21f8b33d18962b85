import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/**
 * How far a plan or a goal is, as a ring in the colour of its status.
 *
 * What was never measured is no zero: the ring stays empty and shows a dash. Colour
 * never stands alone, the status is told in words as well.
 */
export class ProgressRingField extends Component {
    static template = "customer_plan_mgmt.ProgressRing";
    static props = { ...standardFieldProps, statusField: String };

    get isMeasured() {
        return Boolean(this.props.record.data.is_measured);
    }

    get percent() {
        return Math.round(this.props.record.data[this.props.name] || 0);
    }

    /** Length of the coloured part of the circle, of 100. */
    get arc() {
        return this.isMeasured ? Math.min(100, Math.max(0, this.percent)) : 0;
    }

    get text() {
        return this.isMeasured ? `${this.percent}%` : "–";
    }

    get status() {
        return this.props.record.data[this.props.statusField] || "none";
    }

    get statusLabel() {
        const selection = this.props.record.fields[this.props.statusField].selection;
        return selection.find(([key]) => key === this.status)?.[1] || "";
    }

    /** What a screen reader says and the pointer shows. */
    get description() {
        if (!this.isMeasured) {
            return _t("Progress: not measured yet");
        }
        if (!this.statusLabel) {
            return _t("Progress: %s %", this.percent);
        }
        return _t("Progress: %(percent)s %, %(status)s", {
            percent: this.percent,
            status: this.statusLabel,
        });
    }
}

export const progressRingField = {
    component: ProgressRingField,
    displayName: _t("Progress ring"),
    supportedTypes: ["float"],
    supportedOptions: [
        {
            label: _t("Field with the status"),
            name: "status_field",
            type: "field",
            availableTypes: ["selection"],
        },
    ],
    extractProps: ({ options }) => ({ statusField: options.status_field || "goal_status" }),
    fieldDependencies: ({ options }) => [
        { name: "is_measured", type: "boolean", readonly: true },
        { name: options.status_field || "goal_status", type: "selection", readonly: true },
    ],
};

registry.category("fields").add("cpm_progress_ring", progressRingField);

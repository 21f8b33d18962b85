import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const ICONS = {
    fresh: "fa-leaf",
    changed: "fa-exchange",
    due: "fa-clock-o",
    stale: "fa-hourglass-end",
};
const COLORS = {
    fresh: "text-bg-success",
    changed: "text-bg-info",
    due: "text-bg-warning",
    stale: "text-bg-danger",
};

/** Whether anybody still looks after a plan; the reason shows when pointed at. */
export class FreshnessField extends Component {
    static template = "customer_plan_mgmt.Freshness";
    static props = { ...standardFieldProps };

    get value() {
        return this.props.record.data[this.props.name];
    }

    get label() {
        const { selection } = this.props.record.fields[this.props.name];
        return selection.find(([key]) => key === this.value)?.[1] || "";
    }

    get reason() {
        return this.props.record.data.freshness_text || "";
    }

    get icon() {
        return ICONS[this.value];
    }

    get color() {
        return COLORS[this.value];
    }
}

registry.category("fields").add("cpm_freshness", {
    component: FreshnessField,
    displayName: _t("Freshness"),
    supportedTypes: ["selection"],
    fieldDependencies: [{ name: "freshness_text", type: "char", readonly: true }],
});

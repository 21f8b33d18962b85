import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { formatFloat } from "@web/views/fields/formatters";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/**
 * A score from 0 to 100 with its level.
 *
 * The level tells a missing score (no level) from a score of zero: the server sends
 * 0 for both, and a customer without data must not look like a bad customer.
 */
export class ScoreField extends Component {
    static template = "customer_plan_mgmt.ScoreGauge";
    static props = {
        ...standardFieldProps,
        levelField: String,
        alarm: { type: Boolean, optional: true },
        label: { type: String, optional: true },
    };

    get level() {
        return this.props.record.data[this.props.levelField] || false;
    }

    get isMissing() {
        return !this.level;
    }

    get levelLabel() {
        const selection = this.props.record.fields[this.props.levelField].selection;
        return selection.find(([key]) => key === this.level)?.[1] || "";
    }

    get score() {
        return this.isMissing ? 0 : this.props.record.data[this.props.name];
    }

    get label() {
        return this.props.label || this.props.record.fields[this.props.name].string;
    }

    get formattedScore() {
        return this.isMissing ? "–" : formatFloat(this.score, { trailingZeros: false });
    }

    get alignedScore() {
        return this.isMissing ? "" : formatFloat(this.score, { digits: [16, 2] });
    }

    /** A low value or loyalty is no alarm, a low health is. */
    get colorClass() {
        const tone = this.level === "low" && this.props.alarm ? "alarm" : this.level;
        return `o_cpm_level_${tone}`;
    }

    /** Length of the coloured part of the half circle, of 100. */
    get arc() {
        return Math.min(100, Math.max(0, this.score));
    }

    /** What a screen reader says and the pointer shows. */
    get description() {
        if (this.isMissing) {
            return _t("%s: no score, there is no data yet", this.label);
        }
        return _t("%(label)s: %(score)s of 100, %(level)s", {
            label: this.label,
            score: this.formattedScore,
            level: this.levelLabel,
        });
    }
}

export class ScoreListField extends ScoreField {
    static template = "customer_plan_mgmt.ScoreList";
}

export class ScoreBarField extends ScoreField {
    static template = "customer_plan_mgmt.ScoreBar";
}

const levelOf = (options, name) => options.level_field || name.replace(/_score$/, "_level");

export const scoreField = {
    component: ScoreField,
    displayName: _t("Score with level"),
    supportedTypes: ["float"],
    supportedOptions: [
        {
            label: _t("Field with the level"),
            name: "level_field",
            type: "field",
            availableTypes: ["selection"],
        },
        { label: _t("Low is an alarm"), name: "alarm", type: "boolean" },
    ],
    // Labels come from the field; "nolabel" cells show the gauge alone
    extractProps: ({ name, options, string }) => ({
        levelField: levelOf(options, name),
        alarm: Boolean(options.alarm),
        label: string,
    }),
    fieldDependencies: ({ name, options }) => [
        {
            name: levelOf(options, name),
            type: "selection",
            readonly: true,
        },
    ],
};

registry.category("fields").add("cpm_score", scoreField);
registry.category("fields").add("list.cpm_score", { ...scoreField, component: ScoreListField });
registry.category("fields").add("kanban.cpm_score", { ...scoreField, component: ScoreBarField });

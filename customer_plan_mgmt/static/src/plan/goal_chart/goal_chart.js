import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { formatFloat } from "@web/views/fields/formatters";
import {
    JournalDashboardGraphField,
    journalDashboardGraphField,
} from "@web/views/fields/journal_dashboard_graph/journal_dashboard_graph_field";

const TARGET = "#28a745";
const BASELINE = "#8f8f8f";

/**
 * The course of a goal between its baseline and its target.
 *
 * The standard chart reads its data once, when it is created; with the pager of a
 * dialog it would go on showing the goal before. This one reads it at every drawing.
 * A single value is drawn as a point.
 */
export class GoalChartField extends JournalDashboardGraphField {
    static template = "customer_plan_mgmt.GoalChart";

    get series() {
        return JSON.parse(this.props.record.data[this.props.name] || "[]");
    }

    get hasValues() {
        return Boolean(this.series[0]?.values.length);
    }

    renderChart() {
        this.data = this.series;
        if (this.hasValues) {
            super.renderChart();
        } else if (this.chart) {
            this.chart.destroy();
            this.chart = null;
        }
    }

    getLineChartConfig() {
        const config = super.getLineChartConfig();
        const [{ values, target, baseline }] = this.data;
        const line = (label, value, color) => ({
            label,
            data: values.map((point) => ({ x: point.x, y: value })),
            borderColor: color,
            borderWidth: 1.5,
            borderDash: [6, 4],
            pointRadius: values.length > 1 ? 0 : 3,
            fill: false,
        });
        Object.assign(config.data.datasets[0], { fill: false, pointRadius: 3 });
        config.data.datasets.push(
            line(_t("Target"), target, TARGET),
            line(_t("Baseline"), baseline, BASELINE),
        );
        config.options.animation = false;
        config.options.plugins.legend = { display: true, position: "bottom" };
        config.options.scales.y.display = true;
        config.options.scales.y.grace = "10%";
        config.options.scales.x.display = true;
        return config;
    }

    /** What a screen reader says: the picture in one sentence. */
    get description() {
        const [{ key, values, target, baseline }] = this.series;
        const format = (value) => formatFloat(value, { trailingZeros: false });
        return _t(
            "%(goal)s: %(count)s values from %(first)s to %(last)s, baseline %(baseline)s, target %(target)s",
            {
                goal: key,
                count: values.length,
                first: format(values[0].y),
                last: format(values[values.length - 1].y),
                baseline: format(baseline),
                target: format(target),
            },
        );
    }
}

registry.category("fields").add("cpm_goal_chart", {
    ...journalDashboardGraphField,
    component: GoalChartField,
    extractProps: () => ({ graphType: "line" }),
});

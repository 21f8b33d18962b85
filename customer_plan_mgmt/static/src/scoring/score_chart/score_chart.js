import { registry } from "@web/core/registry";
import {
    JournalDashboardGraphField,
    journalDashboardGraphField,
} from "@web/views/fields/journal_dashboard_graph/journal_dashboard_graph_field";

/**
 * The course of a score as a small line chart.
 *
 * The standard chart reads its data once, when it is created; with the pager of a
 * form it would go on showing the customer before. This one reads it at every
 * drawing, and says so in words when there are too few points for a line.
 */
export class ScoreChartField extends JournalDashboardGraphField {
    static template = "customer_plan_mgmt.ScoreChart";

    get series() {
        return JSON.parse(this.props.record.data[this.props.name] || "[]");
    }

    get hasLine() {
        return this.series.length > 0 && this.series[0].values.length > 1;
    }

    renderChart() {
        this.data = this.series;
        if (this.hasLine) {
            super.renderChart();
        } else if (this.chart) {
            this.chart.destroy();
            this.chart = null;
        }
    }

    getLineChartConfig() {
        const config = super.getLineChartConfig();
        // Scores lie between 0 and 100: a fixed scale keeps small changes small
        Object.assign(config.options.scales.y, { min: 0, max: 100 });
        config.data.datasets[0].stepped = "before";
        config.options.animation = false;
        return config;
    }
}

registry.category("fields").add("cpm_score_chart", {
    ...journalDashboardGraphField,
    component: ScoreChartField,
    extractProps: () => ({ graphType: "line" }),
});

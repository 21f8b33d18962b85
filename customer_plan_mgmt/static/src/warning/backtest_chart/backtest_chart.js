import { Component, onWillStart, onWillUnmount, useEffect, useRef } from "@odoo/owl";
import { loadBundle } from "@web/core/assets";
import { getColor } from "@web/core/colors/colors";
import { cookie } from "@web/core/browser/cookie";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { formatPercentage } from "@web/views/fields/formatters";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const GREY = "#8f8f8f";
const axis = (text) => ({
    type: "linear",
    min: 0,
    max: 1,
    title: { display: true, text },
    ticks: { callback: (value) => formatPercentage(value) },
});

/**
 * Two pictures of a back-test: how early each signal finds those who left, and whether
 * a probability means what it says.
 */
export class BacktestChart extends Component {
    static template = "customer_plan_mgmt.BacktestChart";
    static props = { ...standardFieldProps };

    setup() {
        this.gains = useRef("gains");
        this.calibration = useRef("calibration");
        this.charts = [];
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            () => this.draw(),
            () => [JSON.stringify(this.data)],
        );
        onWillUnmount(() => this.clear());
    }

    get data() {
        return this.props.record.data[this.props.name] || { gains: [], calibration: [] };
    }

    /** What a screen reader says of the first picture. */
    get gainsDescription() {
        return this.data.gains
            .map(({ name, values }) =>
                _t("%(name)s: the first tenth holds %(first)s, the first half %(half)s.", {
                    name,
                    first: formatPercentage(values[0]),
                    half: formatPercentage(values[4]),
                }),
            )
            .join(" ");
    }

    /** What a screen reader says of the second picture. */
    get calibrationDescription() {
        return this.data.calibration
            .flatMap(({ name, points }) =>
                points.map((point) =>
                    _t("%(name)s said %(predicted)s of %(count)s, %(left)s left.", {
                        name,
                        predicted: formatPercentage(point.predicted),
                        count: point.count,
                        left: formatPercentage(point.left),
                    }),
                ),
            )
            .join(" ");
    }

    clear() {
        for (const chart of this.charts) {
            chart.destroy();
        }
        this.charts = [];
    }

    draw() {
        this.clear();
        if (this.data.gains.length) {
            this.charts.push(this.makeChart(this.gains.el, this.gainSets(), this.gainAxes()));
        }
        if (this.data.calibration.length) {
            const axes = { x: axis(_t("Probability")), y: axis(_t("Share that left")) };
            this.charts.push(this.makeChart(this.calibration.el, this.calibrationSets(), axes));
        }
    }

    gainAxes() {
        return {
            x: axis(_t("Share of the customers, the most likely to leave first")),
            y: axis(_t("Share found of those who left")),
        };
    }

    line(label, data, color, more = {}) {
        return { label, data, borderColor: color, backgroundColor: color, borderWidth: 2, ...more };
    }

    get diagonal() {
        const points = [
            { x: 0, y: 0 },
            { x: 1, y: 1 },
        ];
        return { points, style: { borderDash: [6, 4], borderWidth: 1.5, pointRadius: 0 } };
    }

    color(index) {
        const lines = Math.max(this.data.gains.length, 3);
        return getColor(index, cookie.get("color_scheme"), lines);
    }

    gainSets() {
        const { points, style } = this.diagonal;
        return [
            ...this.data.gains.map(({ name, values, is_rival }, index) =>
                this.line(
                    name,
                    [{ x: 0, y: 0 }, ...values.map((y, tenth) => ({ x: (tenth + 1) / 10, y }))],
                    this.color(index),
                    { borderDash: is_rival ? [3, 3] : [], pointRadius: 2 },
                ),
            ),
            this.line(_t("Chance"), points, GREY, style),
        ];
    }

    calibrationSets() {
        const { points, style } = this.diagonal;
        return [
            ...this.data.calibration.map((curve, index) =>
                this.line(
                    curve.name,
                    curve.points.map(({ predicted, left, count }) => ({
                        x: predicted,
                        y: left,
                        count,
                    })),
                    this.color(index),
                    { pointRadius: 4 },
                ),
            ),
            this.line(_t("As foretold"), points, GREY, style),
        ];
    }

    makeChart(canvas, datasets, scales) {
        return new window.Chart(canvas, {
            type: "line",
            data: { datasets },
            options: {
                animation: false,
                maintainAspectRatio: false,
                scales,
                plugins: {
                    legend: {
                        position: "bottom",
                        labels: { usePointStyle: true, pointStyle: "line" },
                    },
                    tooltip: { callbacks: { title: () => "", label: (item) => this.tip(item) } },
                },
            },
        });
    }

    tip({ dataset, raw }) {
        const text = `${dataset.label}: ${formatPercentage(raw.x)} → ${formatPercentage(raw.y)}`;
        return raw.count === undefined
            ? text
            : _t("%(text)s (%(count)s customers)", { text, count: raw.count });
    }
}

registry.category("fields").add("cpm_backtest_chart", {
    component: BacktestChart,
    supportedTypes: ["json", "jsonb"],
});

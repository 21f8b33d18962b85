import { registry } from "@web/core/registry";
import { BatchProgress } from "../../plan/batch_progress/batch_progress";

/** Reads a back-test again and again until it was run in the background. */
export class BacktestProgress extends BatchProgress {
    static template = "customer_plan_mgmt.BacktestProgress";

    get isRunning() {
        return this.props.record.data.state === "waiting";
    }
}

registry.category("view_widgets").add("cpm_backtest_progress", {
    component: BacktestProgress,
    fieldDependencies: [{ name: "state", type: "selection", readonly: true }],
});

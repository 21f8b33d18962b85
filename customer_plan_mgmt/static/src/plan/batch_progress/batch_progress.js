import { Component, onMounted, onPatched, onWillUnmount } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

// Milliseconds between two looks at an order that is under way
const PAUSE = 5000;

/** Reads an order of plans again and again until it is done. */
export class BatchProgress extends Component {
    static template = "customer_plan_mgmt.BatchProgress";
    static props = { ...standardWidgetProps };

    setup() {
        this.timer = null;
        onMounted(() => this.wait());
        onPatched(() => this.wait());
        onWillUnmount(() => browser.clearTimeout(this.timer));
    }

    get isRunning() {
        return this.props.record.data.state === "running";
    }

    wait() {
        browser.clearTimeout(this.timer);
        if (this.isRunning) {
            this.timer = browser.setTimeout(() => this.refresh(), PAUSE);
        }
    }

    async refresh() {
        browser.clearTimeout(this.timer);
        // Nobody looks at a hidden tab: ask again when it is shown
        if (!document.hidden) {
            await this.props.record.load();
        }
        this.wait();
    }
}

registry.category("view_widgets").add("cpm_batch_progress", {
    component: BatchProgress,
    fieldDependencies: [{ name: "state", type: "selection", readonly: true }],
});

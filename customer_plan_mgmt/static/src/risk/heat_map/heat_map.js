import { Component, onWillStart, onWillUpdateProps, useRef, useState } from "@odoo/owl";
import { Domain } from "@web/core/domain";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";
import { CogMenu } from "@web/search/cog_menu/cog_menu";
import { Layout } from "@web/search/layout";
import { SearchBar } from "@web/search/search_bar/search_bar";
import { useSearchBarToggler } from "@web/search/search_bar/search_bar_toggler";
import { standardViewProps } from "@web/views/standard_view_props";

const AXES = {
    residual: ["net_probability_id", "net_impact_id"],
    inherent: ["inherent_probability_id", "inherent_impact_id"],
};

/**
 * Risks as a grid of probability and impact. The scales and the levels come from the
 * configuration, the numbers from one grouped read with the filters of the search bar.
 */
export class RiskHeatMap extends Component {
    static template = "customer_plan_mgmt.RiskHeatMap";
    static components = { CogMenu, Layout, SearchBar };
    static props = { ...standardViewProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.keepLast = new KeepLast();
        this.searchBarToggler = useSearchBarToggler();
        this.state = useState({
            kind: this.props.state?.kind || "residual",
            grid: { rows: [], columns: [], cells: {}, open: 0, unassessed: 0 },
        });
        useSetupAction({
            rootRef: useRef("root"),
            getLocalState: () => ({ kind: this.state.kind }),
        });
        onWillStart(() => this.load(this.props));
        onWillUpdateProps((props) => this.load(props));
    }

    get kinds() {
        return [
            { name: "residual", label: _t("Residual"), help: _t("With the control measures") },
            { name: "inherent", label: _t("Inherent"), help: _t("Before the control measures") },
        ];
    }

    async load(props) {
        this.state.grid = await this.keepLast.add(this.read(props));
    }

    async read({ resModel, domain, context }) {
        const axes = AXES[this.state.kind];
        const [groups, levels] = await Promise.all([
            this.orm.formattedReadGroup(resModel, domain, axes, ["__count"], { context }),
            this.orm.searchRead("cpm.risk.level", [], ["name", "from_value", "color"], {
                order: "from_value desc",
            }),
        ]);
        // Archived steps as long as a risk is judged by them
        const used = groups.flatMap((group) => axes.map((axis) => group[axis] && group[axis][0]));
        const steps = await this.orm.searchRead(
            "cpm.risk.scale",
            ["|", ["active", "=", true], ["id", "in", used.filter(Boolean)]],
            ["kind", "value", "name", "description"],
            { order: "value", context: { active_test: false } },
        );
        return this.makeGrid(groups, levels, steps);
    }

    makeGrid(groups, levels, steps) {
        const [probability, impact] = AXES[this.state.kind];
        const columns = steps.filter((step) => step.kind === "impact");
        const rows = steps.filter((step) => step.kind === "probability").reverse();
        const grid = { rows, columns, cells: {}, open: 0, unassessed: 0 };
        for (const row of rows) {
            for (const column of columns) {
                const value = row.value * column.value;
                const level = levels.find((band) => band.from_value <= value);
                grid.cells[`${row.id}-${column.id}`] = { count: 0, level, row, column, value };
            }
        }
        for (const group of groups) {
            const [row, column] = [group[probability], group[impact]];
            grid.open += group.__count;
            if (row && column) {
                grid.cells[`${row[0]}-${column[0]}`].count = group.__count;
            } else {
                grid.unassessed += group.__count;
            }
        }
        return grid;
    }

    cellOf(row, column) {
        return this.state.grid.cells[`${row.id}-${column.id}`];
    }

    label({ row, column, level, count }) {
        return _t("Probability %(row)s, impact %(column)s, level %(level)s: %(count)s risks", {
            row: row.name,
            column: column.name,
            level: level ? level.name : _t("none"),
            count,
        });
    }

    async setKind(kind) {
        this.state.kind = kind;
        await this.load(this.props);
    }

    openCell({ row, column }) {
        const [probability, impact] = AXES[this.state.kind];
        return this.openList(`${row.name} × ${column.name}`, [
            [probability, "=", row.id],
            [impact, "=", column.id],
        ]);
    }

    openUnassessed() {
        const [probability, impact] = AXES[this.state.kind];
        return this.openList(_t("Not assessed yet"), [
            "|",
            [probability, "=", false],
            [impact, "=", false],
        ]);
    }

    openList(name, domain) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name,
            res_model: this.props.resModel,
            views: [
                [false, "list"],
                [false, "form"],
            ],
            domain: Domain.and([this.props.domain, domain]).toList(),
        });
    }
}

registry.category("views").add("cpm_risk_heat_map", {
    type: "graph",
    display_name: _t("Heat map"),
    icon: "fa fa-th",
    multiRecord: true,
    Controller: RiskHeatMap,
    searchMenuTypes: ["filter", "favorite"],
    props: (genericProps) => genericProps,
});

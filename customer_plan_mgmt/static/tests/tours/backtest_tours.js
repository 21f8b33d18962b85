import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

const menu = (section, item) => [
    {
        content: `open the menu ${section}`,
        trigger: `.o_menu_sections [data-menu-xmlid='customer_plan_mgmt.${section}']`,
        run: "click",
    },
    {
        content: `choose ${item}`,
        trigger: `.o-dropdown--menu [data-menu-xmlid='customer_plan_mgmt.${item}']`,
        run: "click",
    },
];

// The manager looks where the risks lie, then whether the warnings can be trusted
tours.add("cpm_backtest_story", {
    url: "/odoo/customer-risk-map",
    steps: () => [
        {
            content: "one risk is critical",
            trigger: ".o_cpm_heat_cell button[data-value='20']:contains('1')",
        },
        ...menu("menu_cpm_cockpit", "menu_cpm_backtest"),
        {
            content: "a test waits to be run",
            trigger: ".o_list_view .o_data_row td[name='horizon_days']:contains('100')",
            run: "click",
        },
        {
            content: "run it",
            trigger: ".o_statusbar_buttons button[name='action_run']:contains('Run')",
            run: "click",
        },
        {
            content: "the answer in words",
            trigger: ".o_form_view .o_field_widget[name='headline']:contains('Of 10 customers')",
        },
        {
            content: "and what it is worth",
            trigger:
                ".o_form_view p .o_field_widget[name='remark']:contains('orders the customers better')",
        },
        {
            content: "a rule that warns of eight",
            trigger:
                ".o_field_widget[name='result_ids'] .o_data_row:contains('Silent for 25 days') td[name='warned_count']:contains('8')",
        },
        {
            content: "as many by the naive rivals",
            trigger:
                ".o_field_widget[name='result_ids'] .o_data_row:contains('Longest silence') td[name='warned_count']:contains('8')",
        },
        {
            content: "the best is marked",
            trigger: ".o_field_widget[name='result_ids'] .o_data_row .fa-trophy",
        },
        {
            content: "look at the curves",
            trigger: ".o_notebook .nav-link[name='curves']",
            run: "click",
        },
        {
            content: "every line is told in words as well",
            trigger:
                ".o_cpm_backtest_canvas[aria-label*='Longest silence'][aria-label*='Any warning rule'] canvas",
        },
        {
            content: "how the signals did over time",
            trigger: ".o_statusbar_buttons button[name='action_view_results']",
            run: "click",
        },
        {
            trigger: ".o_graph_view .o_graph_renderer canvas",
        },
    ],
});

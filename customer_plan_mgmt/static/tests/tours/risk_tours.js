import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

const press = (name) => ({
    content: `press ${name}`,
    trigger: `.o_statusbar_buttons button[name='${name}']:enabled:visible`,
    run: "click",
});

const choose = (field, text, within = "") => [
    {
        content: `look for ${text}`,
        trigger: `${within} .o_field_widget[name='${field}'] input`,
        run: `edit ${text}`,
    },
    {
        content: `choose ${text}`,
        trigger: `.o-autocomplete--dropdown-item:contains('${text}')`,
        run: "click",
    },
];

const stageIs = (label) => ({
    content: `the stage is ${label}`,
    trigger: `.o_statusbar_status .o_arrow_button_current:contains('${label}')`,
});

// The manager looks where the risks lie and opens the worst
tours.add("cpm_risk_heat_map", {
    url: "/odoo/customer-risk-map",
    steps: () => [
        {
            content: "one risk is still critical",
            trigger:
                ".o_cpm_heat_cell button[data-value='20'][aria-label*='Critical']:contains('1')",
        },
        {
            content: "the other is low by now",
            trigger: ".o_cpm_heat_cell button[data-value='4'][aria-label*='Low']:contains('1')",
        },
        {
            content: "one is not assessed",
            trigger: ".o_cpm_unassessed:contains('1')",
        },
        {
            content: "before the measures both were critical",
            trigger: ".o_cpm_heat_map button[data-kind='inherent']",
            run: "click",
        },
        {
            trigger: ".o_cpm_heat_cell button[data-value='20']:contains('2')",
        },
        {
            trigger: ".o_cpm_heat_map button[data-kind='residual']",
            run: "click",
        },
        {
            content: "open the low one with the keyboard",
            trigger: ".o_cpm_heat_cell button[data-value='4']",
            run: (helpers) => {
                helpers.anchor.focus();
                if (document.activeElement !== helpers.anchor) {
                    throw new Error("the cell cannot be reached by the keyboard");
                }
                helpers.anchor.click();
            },
        },
        {
            content: "the list shows that one only",
            trigger:
                ".o_list_view:not(:contains('Late payer')) .o_data_row:contains('Rival in town')",
        },
    ],
});

// A risk from the first idea to the closed file
tours.add("cpm_risk_story", {
    url: "/odoo/customer-risks",
    steps: () => [
        {
            trigger: ".o_kanban_button_new, .o-kanban-button-new",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name='name'] input",
            run: "edit The buyer retires",
        },
        ...choose("profile_id", "Aurora"),
        ...choose("category_id", "Money"),
        ...choose("inherent_probability_id", "probability 4"),
        ...choose("inherent_impact_id", "impact 5"),
        {
            content: "what to do about it",
            trigger: ".o_field_widget[name='response'] input",
            run: "click",
        },
        {
            trigger: ".o_select_menu_item:contains('Reduce')",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name='control_ids'] .o_field_x2many_list_row_add a",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name='control_ids'] [name='name'] input",
            run: "edit Meet the successor",
        },
        {
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "it is critical",
            trigger: ".oe_title .badge:contains('Critical')",
        },
        press("action_start_assessment"),
        stageIs("Assessment"),
        press("action_control"),
        stageIs("Control"),
        {
            content: "the measure is done",
            trigger: ".o_data_row:contains('Meet the successor') .o_boolean_toggle input",
            run: "click",
        },
        {
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "saved",
            trigger: ".o_form_saved, .o_form_status_indicator_buttons.invisible:not(:visible)",
        },
        press("action_assess"),
        ...choose("residual_probability_id", "probability 1", ".modal"),
        {
            trigger: ".modal .o_field_widget[name='reason'] textarea",
            run: "edit We know the successor",
        },
        {
            trigger: ".modal button[name='action_confirm']",
            run: "click",
        },
        {
            content: "it is medium now",
            trigger: ".oe_title .badge:contains('Medium')",
        },
        press("action_monitor"),
        stageIs("Monitoring"),
        press("action_close"),
        {
            trigger: ".modal .o_field_widget[name='reason'] textarea",
            run: "edit The successor buys as before",
        },
        {
            trigger: ".modal button[name='action_confirm']",
            run: "click",
        },
        {
            trigger: ".alert:contains('The successor buys as before')",
        },
        stageIs("Closed"),
    ],
});

import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const tours = registry.category("web_tour.tours");

const openApp = () => [
    stepUtils.showAppsMenuItem(),
    {
        content: "open the app",
        trigger: ".o_app[data-menu-xmlid='customer_plan_mgmt.menu_cpm_root']",
        run: "click",
    },
    {
        content: "go to the customers; the app opens with the Cockpit",
        trigger: ".o_menu_sections a[data-menu-xmlid='customer_plan_mgmt.menu_cpm_customers']",
        run: "click",
    },
    {
        trigger: ".o_breadcrumb:contains('Customers')",
    },
];

const openMenu = (section, entry) => [
    {
        content: "open the section of the menu",
        trigger: `.o_menu_sections button[data-menu-xmlid='customer_plan_mgmt.${section}']`,
        run: "click",
    },
    {
        content: "choose the entry",
        trigger: `.o-dropdown--menu a[data-menu-xmlid='customer_plan_mgmt.${entry}']`,
        run: "click",
    },
];

const openTab = (name) => ({
    content: `open the tab ${name}`,
    trigger: `.o_notebook a.nav-link[name='${name}']`,
    run: "click",
});

// A colleague with own customers finds one, understands the score, proposes a tier
tours.add("cpm_user_proposes_tier", {
    url: "/odoo",
    steps: () => [
        ...openApp(),
        {
            content: "the own customer is there",
            trigger: ".o_kanban_record:contains('Aurora Fashion')",
        },
        {
            content: "a customer of somebody else is not, nor may a customer be added",
            trigger:
                ".o_kanban_view:not(:has(.o_kanban_record:contains('Bright Tailors'))):not(:has(.o-kanban-button-new))",
        },
        {
            content: "the card shows the score, and a missing one as missing",
            trigger:
                ".o_kanban_record:contains('Aurora Fashion'):has([name='value_score'] [data-level='medium']):has([name='health_score'] [data-level='none'])",
            run: "click",
        },
        {
            content: "the score is explained in figures and words",
            trigger:
                "[name='value_explanation'] tr:contains('Turnover'):contains('600.00'):contains('60 of 100 points'):contains('weight 40 %')",
        },
        {
            content: "a metric without data is left out, not counted as zero",
            trigger:
                "[name='value_explanation'] tr:contains('Visits'):contains('no data, left out')",
        },
        {
            content: "total and level are told",
            trigger: "[name='value_explanation'] tfoot:contains('54.00 of 100'):contains('Medium')",
        },
        {
            content: "a user cannot reassign the customer, give tiers back or set them",
            trigger:
                ".o_form_view:not(:has([name='manager_id'] input)):not(:has(button[name='action_release_tier'])):has(button[name='action_set_tier']:contains('Propose tier'))",
        },
        {
            content: "propose another tier",
            trigger: "button[name='action_set_tier']",
            run: "click",
        },
        {
            content: "it is a proposal",
            trigger: ".modal .alert:contains('You propose the tier')",
        },
        {
            content: "choose the tier",
            trigger: ".modal [name='tier_id'] .o_radio_item:contains('Gold') input",
            run: "click",
        },
        {
            content: "say why",
            trigger: ".modal [name='reason'] input",
            run: "edit Framework agreement signed",
        },
        {
            content: "propose",
            trigger: ".modal footer button:contains('Propose tier')",
            run: "click",
        },
        {
            content: "the tier is unchanged",
            trigger:
                "body:not(:has(.modal)) .o_form_view [name='tier_id'] .badge:contains('Silver')",
        },
        openTab("tier_history"),
        {
            content: "the proposal is in the history and cannot be decided by the user",
            trigger:
                "[name='tier_change_ids'] tr.o_data_row:contains('Framework agreement signed'):contains('Proposed'):not(:has(button[name='action_apply']))",
        },
    ],
});

// A manager decides on the proposal and sets another tier by hand
tours.add("cpm_manager_decides", {
    url: "/odoo",
    steps: () => [
        ...openApp(),
        ...openMenu("menu_cpm_tiers_rules", "menu_cpm_tier_change_to_decide"),
        {
            content: "the proposal with its reason",
            trigger:
                "tr.o_data_row:contains('Aurora Fashion'):contains('Framework agreement signed')",
        },
        {
            content: "apply it",
            trigger: "tr.o_data_row:contains('Aurora Fashion') button[name='action_apply']",
            run: "click",
        },
        {
            content: "nothing is left to decide",
            trigger: ".o_view_nocontent:contains('No proposal waits for a decision')",
        },
        {
            content: "back to the customers",
            trigger: ".o_menu_sections a[data-menu-xmlid='customer_plan_mgmt.menu_cpm_customers']",
            run: "click",
        },
        {
            content: "the proposed tier is in force",
            trigger:
                ".o_kanban_record:contains('Aurora Fashion') [name='tier_id'] .badge:contains('Gold')",
        },
        {
            content: "open another customer",
            trigger: ".o_kanban_record:contains('Bright Tailors')",
            run: "click",
        },
        {
            content: "set its tier",
            trigger: "button[name='action_set_tier']:contains('Set tier')",
            run: "click",
        },
        {
            content: "a reason is asked for: without it nothing happens",
            trigger: ".modal [name='tier_id'] .o_radio_item:contains('Silver') input",
            run: "click",
        },
        {
            trigger: ".modal footer button:contains('Set tier')",
            run: "click",
        },
        {
            content: "the missing reason is marked",
            trigger: ".modal .o_field_invalid[name='reason'] input",
            run: "edit Reference customer in the region",
        },
        {
            trigger: ".modal footer button:contains('Set tier')",
            run: "click",
        },
        {
            content: "the tier is set, with its origin and reason",
            trigger:
                "body:not(:has(.modal)) .o_form_view:has([name='tier_id'] .badge:contains('Silver')):has([name='tier_origin']:contains('By hand')):has([name='tier_reason']:contains('Reference customer in the region'))",
        },
        {
            content: "it can be given back to the rule, after a question",
            trigger: "button[name='action_release_tier']",
            run: "click",
        },
        {
            trigger: ".modal footer button.btn-primary",
            run: "click",
        },
        {
            content: "the rule decides again",
            trigger:
                "body:not(:has(.modal)) .o_form_view:has([name='tier_origin']:contains('By rule')):not(:has(button[name='action_release_tier']))",
        },
    ],
});

// An administrator tries other thresholds and defines a metric, first with a mistake
tours.add("cpm_admin_dry_run_and_metric", {
    url: "/odoo",
    steps: () => [
        ...openApp(),
        ...openMenu("menu_cpm_tiers_rules", "menu_cpm_tier_simulation"),
        {
            content: "open the threshold of the highest tier",
            trigger: ".modal tr.o_data_row:contains('Gold') td[name='promotion_threshold']",
            run: "click",
        },
        {
            trigger: ".modal tr.o_data_row:contains('Gold') td[name='promotion_threshold'] input",
            run: "edit 52",
        },
        {
            trigger: ".modal tr.o_data_row:contains('Gold') td[name='demotion_threshold'] input",
            run: "edit 45",
        },
        {
            content: "who would move?",
            trigger: ".modal button[name='action_simulate'].btn-primary",
            run: "click",
        },
        {
            content: "one customer, and which",
            trigger: ".modal .o_cpm_dry_run [name='up_count']:contains('1')",
        },
        {
            trigger:
                ".modal [name='move_ids'] tr.o_data_row:contains('Aurora Fashion'):contains('Silver'):contains('Gold')",
        },
        {
            content: "nothing is applied",
            trigger: ".modal footer button:contains('Discard')",
            run: "click",
        },
        {
            content: "the customer has not moved",
            trigger:
                "body:not(:has(.modal)) .o_kanban_record:contains('Aurora Fashion') [name='tier_id'] .badge:contains('Silver')",
        },
        ...openMenu("menu_cpm_configuration", "menu_cpm_metric"),
        {
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name='name'] input",
            run: "edit Average purchase",
        },
        {
            content: "records of which kind",
            trigger: ".o_field_widget[name='model_id'] input",
            run: "edit Purchase Transaction",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains('Purchase Transaction')",
            run: "click",
        },
        {
            content: "the fields of these records can be chosen",
            trigger: ".o_field_widget[name='partner_field']:contains('Customer')",
        },
        {
            content: "an average, but of what?",
            trigger: ".o_field_widget[name='measure'] input",
            run: "click",
        },
        {
            trigger: ".o_select_menu_item:contains('Average')",
            run: "click",
        },
        {
            content: "save",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "the message names the field at fault",
            trigger: ".modal .modal-body:contains('Measured field')",
        },
        {
            trigger: ".modal footer button:contains('Close')",
            run: "click",
        },
        {
            content: "choose what is measured",
            trigger:
                "body:not(:has(.modal)) .o_field_widget[name='measure_field'] .o_model_field_selector",
            run: "click",
        },
        {
            trigger: ".o_model_field_selector_popover_item_name:contains('Amount')",
            run: "click",
        },
        {
            trigger: "body:not(:has(.o_model_field_selector_popover)) .o_form_button_save",
            run: "click",
        },
        {
            content: "try it",
            trigger: "button[name='action_sample']",
            run: "click",
        },
        {
            content: "the average of five purchases of 120",
            trigger: ".modal tr.o_data_row:contains('Aurora Fashion'):contains('120')",
        },
        {
            content: "a customer who never bought has no data",
            trigger:
                ".modal tr.o_data_row:contains('Bright Tailors') [name='is_missing'] input:checked",
        },
        {
            trigger: ".modal footer button:contains('Close')",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal)) .o_form_view",
        },
    ],
});

// A colleague who sees everybody groups the list by tier and recalculates a selection
tours.add("cpm_user_all_recalculates", {
    url: "/odoo",
    steps: () => [
        ...openApp(),
        {
            trigger: ".o_switch_view.o_list",
            run: "click",
        },
        {
            content: "customers of everybody",
            trigger:
                ".o_list_view:has(tr.o_data_row:contains('Aurora Fashion')) tr.o_data_row:contains('Bright Tailors')",
        },
        {
            content: "open the filters",
            trigger: ".o_searchview_dropdown_toggler",
            run: "click",
        },
        {
            trigger: ".o_group_by_menu .o_menu_item:contains('Tier'):not(:contains('since'))",
            run: "click",
        },
        {
            content: "a group per tier",
            trigger: ".o_group_header:contains('Silver (1)')",
            run: "click",
        },
        {
            content: "the customers in it",
            trigger: "tr.o_data_row:contains('Aurora Fashion') .o_list_record_selector input",
            run: "click",
        },
        {
            content: "recalculate the selection",
            trigger: ".o_control_panel button:contains('Recalculate')",
            run: "click",
        },
        {
            content: "the new purchase counts: the customer has risen to another tier",
            trigger: ".o_group_header:contains('Gold (1)')",
        },
    ],
});

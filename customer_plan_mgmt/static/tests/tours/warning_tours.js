import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

const press = (name) => ({
    content: `press ${name}`,
    trigger: `.o_statusbar_buttons button[name='${name}']:enabled:visible`,
    run: "click",
});

const stateIs = (label) => ({
    content: `the state is ${label}`,
    trigger: `.o_statusbar_status .o_arrow_button_current:contains('${label}')`,
});

// The account manager takes up what is most urgent, works off the playbook, saves the customer
tours.add("cpm_warning_saved", {
    url: "/odoo/customer-warnings",
    steps: () => [
        {
            content: "the gravest comes first",
            trigger: ".o_kanban_group:first:contains('Critical') .o_kanban_record:contains('Aurora')",
        },
        {
            content: "nothing of other people's customers",
            trigger: ".o_kanban_view:not(:contains('Bright'))",
        },
        {
            content: "take it up, with one click",
            trigger: ".o_kanban_record:contains('Aurora') button[name='action_take_up']",
            run: "click",
        },
        {
            content: "the card says what to do next",
            trigger: ".o_kanban_record:contains('Call the buyer') button[name='action_save']",
        },
        {
            trigger: ".o_kanban_record:contains('Aurora')",
            run: "click",
        },
        stateIs("In work"),
        {
            content: "the first step is done",
            trigger: ".o-mail-Activity:contains('Call the buyer') .o-mail-Activity-markDone",
            run: "click",
        },
        {
            trigger: ".o-mail-ActivityMarkAsDone button[aria-label='Done']",
            run: "click",
        },
        {
            content: "the next one is shown",
            trigger: ".o_cpm_next_step:contains('Send samples')",
        },
        press("action_save"),
        {
            trigger: ".modal .o_field_widget[name='note'] textarea",
            run: "edit Ordered the autumn collection",
        },
        {
            trigger: ".modal button[name='action_confirm']",
            run: "click",
        },
        {
            trigger: ".alert-success:contains('Ordered the autumn collection')",
        },
        stateIs("Saved"),
    ],
});

// The manager clears the inbox: snooze one from its card, dismiss the rest in one go
tours.add("cpm_warning_inbox", {
    url: "/odoo/customer-warnings",
    steps: () => [
        {
            trigger: ".o_kanban_record:contains('Aurora') .o_dropdown_kanban button:not(:visible)",
            run: "click",
        },
        {
            trigger: ".o-dropdown--menu a[name='action_snooze'], .o-dropdown--menu .dropdown-item:contains('Snooze')",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name='reason'] input",
            run: "edit At the fair",
        },
        {
            trigger: ".modal button[name='action_confirm']",
            run: "click",
        },
        {
            content: "it has left the inbox",
            trigger: ".o_kanban_view:not(:contains('Aurora'))",
        },
        {
            trigger: ".o_switch_view.o_list",
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row:contains('Bright')",
        },
        {
            trigger: ".o_list_view thead .o_list_record_selector input",
            run: "click",
        },
        {
            trigger: ".o_control_panel button[name='action_dismiss'], .o_list_view button[name='action_dismiss']",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name='note'] textarea",
            run: "edit Everybody is on holiday",
        },
        {
            trigger: ".modal button[name='action_confirm']",
            run: "click",
        },
        {
            content: "nothing is left to deal with",
            trigger: ".o_list_view:not(:contains('Bright'))",
        },
    ],
});

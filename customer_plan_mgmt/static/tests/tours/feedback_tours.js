import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

const openTab = (name) => ({
    content: `open the tab ${name}`,
    trigger: `.o_notebook a.nav-link[name='${name}']`,
    run: "click",
});

const choose = (field, text) => [
    {
        content: `look for ${text}`,
        trigger: `.o_field_widget[name='${field}'] input`,
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

// A colleague handles a complaint from the first word to the letter
tours.add("cpm_complaint_from_mail_to_letter", {
    url: "/odoo/customer-feedback",
    steps: () => [
        {
            content: "the mail of a stranger has arrived with its time left",
            trigger: ".o_kanban_record:contains('It faded'):contains('left')",
            run: "click",
        },
        {
            content: "nobody knows the sender",
            trigger: ".alert:contains('Choose the customer')",
        },
        ...choose("partner_id", "Aurora"),
        {
            content: "it is a complaint",
            trigger: ".o_field_widget[name='type'] input",
            run: "click",
        },
        {
            trigger: ".o_select_menu_item:contains('Complaint')",
            run: "click",
        },
        {
            content: "take it into work",
            trigger: "button[name='action_start']",
            run: "click",
        },
        stageIs("In progress"),
        {
            content: "three promises now, each with its bar, deadline and the moment now",
            trigger:
                ".o_cpm_promises:has(.o_kanban_record:contains('Next update') .o_cpm_ledger_mark_deadline) .o_kanban_record:contains('First response') .o_cpm_ledger_mark_now",
        },
        {
            content: "the bar is there in words as well",
            trigger: ".o_cpm_ledger_track[aria-label*='counted'][aria-label*='Deadline']",
        },
        {
            content: "answer the customer",
            trigger: ".o-mail-Chatter-sendMessage",
            run: "click",
        },
        {
            trigger: ".o-mail-Composer-input",
            run: "edit We are sorry and test the cloth today",
        },
        {
            trigger: ".o-mail-Composer-send:enabled",
            run: "click",
        },
        {
            content: "the answer went out",
            trigger: ".o-mail-Message:contains('test the cloth today')",
        },
        openTab("cause"),
        ...choose("root_cause_id", "Dye"),
        {
            trigger: ".o_field_widget[name='corrective_action'] textarea",
            run: "edit Test every batch for fastness",
        },
        openTab("solution"),
        {
            trigger: ".o_field_widget[name='solution'] .odoo-editor-editable",
            run: "editor Made anew",
        },
        {
            content: "declare it solved",
            trigger: "button[name='action_solve']",
            run: "click",
        },
        stageIs("Solved"),
        {
            content: "close it",
            trigger: "button[name='action_close']",
            run: "click",
        },
        stageIs("Closed"),
        {
            content: "the first answer was in time",
            trigger:
                ".o_cpm_promises .o_kanban_record:contains('First response'):contains('Kept') .o_cpm_ledger_mark_done",
        },
        {
            content: "the letter can be printed",
            trigger: "button[name='action_print_letter']",
        },
    ],
});

// A call is noted in two clicks from the customer
tours.add("cpm_feedback_in_two_clicks", {
    steps: () => [
        {
            content: "note what the customer says",
            trigger: "button[name='action_new_feedback']",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name='name'] input",
            run: "edit Hem too long",
        },
        {
            trigger: ".modal .o_form_button_save",
            run: "click",
        },
        {
            content: "the buttons that do not fit are behind “More”",
            trigger: "body:not(:has(.modal)) .o_button_more",
            run: "click",
        },
        {
            trigger: "button[name='action_view_feedback']:contains('1')",
            run: "click",
        },
        {
            content: "it is there, by phone, with its time left",
            trigger: ".o_kanban_record:contains('Hem too long'):contains('left')",
        },
    ],
});

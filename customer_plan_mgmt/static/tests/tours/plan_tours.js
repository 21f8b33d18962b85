import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

const openTab = (name) => ({
    content: `open the tab ${name}`,
    trigger: `.o_notebook a.nav-link[name='${name}']`,
    run: "click",
});

const press = (name) => ({
    content: `press ${name}`,
    trigger: `.o_statusbar_buttons button[name='${name}']`,
    run: "click",
});

const stageIs = (label) => ({
    content: `the stage is ${label}`,
    trigger: `.o_statusbar_status .o_arrow_button_current:contains('${label}')`,
});

const save = () => [
    {
        content: "save",
        trigger: ".o_form_button_save:visible",
        run: "click",
    },
    {
        content: "it is saved",
        trigger: ".o_form_saved",
    },
];

// The owner makes a plan from the template of the tier and submits it
tours.add("cpm_plan_from_template", {
    steps: () => [
        press("action_new_plan"),
        {
            content: "the template of the tier is proposed, the customer is named",
            trigger:
                ".modal:has(.o_field_widget[name='selection_preview']:contains('Aurora')) .o_field_widget[name='template_id'] input:value('Development')",
        },
        {
            content: "make the plan",
            trigger: ".modal button[name='action_create']",
            run: "click",
        },
        stageIs("Needs"),
        {
            content: "the ring says that half the way to the target is still ahead",
            trigger: ".o_cpm_plan_title .o_cpm_ring[aria-label^='Progress: 0 %']",
        },
        openTab("goals"),
        {
            content: "the target is a quarter above today's value",
            trigger:
                ".o_field_widget[name='goal_ids'] .o_data_row:contains('More points') [name='baseline']:contains('40')",
        },
        {
            trigger:
                ".o_field_widget[name='goal_ids'] .o_data_row:contains('More points') [name='target']:contains('50')",
        },
        openTab("work"),
        {
            content: "the work came along",
            trigger: ".o_field_widget[name='task_ids'] .o_data_row:contains('Visit')",
        },
        openTab("checklist"),
        {
            content: "the mandatory check is not done",
            trigger: ".o_field_widget[name='check_ids'] .o_data_row:contains('Asked')",
        },
        press("action_design"),
        {
            content: "so the plan does not go on, and says why",
            trigger: ".modal:contains('Asked the customer') .modal-footer button",
            run: "click",
        },
        {
            content: "choose the line of the check",
            trigger: ".o_field_widget[name='check_ids'] .o_data_row [name='name']",
            run: "click",
        },
        {
            content: "tick it",
            trigger: ".o_field_widget[name='check_ids'] .o_selected_row [name='is_done'] input",
            run: "click",
        },
        ...save(),
        press("action_design"),
        stageIs("Design"),
        press("action_submit"),
        stageIs("Internal review"),
        {
            content: "the owner does not approve it",
            trigger:
                ".o_form_view:has(.alert:contains('Somebody else has to approve')):not(:has(button[name='action_approve']))",
        },
    ],
});

// Somebody else approves
tours.add("cpm_plan_approved", {
    url: "/odoo/customer-plan-board",
    steps: () => [
        {
            content: "the plan waits in its column",
            trigger:
                ".o_kanban_group:contains('Internal review') .o_kanban_record:contains('Aurora')",
            run: "click",
        },
        press("action_approve"),
        stageIs("Agreed"),
        {
            content: "the plan is fresh from now on, in words too",
            trigger: ".o_cpm_freshness[data-freshness='fresh']:contains('Decided 0 days ago')",
        },
    ],
});

// A review is written down and held
tours.add("cpm_plan_review_held", {
    steps: () => [
        press("action_review"),
        {
            content: "a new review of the plan",
            trigger: ".o_form_view .o_field_widget[name='outcome'] input",
            run: "click",
        },
        {
            trigger: ".o_select_menu_item:contains('Adjust')",
            run: "click",
        },
        {
            content: "what was decided",
            trigger: ".o_field_widget[name='decisions'] .odoo-editor-editable",
            run: "editor Visit every month",
        },
        ...save(),
        {
            content: "the facts are there, with the goal",
            trigger: ".o_cpm_facts tr:contains('More points'):contains('40')",
        },
        {
            content: "the mark shows how it is worked out",
            trigger: "[name='effect_formula']:contains('Mean progress of the goals')",
        },
        press("action_hold"),
        {
            content: "it was held",
            trigger: ".o_statusbar_status .o_arrow_button_current:contains('Held')",
        },
    ],
});

// The owner changes a goal of an agreed plan
tours.add("cpm_plan_goal_changed", {
    steps: () => [
        openTab("goals"),
        {
            content: "edit the target",
            trigger: ".o_field_widget[name='goal_ids'] .o_data_row [name='target']",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name='goal_ids'] .o_selected_row [name='target'] input",
            run: "edit 60",
        },
        ...save(),
        {
            content: "the difference is shown, and who approves it",
            trigger:
                ".alert:contains('Revision 2'):contains('A manager who did not make them') .o_data_row:contains('Target'):contains('50'):contains('60')",
        },
    ],
});

// The manager sees the difference and approves it
tours.add("cpm_plan_changes_approved", {
    steps: () => [
        {
            content: "what was changed",
            trigger: ".alert .o_cpm_differences .o_data_row:contains('Target'):contains('60')",
        },
        {
            content: "approve it",
            trigger: ".alert button[name='action_approve_revision']",
            run: "click",
        },
        {
            content: "nothing waits any more",
            trigger: ".o_form_view:not(:has(.o_cpm_differences))",
        },
    ],
});

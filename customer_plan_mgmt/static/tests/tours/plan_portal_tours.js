import { registry } from "@web/core/registry";

// A customer reads the plan, asks something, and accepts it; the steps work at 390 px too
registry.category("web_tour.tours").add("cpm_portal_customer_accepts", {
    url: "/my",
    steps: () => [
        {
            content: "the portal's home names the place",
            trigger: ".o_portal_my_home a[href='/my/plans']:contains('1')",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "the plan waits for the customer",
            trigger: ".o_cpm_list a:contains('Grow together'):contains('accept it')",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "goals with their progress",
            trigger: ".o_cpm_goal:contains('Fewer returns'):contains('30 %'):has(.progress-bar)",
        },
        {
            content: "what is public of the work is there, the rest is not",
            trigger:
                "main:has(.o_cpm_task:contains('Train the warehouse')):not(:contains('S3CRET'))",
        },
        {
            content: "the page is styled and no wider than the screen",
            trigger: ".o_cpm_reply",
            run: () => {
                // Odoo says so on the page when the styles do not compile
                if (getComputedStyle(document.body, "::before").content.includes("css error")) {
                    throw new Error("the styles of the portal do not compile");
                }
                const width = document.documentElement.scrollWidth;
                if (width > window.innerWidth) {
                    throw new Error(`the page is ${width} px wide`);
                }
            },
        },
        {
            content: "ask something",
            trigger: "textarea[name='message']",
            run: "edit Can we start in March?",
        },
        {
            content: "send it",
            trigger: ".o_cpm_reply button[type='submit']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "it is there",
            trigger:
                "main:has(.o_cpm_done[data-done='comment']) .o_cpm_message[data-own]:contains('Can we start in March?')",
        },
        {
            content: "accept",
            trigger: ".o_cpm_accept button[type='submit']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "thanked, by name and day, and not asked again",
            trigger:
                "main:has(.o_cpm_done[data-done='accepted']):not(:has(.o_cpm_accept)) .o_cpm_accepted:contains('Ann')",
        },
        {
            content: "the list does not ask either",
            trigger: ".breadcrumb a[href='/my/plans']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "done",
            trigger:
                ".o_cpm_list a:contains('Grow together'):not(:contains('accept it')):contains('Under way')",
        },
    ],
});

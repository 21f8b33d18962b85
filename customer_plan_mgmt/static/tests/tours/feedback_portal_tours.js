import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

// A customer writes to us and follows the case; the steps work at 390 px too
tours.add("cpm_portal_customer_writes", {
    url: "/my",
    steps: () => [
        {
            content: "the portal's home names the place",
            trigger: ".o_portal_my_home a[href='/my/feedback']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "nothing there yet: write",
            trigger: ".o_cpm_empty a[href='/my/feedback/new']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "in a few words",
            trigger: "input[name='subject']",
            run: "edit Two cartons missing",
        },
        {
            content: "it is a complaint",
            trigger: "select[name='type']",
            run: "select complaint",
        },
        {
            content: "in own words",
            trigger: "textarea[name='words']",
            run: "edit Only eight of ten arrived.",
        },
        {
            content: "attach a film that is too large",
            trigger: ".o_cpm_files",
            run: ({ anchor }) => {
                const size = (Number(anchor.dataset.maxMb) + 1) * 1024 * 1024;
                const transfer = new DataTransfer();
                transfer.items.add(new File([new Uint8Array(size)], "film.pdf"));
                anchor.files = transfer.files;
                anchor.dispatchEvent(new Event("change", { bubbles: true }));
            },
        },
        {
            content: "that is told at once; take it away again",
            trigger: ".o_cpm_files.is-invalid:has(~ .o_cpm_files_error:contains('film.pdf'))",
            run: ({ anchor }) => {
                anchor.value = "";
                anchor.dispatchEvent(new Event("change", { bubbles: true }));
            },
        },
        {
            content: "send",
            trigger: ".o_cpm_form button[type='submit']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "it arrived, and the page tells by when it is answered",
            trigger: ".o_cpm_done[data-done='new']",
        },
        {
            content: "the way is shown",
            trigger: ".o_cpm_steps [data-state='current']:contains('Received')",
        },
        {
            content: "the promise is explained",
            trigger: ".o_cpm_promise:contains('First answer'):has(.o_cpm_bar)",
        },
        {
            content: "add something",
            trigger: "textarea[name='message']",
            run: "edit The delivery note says ten.",
        },
        {
            content: "send it",
            trigger: ".o_cpm_reply button[type='submit']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "the message is there",
            trigger: ".o_cpm_message[data-own]:contains('The delivery note says ten.')",
        },
    ],
});

// Later: it is solved, the customer agrees and says how satisfied they are
tours.add("cpm_portal_customer_confirms", {
    url: "/my/feedback",
    steps: () => [
        {
            content: "open the case",
            trigger: ".o_cpm_list a:contains('Two cartons missing')",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "the answer is there, the note is not",
            trigger:
                "main:has(.o_cpm_message:contains('They are on their way')):not(:contains('Packer was asleep'))",
        },
        {
            content: "a word about it",
            trigger: ".o_cpm_confirm textarea",
            run: "edit They arrived",
        },
        {
            content: "it is solved",
            trigger: ".o_cpm_confirm button[value='yes']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "satisfied",
            trigger: ".o_cpm_rate input[value='4']",
            run: "click",
        },
        {
            content: "send",
            trigger: ".o_cpm_rate button[type='submit']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "thanked, and the rating is shown",
            trigger: "main:has(.o_cpm_done[data-done='rated']) .o_cpm_rating:contains('Satisfied')",
        },
        {
            content: "closed",
            trigger: ".o_cpm_steps [data-state='current']:contains('Closed')",
        },
    ],
});

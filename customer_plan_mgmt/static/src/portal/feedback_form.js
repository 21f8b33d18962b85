import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

/**
 * Forms of the feedback pages: tells before sending that a file is too large, so that
 * nothing typed gets lost, and sends once however often the button is pressed. The
 * pages work without it.
 */
export class FeedbackForm extends Interaction {
    static selector = ".o_cpm_form";
    dynamicContent = {
        _root: { "t-on-submit": this.onSubmit },
        ".o_cpm_files": { "t-on-change": this.checkFiles },
        // Back in a page that the browser kept: it may be sent again
        _window: { "t-on-pageshow": () => (this.isSent = false) },
    };

    setup() {
        this.isSent = false;
    }

    checkFiles() {
        const input = this.el.querySelector(".o_cpm_files");
        const limit = Number(input.dataset.maxMb);
        const large = [...input.files].find((file) => file.size > limit * 1024 * 1024);
        const message = large
            ? _t("%(name)s is larger than %(limit)s MB.", { name: large.name, limit })
            : "";
        input.classList.toggle("is-invalid", Boolean(message));
        input.setCustomValidity(message);
        this.el.querySelector(".o_cpm_files_error").textContent = message;
    }

    /** @param {SubmitEvent} event */
    onSubmit(event) {
        if (this.isSent) {
            event.preventDefault();
        }
        this.isSent = true;
    }
}

registry.category("public.interactions").add("customer_plan_mgmt.feedback_form", FeedbackForm);

"""Installation and removal of the module."""


def post_init_hook(env):
    """Ask for a first scoring run soon after installation.

    The run itself happens in the scheduled action, in the background, so that
    installing on a database with many contacts stays quick.
    """
    env.ref("customer_plan_mgmt.ir_cron_cpm_scoring")._trigger()


def uninstall_hook(env):
    """Remove what the framework leaves behind: filters, activities, defaults
    and properties that point at models which are about to disappear."""
    env["ir.filters"].with_context(active_test=False).search(
        [("model_id", "=like", "cpm.%")]
    ).unlink()
    partner_filters = (
        env["ir.filters"]
        .with_context(active_test=False)
        .search([("model_id", "=", "res.partner"), ("domain", "like", "cpm_")])
    )
    partner_filters.unlink()
    env["mail.activity"].with_context(active_test=False).search(
        [("res_model", "=like", "cpm.%")]
    ).unlink()

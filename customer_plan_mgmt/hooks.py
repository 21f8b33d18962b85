"""Removal of the module."""


def uninstall_hook(env):
    """Remove what the framework leaves behind: filters and activities that point at
    models and fields which are about to disappear."""
    env["ir.filters"].with_context(active_test=False).search(
        [("model_id", "=like", "cpm.%")]
    ).unlink()
    # Contacts, and whatever leads to them: orders, tasks
    env["ir.filters"].with_context(active_test=False).search(
        [("domain", "like", r"cpm\_")]
    ).unlink()
    # Export lists and server actions of other models that name our fields would fail
    env["ir.exports.line"].search([("name", "like", r"cpm\_")]).unlink()
    env["ir.actions.server"].search([("code", "like", r"cpm\_")]).filtered(
        lambda action: not action.get_external_id()[action.id]
    ).unlink()
    env["mail.activity"].with_context(active_test=False).search(
        [("res_model", "=like", "cpm.%")]
    ).unlink()

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
    env["mail.activity"].with_context(active_test=False).search(
        [("res_model", "=like", "cpm.%")]
    ).unlink()

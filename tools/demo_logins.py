"""Odoo shell script: give demo users a password and print the logins.

Demo users come without a password; in the demonstration database each one's
password becomes its login. Prints ``login<TAB>name<TAB>role`` lines.
"""

env = env  # noqa: F821, PLW0127 (given by Odoo's shell)

WELL_KNOWN = ("admin", "demo", "portal")

env.cr.execute("SELECT id FROM res_users WHERE COALESCE(password, '') = ''")
without_password = {row[0] for row in env.cr.fetchall()}
users = env["res.users"].search([("id", "!=", env.uid)])
users = users.filtered(lambda user: not user._is_public())
for user in users:
    if user.id in without_password:
        user.password = user.login
    elif user.login not in WELL_KNOWN:
        continue
    roles = [
        group.full_name
        for group in user.group_ids
        if "Customer" in (group.privilege_id.name or "")
    ]
    if user._is_system():
        roles.append("administrator")
    print(
        user.login,
        user.name,
        ", ".join(roles) or ("portal" if user.share else "internal user"),
        sep="\t",
    )
env.cr.commit()

"""Odoo shell script: give demo users a password and print the logins.

Demo users come without a password; in the demonstration database each one's
password becomes its login. Prints ``login<TAB>name<TAB>role`` lines.
"""

PRODUCT = "customer_plan_mgmt."

env = env(context={**env.context, "lang": "en_US"})  # noqa: F821 (given by Odoo's shell)


def external_id(record):
    return record.get_external_id()[record.id]


def role(user):
    """Return the role in the product, or what kind of user this is."""
    ours = user.group_ids.filtered(lambda group: external_id(group).startswith(PRODUCT))
    names = [*ours.mapped("name"), *(["settings"] if user._is_system() else [])]
    return ", ".join(names) or ("portal" if user.share else "internal user")


env.cr.execute("SELECT id FROM res_users WHERE COALESCE(password, '') = ''")
without_password = {row[0] for row in env.cr.fetchall()}
# Users that come with a module; OdooBot and the public user cannot log in.
users = env["res.users"].search([("id", "!=", env.uid)], order="share, id")
for user in users.filtered(lambda user: external_id(user) and not user._is_public()):
    if user.id in without_password:
        user.password = user.login
    print(user.login, user.name, role(user), sep="\t")
env.cr.commit()

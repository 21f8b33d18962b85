"""Who may do what: every role, every model, every operation and every button."""

from .common import CpmCommon

ROLES = ("own", "all", "manager", "admin")


class TestSecurityMatrix(CpmCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.roles = dict(
            zip(
                ROLES,
                (cls.user_own, cls.user_all, cls.manager, cls.admin),
                strict=True,
            )
        )

    def test_history_is_append_only_for_everybody(self):
        for model in ("cpm.tier.change", "cpm.score"):
            for role, user in self.roles.items():
                for operation in ("write", "create", "unlink"):
                    with self.subTest(model=model, role=role, operation=operation):
                        self.assertFalse(
                            self.env[model].with_user(user).has_access(operation)
                        )

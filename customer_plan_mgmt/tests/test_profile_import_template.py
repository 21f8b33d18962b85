"""The file offered on the import screen for purchases."""

from datetime import date

from odoo.tests import tagged
from odoo.tools import file_open

from .common import CpmCommon

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
COLUMNS = [
    "partner_id",
    "date",
    "amount",
    "currency_id",
    "reference",
    "source",
    "description",
    "quantity",
    "payment_method",
]


@tagged("post_install", "-at_install")
class TestImportTemplate(CpmCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.ref("base.CNY").active = True
        cls.first = cls._make_customer("Sample Customer A")
        cls.second = cls._make_customer("Sample Customer B")
        cls.transactions = cls.env["cpm.transaction"].with_user(cls.manager)

    def _open_import(self):
        """Return the import screen with the offered file, and what it proposes."""
        (template,) = self.transactions.get_import_templates()
        path = template["template"].removeprefix("/")
        with file_open(path, "rb") as file:
            screen = (
                self.env["base_import.import"]
                .with_user(self.manager)
                .create(
                    {
                        "res_model": "cpm.transaction",
                        "file": file.read(),
                        "file_name": "purchases.xlsx",
                        "file_type": XLSX,
                    }
                )
            )
        options = {"has_headers": True, "quoting": '"', "separator": ","}
        return screen, screen.parse_preview(options)

    def test_every_column_finds_its_field_by_itself(self):
        _screen, preview = self._open_import()
        found = [preview["matches"].get(index) for index in range(len(COLUMNS))]
        self.assertEqual(found, [[name] for name in COLUMNS])
        self.assertEqual(len(preview["headers"]), len(COLUMNS))

    def test_chinese_users_get_chinese_headings(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env["ir.module.module"].search(
            [("name", "=", "customer_plan_mgmt")]
        )._update_translations("zh_CN")
        self.manager.lang = "zh_CN"
        self.env = self.env(context={**self.env.context, "lang": "zh_CN"})
        self.transactions = self.transactions.with_context(lang="zh_CN")
        _screen, preview = self._open_import()
        self.assertEqual(preview["headers"][:3], ["客户", "日期", "金额"])
        found = [preview["matches"].get(index) for index in range(len(COLUMNS))]
        self.assertEqual(found, [[name] for name in COLUMNS])

    def test_examples_can_be_imported(self):
        screen, preview = self._open_import()
        result = screen.execute_import(COLUMNS, preview["headers"], preview["options"])
        self.assertFalse(result["messages"])
        imported = self.transactions.browse(result["ids"])
        self.assertEqual(
            imported.sorted("date").mapped("partner_id"),
            self.first.partner_id | self.second.partner_id,
        )
        self.assertRecordValues(
            imported.filtered(lambda row: row.reference == "POS-2025-00163"),
            [
                {
                    "date": date(2025, 4, 2),
                    "amount": 480.5,
                    "currency_id": self.env.ref("base.CNY").id,
                    "source": "cash register",
                    "quantity": 12,
                    "payment_method": "Cash",
                    "profile_id": self.first.id,
                }
            ],
        )

    def test_load_accepts_the_columns(self):
        result = self.transactions.load(
            COLUMNS,
            [
                [
                    "Sample Customer A",
                    "2025-03-14",
                    "1250",
                    "CNY",
                    "POS-1",
                    "cash register",
                    "Winter coats",
                    "5",
                    "Card",
                ]
            ],
        )
        self.assertFalse(result["messages"])
        self.assertEqual(self.transactions.browse(result["ids"]).amount, 1250)

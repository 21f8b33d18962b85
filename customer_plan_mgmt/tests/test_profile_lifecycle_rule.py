"""Reading lifecycle rules: plain Python, no database."""

import doctest

from odoo.fields import Domain
from odoo.tests import BaseCase, tagged

from odoo.addons.customer_plan_mgmt.tools import rule_domain
from odoo.addons.customer_plan_mgmt.tools.rule_domain import RuleError, parse_rule


def text_of(error):
    """The text is translated by the language of the caller's ``self``, if any."""
    return str(error)


NAMES = {"orders": "number", "days": "number", "stage": "text"}


@tagged("post_install", "-at_install")
class TestProfileLifecycleRule(BaseCase):
    def test_examples_in_the_documentation_hold(self):
        self.assertFalse(doctest.testmod(rule_domain).failed)

    def test_good_rules(self):
        for text in (
            "[]",
            "[('orders', '>=', 2)]",
            "[['orders', '>=', 2]]",
            "  [('orders', '=', 0)]\n",
            "[('orders', '=', False)]",
            "[('orders', '!=', False)]",
            "[('orders', 'in', [1, 2.5, -3])]",
            "[('stage', 'not in', ('lost', 'at_risk'))]",
            "[('stage', '=', False)]",
            "['|', ('orders', '<', 2), ('days', '>', 365)]",
            "['&', '|', ('orders', '<', 2), ('days', '>', 365), ('stage', '=', 'x')]",
            "['!', ('orders', '<', 2)]",
            "[('orders', '>', 1), ('days', '<', 3)]",
        ):
            with self.subTest(text):
                self.assertIsInstance(parse_rule(text, NAMES), Domain)

    def test_bad_rules_say_what_is_wrong(self):
        for text, reason in (
            ("", "not a list"),
            ("orders > 2", "not a list"),
            ("{'orders': 2}", "not a list"),
            ("('orders', '>', 2)", "not a list"),
            ("[('orders', '>', 2)", "not a list"),
            ("[('orders', '>', __import__('os'))]", "not a list"),
            ("[('orders', '>', days)]", "not a list"),
            ("[" * 5000, "not a list"),
            ("[5]", "5"),
            ("['and']", "'and'"),
            ("[[]]", "three parts"),
            ("[('orders', '>')]", "three parts"),
            ("[('orders', '>', 2, 3)]", "three parts"),
            ("[(5, '>', 2)]", "three parts"),
            ("[('order', '>', 2)]", "unknown name 'order'"),
            ("[('orders', 'like', 2)]", "'like' cannot be used"),
            ("[('orders', ['>'], 2)]", "cannot be used"),
            ("[('orders', {'>'}, 2)]", "cannot be used"),
            ("[('orders', None, 2)]", "cannot be used"),
            ("[('stage', '>', 'lost')]", "cannot be used"),
            ("[('orders', 'in', 2)]", "needs a list"),
            ("[('orders', 'in', [])]", "needs a list"),
            ("[('orders', 'in', ['two'])]", "'two' cannot be compared"),
            ("[('orders', '>', 'two')]", "'two' cannot be compared"),
            ("[('orders', '>', None)]", "None cannot be compared"),
            ("[('orders', '>', True)]", "True cannot be compared"),
            ("[('orders', '>', False)]", "False cannot be compared"),
            ("[('orders', '>', 1e999)]", "inf cannot be compared"),
            ("[('orders', '>', 1%s)]" % ("0" * 400), "cannot be compared"),
            ("[('stage', '=', 3)]", "3 cannot be compared"),
            ("['&', ('orders', '>', 2)]", "do not fit"),
            ("['|']", "do not fit"),
            ("['!']", "do not fit"),
        ):
            with self.subTest(text[:60]):
                with self.assertRaises(RuleError) as caught:
                    parse_rule(text, NAMES)
                self.assertIn(reason, text_of(caught.exception))

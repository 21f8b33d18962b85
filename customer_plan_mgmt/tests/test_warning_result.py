"""Whether customers came back: measured from their records."""

from .common_warning import WarningCase


class TestWarningResult(WarningCase):
    """Raised and closed on TODAY, measured 90 days later, when somebody buys."""

    def setUp(self):
        super().setUp()
        self._make_purchases(self.other, (self._day(90), 100))

    def _closed(self, state="saved", **vals):
        warning = self._make_warning(rule_id=False, **vals)
        self._close(warning, state, user=self.manager)
        return warning

    def _buys(self, days, customer=None):
        self._make_purchases(customer or self.customer, (self._day(days), 100))

    def test_nothing_is_said_before_the_time(self):
        warning = self._closed()
        self._buys(10)
        self._cron(self._day(89))
        self.assertEqual(warning.result, "pending")
        self.assertFalse(warning.result_on)

    def test_a_purchase_within_the_days_counts(self):
        for days, result in (
            (-5, "gone"),
            (0, "gone"),
            (1, "returned"),
            (90, "returned"),
            (91, "gone"),
        ):
            customer = self._make_customer()
            warning = self._closed(profile_id=customer.id)
            self._buys(days, customer)
            self._cron(self._day(90))
            with self.subTest(days):
                self.assertEqual(warning.result, result)
                self.assertEqual(warning.result_on, self._day(90))

    def test_the_purchase_that_saved_the_customer_counts(self):
        for days, result in ((-20, "gone"), (-19, "returned"), (0, "returned")):
            customer = self._make_customer()
            warning = self._closed(profile_id=customer.id, raised_on=self._day(-20))
            self._buys(days, customer)
            self._cron(self._day(90))
            with self.subTest(days):
                self.assertEqual(warning.result, result)

    def test_nobody_is_gone_while_the_import_stands_still(self):
        quiet = self._closed()
        lively = self._closed(profile_id=self._make_customer().id)
        for warning in (quiet, lively):
            self._close_again(warning, self._day(20))
        self._buys(50, lively.profile_id)
        self._cron(self._day(110))  # records end on day 90
        self.assertEqual(quiet.result, "pending")
        self.assertEqual(lively.result, "returned")
        self._make_purchases(self.other, (self._day(110), 100))
        self._cron(self._day(130))
        self.assertEqual(quiet.result, "gone")

    def _close_again(self, warning, day):
        warning.with_user(self.manager).action_reopen()
        self._close(warning, "saved", user=self.manager, day=day)

    def test_after_a_pause_the_days_still_count_from_closing(self):
        warning = self._closed()
        self._buys(100)
        self._cron(self._day(130))
        self.assertEqual(warning.result, "gone")
        self.assertEqual(warning.result_on, self._day(130))

    def test_purchases_of_contacts_count_for_the_company(self):
        warning = self._closed()
        person = self._make_partner("Buyer", parent_id=self.customer.partner_id.id)
        self._buys(20, person)
        self._cron(self._day(90))
        self.assertEqual(warning.result, "returned")

    def test_all_outcomes_are_measured_once(self):
        closed = {
            state: self._closed(state) for state in ("saved", "lost", "dismissed")
        }
        self._buys(20)
        self._cron(self._day(90))
        for state, warning in closed.items():
            with self.subTest(state):
                self.assertEqual(warning.result, "returned")
        self._cron(self._day(200))
        self.assertEqual(closed["saved"].result_on, self._day(90))

    def test_the_days_are_a_setting(self):
        self.company.cpm_warning_result_days = 10
        warning = self._closed()
        self._buys(20)
        self._buys(10, self.other)
        self._cron(self._day(10))
        self.assertEqual(warning.result, "gone")

    def test_results_wait_for_a_sign_of_life(self):
        warning = self._closed()
        self.last_seen.active = False
        self._cron(self._day(90))
        self.assertEqual(warning.result, "pending")
        self.last_seen.active = True
        self._cron(self._day(91))
        self.assertEqual(warning.result, "gone")

    def test_the_statements_do_not_grow_with_the_customers(self):
        def measured(count):
            for customer in self._make_customers(count):
                self._closed(profile_id=customer.id)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._cron(self._day(90))
            return self.env.cr.sql_log_count - before

        measured(1)
        few, many = measured(1), measured(40)
        self.assertLessEqual(many, few + 4)

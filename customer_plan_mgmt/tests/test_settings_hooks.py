"""The settings page, the daily job, and the hooks of installation and removal."""

from odoo.exceptions import ValidationError

from .common import CpmCommon


class TestSettings(CpmCommon):
    def test_scoring_hour_must_be_an_hour_of_the_day(self):
        settings = self.env["res.config.settings"].create({})
        for hour in (-0.01, 24, 99):
            with self.subTest(hour), self.assertRaisesRegex(ValidationError, "scoring"):
                settings._cpm_set_scoring_hour(hour)

"""Numbers of many records at once."""

from odoo import models
from odoo.tools import SQL


class IrSequence(models.Model):
    _inherit = "ir.sequence"

    def _cpm_next_many(self, count):
        """Draw ``count`` numbers, in one query where the sequence may have gaps.

        :param int count: how many
        :return: list of formatted numbers, in ascending order
        """
        self.ensure_one()
        if self.implementation != "standard" or self.use_date_range or count < 2:
            return [self._next() for _number in range(count)]
        rows = self.env.execute_query(
            SQL(
                "SELECT nextval(%s) FROM generate_series(1, %s)",
                f"ir_sequence_{self.id:03d}",
                count,
            )
        )
        return [self.get_next_char(number) for (number,) in rows]

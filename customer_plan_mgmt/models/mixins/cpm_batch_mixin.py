"""Work of scheduled actions that survives a poisoned record."""

import logging

from odoo import models
from odoo.tools import split_every

_logger = logging.getLogger(__name__)

BATCH = 200


class CpmBatchMixin(models.AbstractModel):
    """Goes through records batch by batch, each batch committed.

    Where one record of a batch fails the batch is gone through one by one, and that
    record is left to a person: models say whom in ``_report_failure(reason)``.
    """

    _name = "cpm.batch.mixin"
    _description = "Record Worked On in Batches"

    def _in_batches(self, method):
        """Call ``method`` for all of these, batch by batch.

        Records somebody works on at the moment are left out; their turn comes with
        the next run.

        :param str method: name of a method of the model, called on part of the records
        :return: whether there was time for all
        """
        commit = self.env["ir.cron"]._commit_progress
        for ids in split_every(BATCH, self.ids):
            batch = self.browse(ids).exists().try_lock_for_update()
            batch_ids = batch.ids
            if not batch._attempt(method, quiet=True):
                for record_id in batch_ids:
                    self.browse(record_id)._attempt(method)
            if not commit(len(ids)):
                commit(remaining=1)  # or Odoo would not call the job again today
                return False
        return True

    def _attempt(self, method, quiet=False):
        """Call ``method`` and undo it when it fails.

        :param bool quiet: leave the failure to the second attempt, one by one
        :return: whether it went well
        """
        ids = self.ids
        try:
            with self.env.cr.savepoint():
                getattr(self, method)()
            return True
        except Exception as error:
            self.env.invalidate_all()
            if quiet:
                _logger.info("%s failed for some of %s: one by one", method, self._name)
            else:
                _logger.exception("%s failed for %s %s", method, self._name, ids)
                self._report_failure(str(error))
            return False

    def _report_failure(self, reason):
        """Tell somebody, once, that these records need a look.

        :param str reason: what went wrong
        """
        raise NotImplementedError

# One package per room, in dependency order: nobody imports upwards.
from . import mixins  # what every record refuses at the door
from . import settings  # company and settings
from . import profile  # who the customer is, tier, lifecycle, purchases
from . import scoring  # metrics, scorecards, the scoring run
from . import service  # promises, their clocks and deadlines
from . import feedback  # what customers say, and what becomes of it
from . import plan  # what is done for one customer, and whether it worked
from . import risk  # what may go wrong, and what is done about it
from . import warning  # signals that a customer may leave, and how right they are

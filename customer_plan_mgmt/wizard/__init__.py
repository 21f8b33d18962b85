from . import base_partner_merge
from . import cpm_selection_mixin
from . import cpm_lifecycle_assign
from . import cpm_metric_sample
from . import cpm_tier_assign
from . import cpm_tier_simulation
from . import cpm_tier_simulation_line

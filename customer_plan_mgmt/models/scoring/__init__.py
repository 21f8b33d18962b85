from . import cpm_metric
from . import cpm_metric_validation
from . import cpm_metric_value
from . import cpm_scorecard
from . import cpm_scorecard_line
from . import cpm_segment
from . import cpm_score
from . import cpm_profile

from . import cpm_churn_reason
from . import cpm_warning_rule  # when to raise a warning
from . import cpm_warning  # the warning and what becomes of it
from . import cpm_backtest
from . import cpm_backtest_result
from . import cpm_profile
from . import cpm_scorecard

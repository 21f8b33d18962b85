from . import cpm_churn_reason
from . import cpm_warning_rule  # when to raise a warning
from . import cpm_warning  # the warning and what becomes of it
from . import cpm_backtest
from . import cpm_backtest_result
from . import res_company_loss
from . import res_config_settings_loss
from . import cpm_metric_loss
from . import cpm_lifecycle_stage
from . import cpm_scorecard_loss  # before the rules are evaluated
from . import cpm_profile
from . import cpm_scorecard

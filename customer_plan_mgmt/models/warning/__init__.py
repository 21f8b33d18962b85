from . import cpm_churn_reason
from . import cpm_warning_rule  # when to raise a warning
from . import cpm_warning_rule_check
from . import cpm_warning_rule_state
from . import cpm_warning_rule_evaluate
from . import cpm_warning_rule_text
from . import cpm_warning_rule_sentence
from . import cpm_warning_rule_cron
from . import cpm_warning  # the warning and what becomes of it
from . import cpm_warning_raise
from . import cpm_backtest
from . import cpm_backtest_result
from . import cpm_profile
from . import cpm_profile_watch
from . import cpm_metric
from . import cpm_segment
from . import cpm_scorecard

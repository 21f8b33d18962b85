from . import cpm_churn_reason
from . import cpm_warning_rule  # when to raise a warning
from . import cpm_warning_rule_check
from . import cpm_warning_rule_change
from . import cpm_warning_rule_signature
from . import cpm_warning_rule_state
from . import cpm_warning_rule_select
from . import cpm_warning_rule_past
from . import cpm_warning_rule_evaluate
from . import cpm_warning_rule_text
from . import cpm_warning_rule_screen
from . import cpm_warning_rule_cron
from . import cpm_warning  # the warning and what becomes of it
from . import cpm_warning_raise
from . import cpm_metric
from . import cpm_metric_past
from . import cpm_segment
from . import cpm_backtest_result  # how one signal did
from . import cpm_backtest  # the question and its answer
from . import cpm_backtest_signal  # what is judged
from . import cpm_backtest_run  # the judgement
from . import cpm_backtest_cron  # in the background and every month
from . import cpm_backtest_summary  # sentences and curves of the screen
from . import cpm_backtest_trust  # what it says about one customer
from . import cpm_warning_rule_trust
from . import cpm_warning_trust
from . import cpm_warning_screen
from . import cpm_warning_flow
from . import cpm_warning_close
from . import cpm_warning_snooze
from . import cpm_warning_playbook
from . import cpm_warning_winback
from . import cpm_warning_result
from . import cpm_warning_notice
from . import cpm_warning_cron
from . import res_company  # when customers count as lost
from . import cpm_metric_loss
from . import cpm_lifecycle_stage
from . import cpm_profile
from . import cpm_profile_watch
from . import cpm_profile_warning
from . import cpm_plan
from . import res_partner
from . import cpm_scorecard

from . import cpm_churn_reason
from . import cpm_warning_rule  # when to raise a warning
from . import cpm_warning  # the warning and what becomes of it
from . import cpm_warning_screen
from . import cpm_warning_flow
from . import cpm_warning_snooze
from . import cpm_warning_playbook
from . import cpm_warning_winback
from . import cpm_warning_result
from . import cpm_warning_cron
from . import cpm_backtest
from . import cpm_backtest_result
from . import cpm_profile
from . import cpm_profile_warning
from . import cpm_plan
from . import res_partner
from . import cpm_scorecard

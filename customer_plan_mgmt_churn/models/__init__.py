from . import cpm_metric
from . import cpm_churn_feature  # which metrics the probability is learned from
from . import cpm_churn_model  # what was learned, and when
from . import cpm_churn_coefficient
from . import cpm_churn_model_train
from . import cpm_churn_model_score
from . import cpm_churn_model_words
from . import cpm_churn_model_cron
from . import cpm_profile
from . import cpm_scorecard
from . import cpm_warning_rule
from . import cpm_backtest
from . import res_company
from . import res_config_settings

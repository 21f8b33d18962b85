from . import test_churn_formula
from . import test_churn_fit
from . import test_churn_training
from . import test_churn_scoring
from . import test_churn_cron
from . import test_churn_words
from . import test_churn_backtest
from . import test_churn_security

from . import res_company
from . import res_company_feedback
from . import res_config_settings
from . import res_config_settings_feedback
from . import res_company_plan
from . import res_company_risk
from . import res_config_settings_plan
from . import res_config_settings_risk

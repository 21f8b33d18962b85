from . import cpm_code_mixin
from . import cpm_guard_mixin

from . import cpm_code_mixin
from . import cpm_guard_mixin
from . import cpm_tree_mixin
from . import cpm_system_mixin

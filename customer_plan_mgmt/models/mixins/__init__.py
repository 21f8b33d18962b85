from . import cpm_copy_mixin
from . import cpm_code_mixin
from . import cpm_guard_mixin
from . import cpm_tree_mixin
from . import cpm_system_mixin
from . import ir_sequence
from . import cpm_number_mixin
from . import cpm_batch_mixin

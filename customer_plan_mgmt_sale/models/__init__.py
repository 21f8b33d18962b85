from . import cpm_profile

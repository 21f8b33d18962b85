from . import cpm_purchase

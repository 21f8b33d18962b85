# Part of customer_plan_mgmt. See LICENSE for the full copyright and licence (AGPL-3).
{
    "name": "Customer Plans - Churn Probability",
    "version": "19.0.1.0.0",
    "summary": "How likely each customer is to leave, learned from the own history",
    "category": "Sales/CRM",
    "author": "Customer Plan Management contributors",
    "website": "https://github.com/customer-plan-mgmt/customer_plan_mgmt",
    "license": "AGPL-3",
    "depends": ["customer_plan_mgmt"],
    "external_dependencies": {"python": ["scikit-learn"]},
    "data": [
        "security/ir.model.access.csv",
        "security/churn_rules.xml",
        "data/churn_metric_data.xml",
        "data/churn_feature_data.xml",
        "data/churn_cron.xml",
        "views/churn_feature_views.xml",
        "views/churn_model_views.xml",
        "views/churn_profile_views.xml",
        "views/churn_settings_views.xml",
    ],
}

"""Superset's settings, as its operators write them."""

SECRET_KEY = "only-for-tests-and-long-enough-for-superset"
WTF_CSRF_ENABLED = False  # clients of the API send tokens
TALISMAN_ENABLED = False  # no TLS on the loopback interface
RATELIMIT_ENABLED = False
PREVENT_UNSAFE_DB_CONNECTIONS = False
FEATURE_FLAGS = {"TAGGING_SYSTEM": True, "ALERT_REPORTS": True}

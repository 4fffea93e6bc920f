"""What the shop is told by environment variables."""

import os
import sys


def required(name: str) -> str:
    return os.environ.get(name) or sys.exit(f"shop: the environment variable {name} is not set")


DATABASE_URL = required("DATABASE_URL")
DATABASE_TIMEOUT = float(os.environ.get("DATABASE_TIMEOUT_SECONDS", "5"))
PAYMENTS_URL = required("PAYMENTS_URL").rstrip("/")
PAYMENTS_TIMEOUT = float(os.environ.get("PAYMENTS_TIMEOUT_SECONDS", "5"))
CURRENCY = os.environ.get("CURRENCY", "EUR")
SHIP_AFTER = float(os.environ.get("SHIP_AFTER_SECONDS", "1.0"))
SHIP_EVERY = float(os.environ.get("SHIP_EVERY_SECONDS", "0.3"))
START_DELAY = float(os.environ.get("START_DELAY_SECONDS", "0"))

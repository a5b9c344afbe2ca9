"""The simulated days that all tests live."""

from datetime import datetime

from services.demo.diary import ZONE

ENDS = datetime(2026, 3, 14, 15, 45, tzinfo=ZONE)  # a Saturday: the twelve days begin on Monday, 2 March

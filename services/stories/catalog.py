"""Every story, once."""

from services.stories.asset_software import ASSET_SOFTWARE
from services.stories.business_reception import BUSINESS_RECEPTION, RECEPTION_ARTICLES
from services.stories.car_delivery import DMS_PROCESS, WORKSHOP_MANUAL
from services.stories.car_reception import CAR_SERVICE_LECTURE, PHONE_GATE_CARDS, RECEPTION_IN_13_POINTS
from services.stories.car_workshop import CAR_WORKSHOP
from services.stories.dealer_visits import APPLIANCE_CALL, PURIFIER_CALL, SOLAR_CALL
from services.stories.furniture_repair import FURNITURE_REPAIR
from services.stories.it_care import IT_CARE
from services.stories.lubricant import LUBRICANT
from services.stories.mining_machine import MINING_MACHINE
from services.stories.on_site_code import ON_SITE_CODE
from services.stories.pre_check_area import PRE_CHECK_AREA
from services.stories.software_support import SOFTWARE_SUPPORT
from services.stories.story import Story
from services.stories.ticket_tool import TICKET_TOOL
from services.stories.voucher_repair import VOUCHER_REPAIR

STORIES: dict[str, Story] = {
    story.name: story
    for story in (
        PRE_CHECK_AREA,
        CAR_WORKSHOP,
        CAR_SERVICE_LECTURE,
        DMS_PROCESS,
        RECEPTION_IN_13_POINTS,
        RECEPTION_ARTICLES,
        BUSINESS_RECEPTION,
        WORKSHOP_MANUAL,
        PHONE_GATE_CARDS,
        FURNITURE_REPAIR,
        VOUCHER_REPAIR,
        ON_SITE_CODE,
        APPLIANCE_CALL,
        SOLAR_CALL,
        PURIFIER_CALL,
        SOFTWARE_SUPPORT,
        MINING_MACHINE,
        ASSET_SOFTWARE,
        TICKET_TOOL,
        LUBRICANT,
        IT_CARE,
    )
}

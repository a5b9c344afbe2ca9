"""Every story, once."""

from services.stories.pre_check_area import PRE_CHECK_AREA
from services.stories.story import Story

STORIES: dict[str, Story] = {story.name: story for story in (PRE_CHECK_AREA,)}

"""The goals of the key figures, as the profiles in force set them now."""

from datetime import UTC, datetime

from services.desk import fold
from services.policy import policies
from services.profile import Profile
from services.runtime import Runtime
from services.targets import Goal, targets


def goals_of(runtime: Runtime) -> dict[str, list[Goal]]:
    """The goals that the profiles in force set for each figure, each once."""
    found: dict[str, list[Goal]] = {}
    for name in policies():
        stream = f"profile/{name}"
        profile: Profile = fold(stream, runtime.store.read(stream))
        for figure, goal in targets(profile.in_force(name, datetime.now(UTC))).items():
            found.setdefault(figure, []).append(goal)
    return {figure: list(dict.fromkeys(goals)) for figure, goals in found.items()}

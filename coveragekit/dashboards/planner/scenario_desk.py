"""Save what is tried under a name, open it again, rename it, delete it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from coveragekit.dashboards.planner.whatif_state import scenario_rows
from coveragekit.errors import InputError
from coveragekit.study.change import Change
from coveragekit.study.scenario import LONGEST_NAME, Scenario

if TYPE_CHECKING:
    from collections.abc import Callable

    from coveragekit.dashboards.planner.tryout import Tryout
    from coveragekit.study.scenarios import Listed, Scenarios

__all__ = ["ScenarioDesk"]

_NAME_WORDS: Final = (
    f"This name cannot be: it takes one line of 1 to {LONGEST_NAME} signs, without < "
    "and >."
)


class ScenarioDesk:
    """
    The scenarios of a study, as the what-if panel saves and opens them.

    Parameters
    ----------
    tryout
        What is tried.
    kept
        The study's scenarios.
    tell
        Takes parts of what the panel shows: finished values by name.
    """

    def __init__(
        self, tryout: Tryout, kept: Scenarios, *, tell: Callable[..., None]
    ) -> None:
        self._tryout, self._kept, self._tell = tryout, kept, tell
        self._user, self._may_save = "", True
        self._opened: str | None = None
        # As it was read or saved here; another there is somebody else's.
        self._seen: Scenario | None = None
        self._saved = Change()
        self._asked: dict[str, Any] | None = None
        tryout.state.observe(lambda _: self._tell_saved(), "change")
        self._list()

    @property
    def _build_id(self) -> str:
        return str(self._tryout.store.meta["build_id"])

    def greet(self, user: str, *, may_save: bool) -> None:
        """
        Take over who has come.

        Parameters
        ----------
        user
            Their name.
        may_save
            Whether they may write into the study.
        """
        self._user, self._may_save = user, may_save
        self._list()

    def calls(self) -> dict[str, tuple[str, Callable[[dict[str, Any]], None]]]:
        """
        Give what answers the panel's messages.

        Returns
        -------
        dict
            Event to the task, to complete "Could not ...", and what does it.
        """
        return {
            "save": ("save the scenario", self._save),
            "open": ("open the scenario", self._open),
            "rename": ("rename the scenario", self._rename),
            "delete": ("delete the scenario", self._ask_to_delete),
            "yes": ("do that", self._yes),
            "no": ("leave that", lambda _: self._ask(None)),
        }

    def clear(self) -> None:
        """Try nothing any more, as one step that can be undone."""
        self._opened, self._saved = None, Change()
        self._tryout.chosen, self._tryout.pending = None, None
        self._tryout.settle(Change())
        self._list()

    def _save(self, message: dict[str, Any]) -> None:
        name = " ".join(str(message["name"]).split())
        if self._refuses(name):
            return
        scenario = Scenario(
            name=name,
            note=str(message.get("note") or "").strip(),
            change=self._tryout.change,
            user=self._user,
            build_id=self._build_id,
        )
        listed = {one.key: one for one in self._kept.listed()}
        there = listed.get(scenario.key)
        is_open = there is not None and there.key == self._opened
        if there is not None and not (is_open and there.scenario == self._seen):
            words = self._meanwhile(there) if is_open else ""
            words = words or f"There is a scenario {name!r} already. Replace it?"
            asked = {"words": words, "yes": "Replace", "scenario": scenario}
            self._ask({**asked, "there": there})
            return
        self._keep(scenario, there=there)

    def _refuses(self, name: str, *, key: str = "") -> bool:
        """Say at its field why a name cannot be, and whether that is so."""
        words = ""
        self._tell(refused=None)  # so that the same refusal is said again
        try:
            fresh = Scenario(name, Change()).key
        except InputError:
            words = _NAME_WORDS
        else:
            taken = {one.key for one in self._kept.listed()} - {key}
            if key and fresh in taken:
                words = f"There is a scenario {name!r} already; choose another name."
        if words:
            self._tell(refused={"key": key, "words": words})
        return bool(words)

    def _meanwhile(self, there: Listed) -> str:
        """Ask whether to replace what somebody has saved since it was opened here."""
        one = there.scenario
        if one is None:
            return ""
        zone = ZoneInfo(str(self._tryout.store.meta["time_zone"]))
        at = one.made_at.astimezone(zone)
        return (
            f"{one.user or 'Somebody'} has saved {one.name!r} since you opened it "
            f"({at:%Y-%m-%d %H:%M}). Replace it with yours?"
        )

    def _keep(self, scenario: Scenario, *, there: Listed | None) -> None:
        self._check_may_save()
        if not scenario.change:
            message = "nothing is changed yet; change a camera, then save"
            raise InputError(message)
        known = None if there is None else there.scenario
        damaged = there is not None and known is None
        key = self._kept.save(scenario, overwrite=damaged, instead_of=known)
        self._opened, self._saved = key, scenario.change
        kept = self._kept.load(key)
        is_mine = replace(kept, made_at=scenario.made_at) == scenario
        self._seen = kept if is_mine else None
        self._list(status=f"Saved as {scenario.name!r}.")

    def _check_may_save(self) -> None:
        if not self._may_save:
            message = "your role may try cameras out, but not save scenarios"
            raise InputError(message)

    def _open(self, message: dict[str, Any]) -> None:
        key = str(message["key"])
        scenario = self._kept.load(key)
        self._opened, self._saved, self._seen = key, scenario.change, scenario
        self._tryout.chosen, self._tryout.pending = None, None
        self._tryout.settle(scenario.change)
        told = scenario.told(self._build_id)
        self._list(status=f"Opened {scenario.name!r}. {told}".strip())

    def _rename(self, message: dict[str, Any]) -> None:
        self._check_may_save()
        key, name = str(message["key"]), " ".join(str(message["name"]).split())
        if self._refuses(name, key=key):
            return
        fresh = self._kept.rename(key, name)
        if self._opened == key:
            self._opened = fresh
            self._seen = self._seen and replace(self._seen, name=name)
        self._list(status=f"Renamed to {name!r}.")

    def _ask_to_delete(self, message: dict[str, Any]) -> None:
        self._check_may_save()
        key = str(message["key"])
        listed = {one.key: one for one in self._kept.listed()}
        one = listed.get(key)
        name = one.scenario.name if one and one.scenario else key
        words = f"Delete the scenario {name!r} for good?"
        self._ask({"words": words, "yes": "Delete", "key": key})

    def _ask(self, asked: dict[str, Any] | None) -> None:
        self._asked = asked
        shown = {name: asked[name] for name in ("words", "yes")} if asked else None
        self._tell(confirm=shown)

    def _yes(self, _: dict[str, Any]) -> None:
        asked, self._asked = self._asked, None
        self._tell(confirm=None)
        if asked is None:
            return
        if "scenario" in asked:
            self._keep(asked["scenario"], there=asked["there"])
            return
        self._check_may_save()
        self._kept.delete(asked["key"])
        if self._opened == asked["key"]:
            self._opened = None
        self._list(status="Deleted.")

    def _list(self, *, status: str = "") -> None:
        listed = self._kept.listed()
        opened = next((one.scenario for one in listed if one.key == self._opened), None)
        rows = scenario_rows(listed, opened=self._opened, build_id=self._build_id)
        self._tell(
            scenarios=rows,
            name=opened.name if opened else "",
            note=opened.note if opened else "",
            may_save=self._may_save,
            status=status,
            refused=None,
        )
        self._tell_saved()

    def _tell_saved(self) -> None:
        change = self._tryout.change
        self._tell(is_saved=not change or change == self._saved)

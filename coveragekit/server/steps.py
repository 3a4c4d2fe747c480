"""The steps of the form: each is shown, read, and kept until all are done."""

from __future__ import annotations

import secrets
from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from coveragekit.errors import InputError
from coveragekit.server.base import Plain
from coveragekit.server.catalogue import HEIGHTS_M, KINDS, WIDTHS_DEG
from coveragekit.server.draft import MOST_CAMERAS, SHOWN, STEPS, Draft
from coveragekit.server.fields import (
    CAPACITIES,
    COMPASS,
    OWNER_KINDS,
    SITE_KINDS,
    Read,
    read_aim,
    read_camera,
    read_consent,
    read_people,
    read_where,
)
from coveragekit.server.office import fee_days
from coveragekit.server.prose import prose
from coveragekit.server.steps_aside import beside, shown_width

if TYPE_CHECKING:
    from coveragekit.server.finding import Found
    from coveragekit.server.office import Quote

__all__ = ["Aim", "Camera", "Change", "Consent", "More", "People", "Remove", "Where"]

_CHOICES: Final = {
    "site_kinds": SITE_KINDS,
    "compass": COMPASS,
    "kinds": KINDS,
    "heights": (*HEIGHTS_M, "unknown"),
    "widths": (*WIDTHS_DEG, "unknown"),
    "owner_kinds": OWNER_KINDS,
    "capacities": CAPACITIES,
}
_MOVED_DEG: Final = 5e-5


class _Step(Plain, ABC):
    """One step."""

    step = ""

    async def get(self) -> None:
        """Show it, or the first one before it that is not done."""
        draft = self.draft()
        missing = draft.first_missing()
        if missing in STEPS and STEPS.index(missing) < STEPS.index(self.step):
            self.go(f"register/{missing}")
            return
        values, faults = self.refused() or (self.known(draft), {})
        await self.page(draft, values, faults)

    async def post(self) -> None:
        """Read it, and go on, or show what is wrong."""
        draft, given = self.draft(), self.fields()
        missing = draft.first_missing()
        if missing in STEPS and STEPS.index(missing) < STEPS.index(self.step):
            self.go(f"register/{missing}")
            return
        read = await self.read(given)
        if not read.faults:
            try:
                kept = self.kept(draft, read.values)
                self.keep(kept)
            except InputError:
                read.faults["form"] = "fault.long"
            else:
                self.go(f"register/{self.next_after(given, kept)}")
                return
        self.refuse(given, read.faults)

    def next_after(self, given: dict[str, str], _kept: Draft) -> str:
        """Give the step that comes now."""
        following = (*STEPS, "sign")[STEPS.index(self.step) + 1]
        return "sign" if given.get("then") == "sign" else following

    def known(self, draft: Draft) -> dict[str, Any]:
        """Give what the fields hold at first."""
        return dict(draft.camera)

    @abstractmethod
    async def read(self, given: dict[str, str]) -> Read:
        """Read the fields."""

    def kept(self, draft: Draft, values: dict[str, Any]) -> Draft:
        """Give the draft with what was read."""
        return draft.with_camera(**values)

    async def page(
        self, draft: Draft, values: dict[str, Any], faults: dict[str, str]
    ) -> None:
        """Show the step."""
        await self.write_page(draft, values, faults)

    async def write_page(
        self,
        draft: Draft,
        values: dict[str, Any],
        faults: dict[str, str],
        **more: object,
    ) -> None:
        """Write the page of the step."""
        then = values.get("then") or self.get_query_argument("then", "")
        self.show(
            f"{self.step}.html",
            step=self.step,
            steps=SHOWN,
            draft=draft,
            values=values,
            faults=faults,
            then="sign" if then == "sign" else "",
            **_CHOICES,
            **more,
        )


class Where(_Step):
    """Where the camera hangs."""

    step = "where"

    async def read(self, given: dict[str, str]) -> Read:
        """Read address and pin."""
        sight = self.shop.desk.sight
        return await self.kept_up(read_where, given, sight.off_area_m)

    def kept(self, draft: Draft, values: dict[str, Any]) -> Draft:
        """Keep them; a pin that was moved has to be aimed again."""
        before = draft.camera
        moved = any(
            abs(values[name] - before.get(name, values[name])) > _MOVED_DEG
            for name in ("lon", "lat")
        )
        if moved and "aimed" in before:
            rest = {key: one for key, one in before.items() if key != "aimed"}
            draft = replace(draft, cameras=(*draft.cameras[:-1], rest))
        return draft.with_camera(**values)

    def next_after(self, given: dict[str, str], _kept: Draft) -> str:
        """Give the step that comes now: aiming, where the pin was moved."""
        if "aimed" not in _kept.camera:
            return "aim"
        return super().next_after(given, _kept)

    async def post(self) -> None:
        """Search without a script, or go on as each step does."""
        given = self.fields()
        if given.get("do") not in {"find", "use"}:
            await super().post()
            return
        self.take("search")
        asked = given.get("q", "")[:200]
        found: list[Found] = await self.kept_up(self.shop.desk.find, asked)
        if given["do"] == "use" and given.get("pick", "").isdigit():
            row = int(given["pick"][:3])
            if row < len(found):
                lon, lat = beside(found[row], given.get("side", ""))
                given.update(
                    address=found[row].address, lon=f"{lon:.6f}", lat=f"{lat:.6f}"
                )
        self.refuse(given, {})

    async def page(
        self, draft: Draft, values: dict[str, Any], faults: dict[str, str]
    ) -> None:
        """Show the step with the map."""
        found: list[Found] = []
        if values.get("do") == "find":
            asked = str(values.get("q", ""))[:200]
            found = await self.kept_up(self.shop.desk.find, asked)
        await self.write_page(draft, values, faults, found=found, view=_map(self))


class Aim(_Step):
    """Which way it looks."""

    step = "aim"

    async def read(self, given: dict[str, str]) -> Read:
        """Read the direction."""
        return read_aim(given)

    async def page(
        self, draft: Draft, values: dict[str, Any], faults: dict[str, str]
    ) -> None:
        """Show the step with the map."""
        await self.write_page(draft, values, faults, view=_map(self))


class Camera(_Step):
    """What camera it is."""

    step = "camera"

    async def read(self, given: dict[str, str]) -> Read:
        """Read the model or the three answers."""
        return read_camera(given, self.shop.catalogue)

    async def page(
        self, draft: Draft, values: dict[str, Any], faults: dict[str, str]
    ) -> None:
        """Show the step with the list of models and the map."""
        models = self.shop.catalogue.models
        if "asked_kind" in values:
            values = {**values, "kind": values["asked_kind"]}
        await self.write_page(draft, values, faults, models=models, view=_map(self))


class People(_Step):
    """How long pictures are kept, and whom to ask."""

    step = "people"

    def known(self, draft: Draft) -> dict[str, Any]:
        """Give what the fields hold at first."""
        return dict(draft.people)

    async def read(self, given: dict[str, str]) -> Read:
        """Read retention, contact and capacity."""
        return read_people(given)

    def kept(self, draft: Draft, values: dict[str, Any]) -> Draft:
        """Keep them."""
        return replace(draft, people=values)


class Consent(_Step):
    """What is agreed to."""

    step = "consent"

    def known(self, draft: Draft) -> dict[str, Any]:
        """Give what the fields hold at first."""
        return dict(draft.consent)

    async def read(self, given: dict[str, str]) -> Read:
        """Read the choice and the agreement."""
        return read_consent(
            given, may_integrate=may_integrate(self.draft()), shown=self.shown()
        )

    def shown(self) -> str:
        """Name the text as it is shown: its version and language."""
        text = self.shop.office.text("registration", self.language)
        return f"{text.version} {self.language}"

    def kept(self, draft: Draft, values: dict[str, Any]) -> Draft:
        """Keep them with the text that was shown, and a mark against sending twice."""
        version, language = self.shown().split()
        shown = {
            **values,
            "text_version": version,
            "language": language,
            "once": draft.consent.get("once") or secrets.token_urlsafe(9),
        }
        return replace(draft, consent=shown)

    async def page(
        self, draft: Draft, values: dict[str, Any], faults: dict[str, str]
    ) -> None:
        """Show the texts and what integrating would cost."""
        office, language = self.shop.office, self.language
        quote: Quote | None = await self.looked_up(
            office.quote, cameras=len(draft.cameras), days=fee_days(draft)
        )
        await self.write_page(
            draft,
            values,
            faults,
            text=office.text("registration", language),
            shown=self.shown(),
            deed=prose(office.text("registration", language).body),
            further=prose(office.text("integration", language).body),
            quote=quote,
            days=fee_days(draft),
            may_integrate=may_integrate(draft),
        )


class More(Plain):
    """Another camera at the same place."""

    page_of = "register/sign"

    def post(self) -> None:
        """Begin it where the last one hangs."""
        draft = self.draft()
        missing = draft.first_missing()
        if missing in {"where", "aim", "camera"}:
            self.go(f"register/{missing}")
            return
        if len(draft.cameras) >= MOST_CAMERAS:
            self.go("register/sign")
            return
        same = ("address", "site_name", "site_kind", "lon", "lat")
        another = {key: one for key, one in draft.camera.items() if key in same}
        self.keep(replace(draft, cameras=(*draft.cameras, another)))
        self.go("register/where")


class Remove(Plain):
    """One camera fewer."""

    page_of = "register/sign"

    def post(self) -> None:
        """Take it out; the last one stays."""
        draft, told = self.draft(), self.fields().get("camera", "")
        row = int(told[:3]) if told.isdigit() else -1
        if len(draft.cameras) > 1 and 0 <= row < len(draft.cameras):
            left = (*draft.cameras[:row], *draft.cameras[row + 1 :])
            self.keep(replace(draft, cameras=left))
        self.go("register/sign")


class Change(Plain):
    """Another camera than the last one can be changed."""

    page_of = "register/sign"

    def post(self) -> None:
        """Make it the last one, whose steps the summary leads to."""
        draft, told = self.draft(), self.fields().get("camera", "")
        row = int(told[:3]) if told.isdigit() else -1
        if 0 <= row < len(draft.cameras):
            rest = (*draft.cameras[:row], *draft.cameras[row + 1 :])
            self.keep(replace(draft, cameras=(*rest, draft.cameras[row])))
        self.go("register/sign#last")


def may_integrate(draft: Draft) -> bool:
    """
    Tell whether integration is offered: not for what only its maker's cloud can show.

    Parameters
    ----------
    draft
        The draft.

    Returns
    -------
    bool
        Whether every camera can be reached without its maker.

    Examples
    --------
    >>> may_integrate(Draft(({"cloud_only": True},)))
    False
    """
    return not any(one.get("cloud_only") for one in draft.cameras)


def _map(step: _Step) -> dict[str, Any]:
    """Give what the page's map needs to know."""
    lon, lat = step.shop.desk.start
    draft = step.draft()
    return {
        "lon": f"{lon:.6f}",
        "lat": f"{lat:.6f}",
        "width": shown_width(draft.camera),
    }

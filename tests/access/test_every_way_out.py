"""Every public function of the door, by everybody: no person comes out unrecorded."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from sqlalchemy import text

from coveragekit import access
from coveragekit.access import Ask, CameraFilter, Door, Purpose, Scope, User
from coveragekit.errors import CoverageKitError
from coveragekit.model import Released, roles
from coveragekit.registry import requests
from coveragekit.registry.audit import Entry, last_entry, read_log
from coveragekit.registry.consent_rules import Act
from tests.access.scene import ANN, LAT, LON, OFFICE
from tests.access.test_owners_side import payload
from tests.databases import Clock

# What reaches a person comes out with a line of one of these actions alone.
TELLING = {"see_contact", "look_up_people"}
# Whom the policy lets work on the registry itself, and for what.
DESK = {"recruiter", "supervisor", "administrator"}
DESK_WORK = {"owner_request", "administration"}
# These ask no registry, or open one, and give no row of it.
NO_ROWS = {
    "check_hours",
    "consent_text",
    "create_registry",
    "default_url",
    "example_plan",
    "example_text",
    "grant_statements",
    "left_of",
    "listed_role",
    "local_user",
    "open_door",
    "overwrite_words",
    "parse_plan",
    "parse_plan_sheet",
    "parse_zones",
    "public_keys",
    "read_policy",
    "read_values",
    "receipt_words",
    "restore",
    "shown_place",
    "upgrade_registry",
}

OPEN = "decided_at IS NULL AND audit_seq IN (SELECT seq FROM audit_entry WHERE action "
WISHES, LOOKS = f"{OPEN} = 'withdraw')", f"{OPEN} <> 'withdraw')"


@dataclass
class World:
    """A registry full of people, and whatever a way out needs to be tried."""

    door: Door
    tmp: Path
    mine: dict[str, str] = field(default_factory=dict)
    count: int = 0

    def __post_init__(self) -> None:
        told = {"registry": self.door}

        def add(kind: str, /, **values: object) -> str:
            row = access.add_row(ANN, OFFICE, kind, values=values, **told)
            names = {"app_user": "user_id", "privacy_zone": "zone_id"}
            key = str(getattr(row, names.get(kind, f"{kind}_id")))
            self.mine[kind] = key
            return key

        owner_id = add("owner", name="Quetzal Marrow", kind="person")
        person = {"name": "Ilka Brandt", "phone": "404-555-7731"}
        add("contact", owner_id=owner_id, email="ilka@canary.test", **person)
        place = {"kind": "home", "address": "9 Elm St", "lon": LON, "lat": LAT}
        site_id = add("site", owner_id=owner_id, **place)
        signs = {"capacity": "owner", "signer": "Ulmar Signett"}
        add("authority", site_id=site_id, owner_id=owner_id, **signs)
        add("recorder", site_id=site_id, channels=4)
        where = {"lon": LON, "lat": LAT, "site_id": site_id, "kind": "dome"}
        self.camera = add("camera", **where, retention_days=30.0)
        add("credential", camera_id=self.camera, store="environment", reference="X")
        add("prospect", name="Oak House", stage="prospect")
        add("share", camera_id=self.camera, to_role="analyst", scope_live=True)
        ring = [[[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]]]
        add("privacy_zone", name="clinic", ring=ring)
        self.agree("registered", "registration")
        access.change_consent(
            ANN, OFFICE, self.camera, to="offered", side="agency", **told
        )
        ends = self.now + timedelta(days=30)
        scope = Scope(live=True, recorded=True, ptz=True)
        self.receipt = self.agree(
            "integrated", "integration", scope=scope, expires_at=ends
        )

    @property
    def now(self) -> Any:
        return self.door.registry.clock()

    def agree(self, to: str, kind: str, **more: Any) -> str:
        """Have the owner agree, with a signer and a reason that no list may tell."""
        done = access.change_consent(
            ANN,
            OFFICE,
            self.camera,
            to=to,
            side="owner",
            signer="Ulmar Signett",
            text=access.consent_text(kind),
            reason="Quetzal Marrow called",
            registry=self.door,
            **more,
        )
        return done.code

    def waiting(self) -> Any:
        """Give a form that waits."""
        (*_, last) = (None, *self.rows("submission", "state = 'waiting'"))
        if last is None:
            told = payload()
            told["contact"]["phone"] = "404-555-7732"
            access.submit(told, language="en", registry=self.door)
            (last,) = self.rows("submission", "state = 'waiting'")
        return last

    def asked(self, state: str) -> Any:
        """Give a request for footage."""
        (*_, last) = (None, *self.rows("request", f"state = '{state}'"))
        if last is None:
            act = Act(side="agency", name="kim", role="officer")
            self.count += 1  # nobody is asked twice for one stretch of time
            ends = self.now - timedelta(hours=2 * self.count)
            ask = Ask(from_at=ends - timedelta(hours=1), to_at=ends)
            with self.door.registry.write() as connection:
                batch = requests.request_footage(
                    connection, [self.camera], ask, act=act
                )
                if state == "sent":
                    key = batch.requests[0].request_id
                    requests.move_request(connection, key, "sent", act=act)
            (last,) = self.rows("request", f"state = '{state}'")
        return last

    def review(self, *, leaving: bool) -> Any:
        """Give what waits for a supervisor, or for the desk."""
        where = WISHES if leaving else LOOKS
        (*_, last) = (None, *self.rows("review", where))
        if last is None:
            if leaving:
                code = self.waiting().receipt
                access.withdraw(code, "other@x.org", registry=self.door)
            else:
                look = Purpose("call", emergency=True)
                who = User("sam", "officer", "proxy")
                self.door.may(who, "view_live", self.camera, look)
            (last,) = self.rows("review", where)
        return last

    def rows(self, table: str, where: str = "1 = 1") -> Any:
        query = text(f"SELECT * FROM {table} WHERE {where}")  # noqa: S608 - our words
        with self.door.registry.read() as connection:
            return connection.execute(query).all()

    def revision(self, kind: str) -> int:
        names = {"app_user": "user_id", "privacy_zone": "zone_id"}
        key = names.get(kind, f"{kind}_id")
        (row,) = self.rows(kind, f"{key} = '{self.mine[kind]}'")
        return int(row.revision)

    def path(self, name: str) -> Path:
        self.count += 1
        return self.tmp / f"{self.count}{name}"


Way = Callable[[World, User, Purpose], object]
KINDS = sorted(access.shelves.KINDS)


def every_kind(how: Callable[..., object]) -> Way:
    """Ask for rows of each kind; what is refused or not there is left out."""

    def ask(world: World, who: User, why: Purpose) -> object:
        found = []
        for kind in KINDS:
            try:
                found.append(how(world, who, why, kind))
            except CoverageKitError as error:
                found.append(str(error))
        return found

    return ask


def change(world: World, who: User, why: Purpose, kind: str) -> object:
    columns = {"contact": "best_time", "owner": "language", "camera": "maintainer"}
    if kind not in columns:
        return None
    return access.change_row(
        who,
        why,
        kind,
        key=world.mine[kind],
        values={columns[kind]: "es"},
        revision=world.revision(kind),
        registry=world.door,
    )


def file(world: World) -> Path:
    path = world.path(".mp4")
    path.write_bytes(b"film")
    return path


RING = [[[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]]]
PLAN = access.example_plan()
WAYS: dict[str, Way] = {
    "accept_clock": lambda w, u, p: access.accept_clock(u, registry=w.door),
    "accept_submission": lambda w, u, p: access.accept_submission(
        u, p, (one := w.waiting()).submission_id, revision=one.revision, registry=w.door
    ),
    "add_fee_plan": lambda w, u, p: access.add_fee_plan(
        u, p, PLAN, dry_run=True, registry=w.door
    ),
    "add_row": lambda w, u, p: access.add_row(
        u, p, "owner", values={"name": "New", "kind": "business"}, registry=w.door
    ),
    "asked_cameras": lambda w, u, p: access.asked_cameras(
        u, p, [w.asked("drafted").camera_id], registry=w.door
    ),
    "back_up": lambda w, u, p: access.back_up(u, p, w.path(".tar.gz"), registry=w.door),
    "camera_arrays": lambda w, u, p: {
        name: list(one)
        for name, one in access.camera_arrays(u, p, registry=w.door).items()
    },
    "cameras": lambda w, u, p: access.cameras(u, p, registry=w.door),
    "change_consent": lambda w, u, p: access.change_consent(
        u,
        p,
        w.camera,
        to="integrated",
        side="owner",
        signer="Ulmar Signett",
        text=access.consent_text("integration"),
        scope=Scope(live=True),
        expires_at=w.now + timedelta(days=20),
        registry=w.door,
    ),
    "change_row": every_kind(change),
    "check_receipt": lambda w, u, p: access.check_receipt(
        u, p, w.receipt, registry=w.door
    ),
    "consent_history": lambda w, u, p: access.consent_history(
        u, p, w.camera, registry=w.door
    ),
    "contacts": lambda w, u, p: access.contacts(u, p, [w.camera], registry=w.door),
    "correct_clock": lambda w, u, p: access.correct_clock(u, registry=w.door),
    "count_looks": lambda w, u, p: access.count_looks(u, p, registry=w.door),
    "decide_review": lambda w, u, p: access.decide_review(
        u,
        p,
        (one := w.review(leaving=False)).review_id,
        verdict="justified",
        note="it was",
        revision=one.revision,
        registry=w.door,
    ),
    "departed": lambda w, u, p: access.departed(u, p, [w.camera], registry=w.door),
    "due_reminders": lambda w, u, p: access.due_reminders(u, p, registry=w.door),
    "end_fee_plan": lambda w, u, p: access.end_fee_plan(
        u, p, "fee_0", last_day=w.now.date(), registry=w.door
    ),
    "erase_owner": lambda w, u, p: access.erase_owner(
        u, p, w.mine["owner"], dry_run=True, registry=w.door
    ),
    "export_cameras": lambda w, u, p: [
        access.export_cameras(u, p, release, registry=w.door)
        for release in ("internal", "public")
    ],
    "fee_quote": lambda w, u, p: access.fee_quote(cameras=1, days=7, registry=w.door),
    "find_cameras": lambda w, u, p: access.find_cameras(
        u, p, wanted=CameraFilter(removed=True), registry=w.door
    ),
    "footage_yield": lambda w, u, p: access.footage_yield(u, p, registry=w.door),
    "get_row": every_kind(
        lambda w, u, p, kind: access.get_row(
            u, p, kind, key=w.mine.get(kind, "x"), registry=w.door
        )
    ),
    "get_submission": lambda w, u, p: access.get_submission(
        u, p, w.waiting().submission_id, registry=w.door
    ),
    "import_feeds": lambda w, u, p: access.import_feeds(
        u,
        p,
        [{"camera": w.camera, "address": "rtsp://h/1", "store": "drawer"}],
        columns=("camera", "address", "store"),
        lines=[2],
        digest="",
        registry=w.door,
    ),
    "import_rows": lambda w, u, p: access.import_rows(
        u, p, [{"lon": 1, "lat": 1}], source="x", dry_run=True, registry=w.door
    ),
    "import_zones": lambda w, u, p: access.import_zones(
        u, p, [{"name": "a", "ring": RING}], dry_run=True, registry=w.door
    ),
    "list_cameras": lambda w, u, p: access.list_cameras(u, p, registry=w.door),
    "list_fee_plans": lambda w, u, p: access.list_fee_plans(u, p, registry=w.door),
    "list_leaving": lambda w, u, p: (
        w.review(leaving=True),
        access.list_leaving(u, p, registry=w.door),
    )[1],
    "list_requests": lambda w, u, p: (
        w.asked("sent"),
        access.list_requests(u, p, registry=w.door),
    )[1],
    "list_reviews": lambda w, u, p: (
        w.review(leaving=False),
        access.list_reviews(u, p, open_only=False, registry=w.door),
    )[1],
    "list_rows": every_kind(
        lambda w, u, p, kind: access.list_rows(u, p, kind, registry=w.door)
    ),
    "list_submissions": lambda w, u, p: (
        w.waiting(),
        [
            access.list_submissions(u, p, state=state, registry=w.door)
            for state in ("waiting", "accepted", "rejected", "withdrawn")
        ],
    )[1],
    "move_request": lambda w, u, p: access.move_request(
        u, p, w.asked("drafted").request_id, to="sent", registry=w.door
    ),
    "near_cameras": lambda w, u, p: access.near_cameras(
        u, p, lon=LON, lat=LAT, registry=w.door
    ),
    "purge": lambda w, u, p: access.purge(u, p, dry_run=True, registry=w.door),
    "read_audit": lambda w, u, p: access.read_audit(
        u, p, limit=100_000, registry=w.door
    ),
    "receive_file": lambda w, u, p: access.receive_file(
        u, p, w.asked("sent").request_id, file=file(w), registry=w.door
    ),
    "refuse_submission": lambda w, u, p: access.refuse_submission(
        u,
        p,
        (one := w.waiting()).submission_id,
        reason="no",
        revision=one.revision,
        registry=w.door,
    ),
    "request_footage": lambda w, u, p: access.request_footage(
        u,
        p,
        [w.camera],
        ask=Ask(from_at=w.now - timedelta(hours=1), to_at=w.now),
        registry=w.door,
    ),
    "request_story": lambda w, u, p: access.request_story(
        u, p, w.asked("drafted").request_id, registry=w.door
    ),
    "run_clock": lambda w, u, p: access.run_clock(w.door),
    "settle_leaving": lambda w, u, p: access.settle_leaving(
        u,
        p,
        (one := w.review(leaving=True)).review_id,
        verdict="withdrawn",
        note="reached",
        revision=one.revision,
        registry=w.door,
    ),
    "submission_contact": lambda w, u, p: access.submission_contact(
        u, p, w.waiting().submission_id, registry=w.door
    ),
    "submission_neighbours": lambda w, u, p: access.submission_neighbours(
        u, p, w.waiting().submission_id, registry=w.door
    ),
    "submissions_near": lambda w, u, p: access.submissions_near(
        u, p, [w.waiting().submission_id], registry=w.door
    ),
    "submit": lambda w, u, p: access.submit(payload(), language="en", registry=w.door),
    "verify_audit": lambda w, u, p: access.verify_audit(u, p, registry=w.door),
    "withdraw": lambda w, u, p: access.withdraw(
        w.receipt, "other@x.org", registry=w.door
    ),
    "zones": lambda w, u, p: access.zones(u, p, registry=w.door),
}


def test_every_public_function_is_tried_or_gives_no_row() -> None:
    public = {
        name for name in access.__all__ if inspect.isfunction(getattr(access, name))
    }

    assert public == set(WAYS) | NO_ROWS
    assert not set(WAYS) & NO_ROWS


def text_of(found: object) -> str:
    """Give all that somebody gets to see of an answer."""
    if isinstance(found, gpd.GeoDataFrame):
        return str(found.to_wkt().to_csv())
    if isinstance(found, Released):
        return text_of(found.table) + str(found.notes)
    if isinstance(found, list | tuple):
        return " ".join(map(text_of, found))
    if hasattr(found, "rows") and isinstance(found.rows, tuple):
        return text_of(found.rows)
    return repr(found)


# A word, and which rows it is told of: what reaches people, and what only names them.
REACHING = {
    "Ilka": ("ctc_",),
    "555-7731": ("ctc_",),
    "ilka@": ("ctc_",),
    # once it was accepted the form's people are a contact and a signer
    "Canary Rosa": ("sub_", "ctc_", "aut_"),
    "555-7732": ("sub_", "ctc_"),
    "Rosa.Canary@": ("sub_", "ctc_"),
    "Signett": ("aut_",),
}
NAMING = ("Quetzal", "Signett")


def check(
    world: World, said: tuple[str, str], lines: list[Entry], who: User, why: Purpose
) -> None:
    """Hold what came out of a way against the lines that were written for it."""
    name, told = said
    ids = {
        (one.action, each)
        for one in lines
        if one.result == "done"
        for each in one.object_ids
    }
    is_desk = who.role in DESK and why.code in DESK_WORK
    for word, kind in REACHING.items():
        if word not in told or (word in NAMING and is_desk):
            continue
        named = {each for action, each in ids if action in TELLING}
        assert any(each.startswith(kind) for each in named), (name, word, who, why)
    for word in NAMING:
        if word in told and not is_desk:
            assert {action for action, _ in ids} & TELLING, (name, word, who, why)


def lines_after(world: World, seq: int) -> list[Entry]:
    with world.door.registry.read() as connection:
        return [one.entry for one in read_log(connection, after_seq=seq)]


@pytest.fixture
def world(door: Door, tmp_path: Path, clock: Clock) -> World:
    """Give a registry full of people."""
    return World(door, tmp_path)


SOME_ROLES = ("officer", "recruiter", "supervisor", "administrator")
SOME_PURPOSES = ("call", "owner_request", "administration", "oversight")


def everybody(door: Door) -> list[tuple[User, Purpose]]:
    """Give each role, and each purpose; on PostgreSQL those that matter most."""
    whole = door.registry.dialect == "sqlite"
    return [
        (
            User(f"one-{role}", role, "proxy"),
            Purpose(code, offence="120", case_number="26-0417"),
        )
        for role in roles()
        for code in door.policy.demands
        if (role in SOME_ROLES and (whole or code in SOME_PURPOSES))
        or (whole and code in SOME_PURPOSES)
    ]


GROUPS = [sorted(WAYS)[start::4] for start in range(4)]


@pytest.mark.parametrize("names", GROUPS, ids=lambda names: names[0])
def test_no_person_comes_out_without_a_line_that_says_so(
    world: World, names: list[str]
) -> None:
    for name in names:
        answered = 0
        for who, why in everybody(world.door):
            with world.door.registry.read() as connection:
                before = last_entry(connection)[0]
            try:
                told = text_of(WAYS[name](world, who, why))
                answered += 1
            except CoverageKitError as error:
                told = str(error)
            check(world, (name, told), lines_after(world, before), who, why)
        # a way that nobody can go proves nothing
        assert answered or name in {"correct_clock", "end_fee_plan"}, name


def test_people_do_come_out_where_they_may(world: World) -> None:
    recruiter = User("ria", "recruiter", "proxy")
    wish = Purpose("owner_request")
    for name, words in (
        ("contacts", ("Ilka", "555-7731", "ilka@")),
        ("list_rows", ("Ilka", "Quetzal", "Signett")),
        ("get_row", ("Ilka", "Quetzal", "Signett")),
        ("submission_contact", ("Canary Rosa", "555-7732")),
        ("consent_history", ("Signett", "Quetzal")),
    ):
        told = text_of(WAYS[name](world, recruiter, wish))
        assert all(word in told for word in words), name


def test_the_check_finds_a_way_out_that_is_not_on_record(world: World) -> None:
    who, why = User("kim", "officer", "proxy"), Purpose("call", case_number="26-0417")
    for told in ("Ilka Brandt", "404-555-7731", "Quetzal Marrow", "Canary Rosa"):
        with pytest.raises(AssertionError):
            check(world, ("x", told), [], who, why)
    wrong = Entry("kim", "officer", "human", "read_registry", "contact", ("ctc_1",))
    with pytest.raises(AssertionError):
        check(world, ("x", "Ilka Brandt"), [wrong], who, why)

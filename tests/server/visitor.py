"""A browser without a screen: cookies, forms and the token in them."""

from __future__ import annotations

import http.client
import json
import re
from html import unescape
from urllib.parse import urlencode, urlsplit

from tests.server.corner import lonlat

__all__ = ["Answer", "Visitor"]


class Answer:
    """What a server has answered."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")

    @property
    def seen(self) -> str:
        """The words on the page, without its markup."""
        return unescape(re.sub(r"<[^>]+>", " ", self.text))

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def to(self) -> str:
        return self.headers.get("Location", "")

    def cookies(self) -> list[str]:
        return self.headers.get_all("Set-Cookie") or []


class Visitor:
    """One visitor of the form."""

    def __init__(self, url: str, *, language: str = "en") -> None:
        parts = urlsplit(url)
        self.host, self.base = parts.netloc, parts.path
        self.cookies: dict[str, str] = {}
        self.language = language
        self.token = ""
        self.shown = ""

    def ask(self, method, path, body=None, **headers) -> Answer:
        connection = http.client.HTTPConnection(self.host, timeout=60)
        sent = {
            "Accept-Language": self.language,
            "Cookie": "; ".join(f"{key}={one}" for key, one in self.cookies.items()),
            **{key.replace("_", "-"): one for key, one in headers.items()},
        }
        connection.request(method, self.base + path, body, sent)
        answer = Answer(connection.getresponse())
        connection.close()
        for cookie in answer.cookies():
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
            if "02 Jan 1970" in cookie:
                del self.cookies[name]
        found = re.search(r'name="_xsrf" value="([^"]+)"', answer.body.decode("latin1"))
        self.token = found[1] if found else self.token
        shown = re.search(r'name="shown" value="([^"]+)"', answer.body.decode("latin1"))
        self.shown = shown[1] if shown else self.shown
        return answer

    def get(self, path="", **headers) -> Answer:
        return self.ask("GET", path, **headers)

    def post(self, path, fields, **headers) -> Answer:
        """Send a form, and follow it to the page that answers it."""
        answer = self.ask_form(path, fields, **headers)
        if answer.status == 303 and answer.to in {
            self.base + path,
            f"{self.base}withdraw/done",
        }:  # refused, or answered, by a page of its own
            return self.get(answer.to.removeprefix(self.base))
        return answer

    def ask_form(self, path, fields, **headers) -> Answer:
        """Send a form with the token of the page that was last seen."""
        body = urlencode({"_xsrf": self.token, **fields})
        kind = {"Content_Type": "application/x-www-form-urlencoded", **headers}
        return self.ask("POST", path, body, **kind)

    def call(self, path, value, **headers) -> Answer:
        """Ask as a script of the page does."""
        kind = {
            "Content_Type": "application/json",
            "X_XSRFToken": self.token,
            **headers,
        }
        return self.ask("POST", path, json.dumps(value), **kind)

    def fill(self, upto: str = "sign", **changes) -> None:
        """Fill in the steps before one, as an owner would."""
        self.get("register/where")
        for step, fields in STEPS.items():
            if step == upto:
                return
            given = {key: changes.get(key, one) for key, one in fields.items()}
            if step == "consent":
                self.get("register/consent")
                given["shown"] = self.shown
            answer = self.post(f"register/{step}", given)
            assert answer.status == 303, answer.seen

    def sign(self) -> Answer:
        return self.post("register/sign", {"signer": "Ana Ruiz", "true": "yes"})


_lon, _lat = lonlat(9.9, 30.0)
STEPS = {
    "where": {
        "address": "12 Oak Street",
        "site_name": "Corner Café",
        "site_kind": "business",
        "lon": f"{_lon:.7f}",
        "lat": f"{_lat:.7f}",
    },
    "aim": {"bearing_deg": "270.0"},
    "camera": {
        "model": "",
        "kind": "dome",
        "height": "ceiling",
        "width": "wide",
        "indoor": "",
        "cloud_only": "",
    },
    "people": {
        "retention_days": "14",
        "owner_name": "Corner Café LLC",
        "owner_kind": "business",
        "contact_name": "Ana Ruiz",
        "phone": "404 555 0123",
        "email": "ana.canary@example.org",
        "best_time": "after 3 pm",
        "can_export": "yes",
        "signer_capacity": "manager",
    },
    "consent": {"wants": "register", "agreed": "yes"},
}
